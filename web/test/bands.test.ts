import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Seq } from '../src/model';
import { cellAt, columnMs, countsAt, ribbons, TALL, tall } from '../src/strip/bands';
import { lineY, PITCH, type Axis } from '../src/strip/geometry';
import { cellText } from '../src/strip/tip';

const axis: Axis = { d0: 0, d1: 10_000, x0: 12, x1: 812 };
const line = (label: string) => ({ id: label, kind: 'queue', label, sub: '' }) as const;
const seq: Seq = {
  d0: 0, d1: 10_000, cols: 160, lines: [line('api'), line('nova'), line('compute')], spans: [], arrows: [], gaps: [], ticks: [],
  bands: [{ line: 1, cls: 'reply', c0: 10, n: [2, 0, 1] }, { line: 1, cls: 'call', c0: 9, n: [4, 120] }, { line: 2, cls: 'call', c0: 159, n: [1] }],
};

/** The boxes that a ribbon's outline is made of. */
const boxes = (path: string) => [...path.matchAll(/M([\d.]+),([\d.]+)h([\d.]+)v([\d.]+)h-/g)].map((m) => ({ x: Number(m[1]), y: Number(m[2]), w: Number(m[3]), h: Number(m[4]) }));

test('a ribbon grows with what it counts, and a trickle shows beside a flood', () => {
  assert.equal(tall(0, 100), 0);
  assert.equal(tall(100, 100), TALL);
  assert.ok(tall(1, 1000) >= 3);
  for (let n = 1; n < 100; n++) assert.ok(tall(n + 1, 100) > tall(n, 100));
});

test('each class of a line has its ribbon; in a column they lie upon each other, centred on the line', () => {
  const all = ribbons(seq, axis);
  assert.deepEqual(all.map((r) => `${r.line} ${r.cls}`), ['1 call', '1 reply', '2 call']);
  const call = boxes(all[0]!.path);
  const reply = boxes(all[1]!.path);
  assert.equal(call.length, 2);
  assert.equal(reply.length, 2);
  const both = call.find((b) => b.x === reply[0]!.x)!;
  assert.ok(Math.abs(both.y + both.h - reply[0]!.y) < 0.2);
  assert.ok(Math.abs(both.y + (both.h + reply[0]!.h) / 2 - lineY(1)) < 0.2);
  assert.ok(reply[0]!.h >= 2, 'two replies beside 120 calls are seen');
  for (const b of [...call, ...reply]) assert.ok(b.h <= TALL + 2 && b.h <= PITCH && b.x >= axis.x0 && b.x + b.w <= axis.x1 + 0.1);
});

test('a point finds its line and column, and what was counted there', () => {
  const cell = cellAt(seq, axis, 12 + 10.5 * 5, lineY(1) + 9)!;
  assert.deepEqual(cell, { line: 1, col: 10 });
  assert.deepEqual(countsAt(seq, cell), [{ cls: 'call', here: 120, all: 124 }, { cls: 'reply', here: 2, all: 3 }]);
  assert.equal(cellAt(seq, axis, 5, lineY(1)), null);
  assert.equal(cellAt(seq, axis, 100, lineY(3)), null);
  assert.equal(columnMs(seq), 62.5);
});

test('the counts are told in words, and of lines without any nothing', () => {
  const nb = (s: string) => s.replaceAll('\u00a0', ' ');
  const text = cellText(seq, { line: 1, col: 10 })!;
  assert.equal(nb(text.here), '120 calls, 2 replies in 62.5 ms');
  assert.match(text.all, /^124 calls, 3 replies /);
  assert.match(nb(cellText(seq, { line: 2, col: 0 })!.here), /^none/);
  assert.equal(cellText(seq, { line: 0, col: 0 }), null);
});
