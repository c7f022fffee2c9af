import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Play, SeqTick } from '../src/model';
import { arrowAt, arrowPath, carried, dOf, lineY, placeGaps, thinTicks, xOf, zoomWindow, type Axis } from '../src/strip/geometry';

const axis: Axis = { d0: 100, d1: 1100, x0: 12, x1: 512 };
const play: Play = { playing: true, speed: 1, d: 500, start: 0, end: 5000, live: false, t: 0, event: 1, events: 9, canUndo: false, canRedo: false, loop: false, lagMs: 0 };

test('time to pixel and back are inverse within the window and stay in it outside', () => {
  for (const d of [100, 350, 777, 1100]) assert.ok(Math.abs(dOf(axis, xOf(axis, d)) - d) < 1e-9);
  assert.equal(dOf(axis, -50), 100);
  assert.equal(dOf(axis, 9999), 1100);
  assert.equal(dOf({ ...axis, x1: axis.x0 }, 40), 100);
});

test('the playhead is carried on with the wall clock, faster above 1×, and not far without news', () => {
  assert.equal(carried(play, 100), 600);
  assert.equal(carried({ ...play, speed: 0.01 }, 100), 600);
  assert.equal(carried({ ...play, speed: 10 }, 100), 1500);
  assert.equal(carried({ ...play, playing: false }, 100), 500);
  assert.equal(carried(play, 60_000), 800);
  assert.equal(carried({ ...play, end: 550 }, 100), 550);
});

test('ticks are thinned: a fault survives beside messages, messages beside plain ticks', () => {
  const ticks: SeqTick[] = [];
  for (let i = 0; i < 200; i++) ticks.push({ d: 600 + i * 0.1, cls: 'call', kind: i === 77 ? 'timeout' : i % 2 === 0 ? 'publish' : 'route', id: `m:${i}` });
  ticks.push({ d: 5000, cls: 'call', kind: 'publish', id: 'outside' });
  const kept = thinTicks(ticks, axis);
  assert.ok(kept.some((m) => m.hue === 'fault' && m.id === 'm:77'));
  assert.ok(kept.length < 4);
  assert.ok(!kept.some((m) => m.id === 'outside'));
  assert.deepEqual(kept.map((m) => m.x), [...kept.map((m) => m.x)].sort((a, b) => a - b));
});

test('kept tokens never overlap', () => {
  let seed = 7;
  const rnd = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  for (let round = 0; round < 50; round++) {
    const ticks: SeqTick[] = Array.from({ length: 300 }, (_, i) => ({ d: 100 + rnd() * 1000, cls: 'cast', kind: rnd() < 0.5 ? 'publish' : 'ack', id: String(i) }));
    const kept = thinTicks(ticks, axis).filter((m) => m.hue !== null);
    for (let i = 1; i < kept.length; i++) assert.ok(kept[i]!.x - kept[i - 1]!.x >= 10, `tokens ${kept[i]!.x - kept[i - 1]!.x} px apart`);
  }
});

test('an arrow ends in a head where there is room, at its very tip', () => {
  assert.match(arrowPath(0, 0, 100, 26), /^M0\.0,0\.0L100\.0,26\.0M.*L100\.0,26\.0L/);
  assert.equal(arrowPath(0, 0, 4, 4), 'M0.0,0.0L4.0,4.0');
});

test('words of gaps that would collide are left out, their bands stay', () => {
  const placed = placeGaps([{ d0: 200, d1: 210, ms: 5 }, { d0: 220, d1: 230, ms: 6 }, { d0: 900, d1: 950, ms: 7 }, { d0: 2000, d1: 2100, ms: 8 }], axis, () => 80);
  assert.equal(placed.length, 3);
  assert.deepEqual(placed.map((p) => p.label !== null), [true, false, true]);
  for (const p of placed) if (p.label !== null) assert.ok(p.label - 40 >= axis.x0 && p.label + 40 <= axis.x1);
});

test('the nearest arrow answers to a click, none when all are far', () => {
  const a = { from: 0, to: 1, d0: 100, d1: 600, cls: 'call', state: 'done', id: 'a' } as const;
  const b = { from: 1, to: 2, d0: 600, d1: 1100, cls: 'call', state: 'done', id: 'b' } as const;
  assert.equal(arrowAt([a, b], axis, xOf(axis, 350), (lineY(0) + lineY(1)) / 2 + 3)?.id, 'a');
  assert.equal(arrowAt([a, b], axis, xOf(axis, 850), (lineY(1) + lineY(2)) / 2)?.id, 'b');
  assert.equal(arrowAt([a, b], axis, xOf(axis, 1100), lineY(0)), null);
});

test('zooming keeps the time under the pointer and stays within what exists', () => {
  const w = zoomWindow(axis, 600, 0.5, 0, 5000);
  assert.deepEqual(w, { d0: 350, d1: 850 });
  const out = zoomWindow(axis, 600, 100, 0, 5000);
  assert.deepEqual(out, { d0: 0, d1: 5000 });
});
