import assert from 'node:assert/strict';
import { test } from 'node:test';
import scenarios from 'virtual:scenarios';
import { CommandLog, viewAgain, type Command, type Reply } from '../src/commands';
import { DRAWN } from '../src/config';
import { en } from '../src/i18n/en';
import { coded, codedRich, rich, t } from '../src/i18n/t';
import { keyAction } from '../src/keys';
import { backoff } from '../src/live';
import type { LiveStatus, LogRow, Panel, ScenarioInfo } from '../src/model';
import { Recording, type Reading } from '../src/recording';
import { nearestSpeed, nextSpeed, SPEEDS } from '../src/speeds';
import { resolveTheme } from '../src/theme-choice';
import { lifeArgs, lifeTimes, paint, stateOf } from '../src/ui/inspector';
import { liveWord } from '../src/ui/live-bar';
import { currentRow } from '../src/ui/log';
import { grouped, matching, moved } from '../src/ui/picker';

test('the drawing that stands in until the map is there is of the scenario that the page opens with', () => assert.equal((scenarios as readonly ScenarioInfo[])[0]?.name, DRAWN));

test('the command log leads a fresh player to the same model: undone sends are left out, redone ones return', () => {
  const log = new CommandLog();
  assert.deepEqual(log.replay(5), []);
  log.note({ cmd: 'load', scenario: 'one-call' }, 0);
  log.note({ cmd: 'send', kind: 'call' }, 100);
  log.note({ cmd: 'send', kind: 'cast' }, 200);
  log.note({ cmd: 'undo' }, 250);
  log.note({ cmd: 'speed', x: 2 }, 260);
  assert.deepEqual(log.replay(300), [{ cmd: 'load', scenario: 'one-call' }, { cmd: 'pause' }, { cmd: 'seek', d: 100 }, { cmd: 'send', kind: 'call' }, { cmd: 'seek', d: 300 }]);
  log.note({ cmd: 'redo' }, 260);
  assert.equal(log.replay(300).filter((c) => c.cmd === 'send').length, 2);
  log.note({ cmd: 'load', scenario: 'fanout' }, 0);
  assert.equal(log.replay(0).filter((c) => c.cmd === 'send').length, 0);
  log.note({ cmd: 'live' }, 0);
  assert.deepEqual(log.replay(0), []);
});

test('what was opened comes back in its order among the sends, and on the axis on which it was done', () => {
  const log = new CommandLog();
  log.note({ cmd: 'load', scenario: 'nova-boot' }, 0);
  log.note({ cmd: 'select', id: 'f:3.1' }, 50);
  log.note({ cmd: 'select', id: 'q:nova/compute' }, 60); // no change of anything
  log.note({ cmd: 'speed', x: 0.1 }, 60);
  log.note({ cmd: 'send', kind: 'cast' }, 5000);
  log.sent(4998.5); // the player knows better
  log.sent(7);
  log.note({ cmd: 'select', id: 'f:9' }, 5000);
  log.note({ cmd: 'undo' }, 5000);
  log.note({ cmd: 'speed', x: 5 }, 5000);
  assert.deepEqual(log.replay(600), [
    { cmd: 'load', scenario: 'nova-boot' }, { cmd: 'pause' }, { cmd: 'select', id: 'f:3.1' },
    { cmd: 'speed', x: 0.1 }, { cmd: 'seek', d: 4998.5 }, { cmd: 'send', kind: 'cast' }, { cmd: 'speed', x: 1 }, { cmd: 'seek', d: 600 },
  ]);
  log.note({ cmd: 'open', title: 'x' }, 0);
  for (const id of ['f:3.1', 'f:4', 'f:3.2']) log.note({ cmd: 'select', id }, 0);
  assert.deepEqual(log.replay(0), [{ cmd: 'fold', id: 'f:4', on: true }], 'one fold is pressed in two places');
});

const panelOf = (play: object, selection: string | null) => ({ play: { speed: 2, loop: true, d: 1234, playing: false, ...play }, selection: selection === null ? null : { id: selection }, camera: { zoom: 1.5, x: 10, y: 20 } }) as unknown as Panel;

test('a restarted player gets speed, loop, position, selection, camera and whether it plays', () => {
  assert.deepEqual(viewAgain(panelOf({}, 'm:7'), 'play', new CommandLog()), [
    { cmd: 'speed', x: 2 }, { cmd: 'loop', on: true }, { cmd: 'seek', d: 1234 }, { cmd: 'select', id: 'm:7' },
    { cmd: 'camera', op: 'set', zoom: 1.5, x: 10, y: 20 }, { cmd: 'pause' },
  ]);
  assert.deepEqual(viewAgain(panelOf({}, 'q://nova'), 'live', new CommandLog()).find((c) => c.cmd === 'select'), { cmd: 'select', id: 'q://nova' });
  const live = viewAgain(panelOf({ playing: false }, 'm:7'), 'live', new CommandLog()).map((c) => c.cmd);
  assert.deepEqual(live, ['speed', 'loop', 'camera', 'play'], 'a live stream has no past to go back to');
});

/** A player that takes notes; `full` is how often it has no room. */
function notingPlayer(full: number, bad = false) {
  const did: string[] = [];
  let bytes = 0;
  return {
    did,
    feed: (b: Uint8Array) => { bytes += b.length; },
    send(c: Command): Reply {
      if (c.cmd === 'more' && bad) return { ok: false, error: { code: 'bad-stream', text: '' } };
      if (c.cmd === 'more' && bytes > 300_000 && full-- > 0) return { ok: false, error: { code: 'full', text: '' } };
      if (c.cmd !== 'more') did.push(`${c.cmd} ${bytes}`);
      return { ok: true };
    },
  };
}

test('a recording is read in slices, waits while there is no room, and can be left', async () => {
  const file = new Blob([new Uint8Array(3_000_000)]);
  const p = notingPlayer(2);
  const heard: Reading[] = [];
  assert.deepEqual(await new Recording('x', file, p).read((r) => heard.push(r)), { ok: true });
  assert.deepEqual(p.did, ['open 0', 'end 3000000']);
  assert.ok(heard.length >= 3 && heard.some((r) => r.waiting) && heard.every((r) => r.total === 3_000_000));
  const q = notingPlayer(0);
  const r = new Recording('x', file, q);
  assert.equal(await r.read(() => r.stop()), null);
  assert.deepEqual(q.did, ['open 0']);
  const b = notingPlayer(0, true);
  await new Recording('x', file, b).read(() => assert.fail('nothing of it can be played'));
  assert.deepEqual(b.did, ['open 0', 'end 262144'], 'what cannot be read is not read on');
});

test('keys mean what the help says', () => {
  assert.deepEqual(keyAction({ key: ' ' }), { page: 'toggle' });
  assert.deepEqual(keyAction({ key: 'A' }), { page: 'send', kind: 'call' });
  assert.deepEqual(keyAction({ key: 'ArrowLeft', shiftKey: true }), { command: { cmd: 'step', by: 'hop', dir: -1 } });
  assert.deepEqual(keyAction({ key: 'z', ctrlKey: true, shiftKey: true }), { command: { cmd: 'redo' } });
  assert.equal(keyAction({ key: 'a', ctrlKey: true }), null);
  assert.equal(keyAction({ key: 'Tab' }), null);
});

test('speeds rest on their choices and stop at the ends', () => {
  for (const s of SPEEDS) assert.equal(nearestSpeed(s), s);
  assert.equal(nearestSpeed(3), 2);
  assert.equal(nearestSpeed(0), 0.001);
  assert.equal(nextSpeed(1, 1), 2);
  assert.equal(nextSpeed(100, 1), 100);
  assert.equal(nextSpeed(0.001, -1), 0.001);
});

test('the system decides on colours and contrast only where a person did not', () => {
  const system = (...on: string[]) => (q: string) => on.includes(q);
  const light = '(prefers-color-scheme: light)';
  const more = '(prefers-contrast: more)';
  assert.equal(resolveTheme('system', system()), 'dark');
  assert.equal(resolveTheme('system', system(light)), 'light');
  assert.equal(resolveTheme('system', system(light, more)), 'contrast-light');
  assert.equal(resolveTheme('dark', system(light, more)), 'dark');
  assert.equal(resolveTheme('contrast', system()), 'contrast-dark');
});

test('texts take their arguments by name and by position, and names cannot act as marks', () => {
  assert.equal(t('play.event', { i: 9, n: 13 }), 'event 9 of 13');
  assert.equal(coded('live', 'no-such-state', 'as it is'), 'as it is');
  const parts = rich('*{0}* wrote', ['a*b`c']);
  assert.equal(parts.length, 2);
  assert.deepEqual((parts[0] as { values: unknown[] }).values, ['a*b`c']);
});

test('texts drop the groups that lack an argument, and count', () => {
  const text = (code: string, args: Record<string, string | number>) => codedRich('life', code, args).map((p) => (typeof p === 'string' ? p : String((p as { values: unknown[] }).values[0]))).join('');
  assert.equal(text('publish', { process: 'api', class: 'fanout', key: '' }), 'api published the fanout');
  assert.equal(text('publish', { process: 'api', class: 'call', key: 'compute' }), 'api published the call, key compute');
  assert.equal(text('route', { exchange: 'nova', n: 1 }), 'exchange nova matched 1 binding');
  assert.equal(text('route', { exchange: 'nova', n: 3 }), 'exchange nova matched 3 bindings');
  assert.equal(text('enqueue', { queue: 'a', n: 3 }), '3 queues took a copy each');
  assert.equal(text('no-such-code', { a: 'b' }), 'no such code b');
});

test('every text is whole: marks come in pairs, nothing is empty', () => {
  for (const [key, text] of Object.entries(en)) {
    assert.notEqual(text.trim(), '', key);
    assert.equal((text.match(/`/g) ?? []).length % 2, 0, key);
  }
});

test('the live bar names the nearest break', () => {
  const live = { state: 'ok', text: '', remedy: '', vhosts: [] as string[], broker: '', captured: 0, delivered: 0, dropped: {}, lagMs: 0, since: 0, clock: '', zone: '' } satisfies LiveStatus;
  const open = { state: 'open', retryAt: 0, reason: '' } as const;
  assert.equal(liveWord(live, open, 0).tone, 'up');
  assert.equal(liveWord({ ...live, state: 'tracing-off' }, open, 0).tone, 'warn');
  assert.match(liveWord({ ...live, state: 'tracing-off' }, open, 0).remedy, /trace_on/);
  assert.equal(liveWord({ ...live, state: 'broker-gone' }, open, 0).tone, 'fault');
  const lost = liveWord({ ...live, state: 'ok' }, { state: 'lost', retryAt: 3000, reason: '' }, 500);
  assert.equal(lost.tone, 'fault');
  assert.match(lost.text, /3/);
  assert.equal(liveWord({ ...live, text: 'in words of its own' }, open, 0).text, 'in words of its own');
});

test('reconnecting slows down, within a bound', () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 20].map(backoff), [500, 1000, 2000, 4000, 8000, 8000, 8000]);
});

test('the log marks the last event that the playhead has reached', () => {
  const rows: LogRow[] = [3, 4, 5].map((i) => ({ i, d: i, t: i, kind: 'publish', cls: 'call', text: '', id: '' }));
  assert.deepEqual([2, 3, 4, 99].map((e) => currentRow(rows, e)), [-1, 0, 1, 2]);
});

test('a life is told from its first step, in a unit that fits', () => {
  const step = (at: number, state: 'past' | 'ahead' = 'past') => ({ t: at, code: 'x', args: [], state });
  assert.deepEqual(lifeTimes([step(100), step(100.41), step(0, 'ahead')]), { unit: 'ms', times: ['0.00', '0.41', ''] });
  assert.deepEqual(lifeTimes([step(0), step(61_500)]), { unit: 's', times: ['0.00', '61.50'] });
});

test('arguments of a life are fit for a narrow column', () => {
  const args = lifeArgs({ t: 0, code: 'enqueue', args: { queue: 'reply_2a4ad972592f48de924ceafcc0e977a7', held: '0 µs', n: 2 }, state: 'past' }) as Record<string, unknown>;
  assert.equal(Array.from(String(args.queue)).length, 24);
  assert.deepEqual([args.held, args.n], ['', 2]);
});

test('where a thing is fits the panel, however long the names', () => {
  const sub = stateOf('in flight to reply_2a4ad972592f48de924ceafcc0e977a7');
  assert.ok(sub.startsWith('in flight to reply_2') && sub.length < 36, sub);
});

test('a body is shown whole, only its keys softer', () => {
  const flat = (p: ReturnType<typeof paint>) => p.map((x) => (typeof x === 'string' ? x : String((x as { values: unknown[] }).values[0]))).join('');
  const body = '{"a\\"b": "c:d", "n" : [1, "x"]}';
  assert.equal(flat(paint(body)), body);
});

test('the picker finds by any words in any order', () => {
  const list: ScenarioInfo[] = [{ name: 'nova-boot', title: 'Nova: boot a server', group: 'openstack', summary: 'REST and RPC' }, { name: 'cast', title: 'A cast', group: 'basics', summary: 'one way' }];
  assert.deepEqual(matching(list, 'server NOVA').map((s) => s.name), ['nova-boot']);
  assert.equal(matching(list, '').length, 2);
  assert.equal(matching(list, 'zzz').length, 0);
  assert.deepEqual(matching(list, 'components').map((s) => s.name), ['nova-boot'], 'by the words of its heading');
});

test('the picker goes from one to the next around the ends, and from heading to heading', () => {
  const list = ['a', 'a', 'b', 'b', 'c'].map((group, i): ScenarioInfo => ({ name: `s${i}`, title: `${i}`, group, summary: '' }));
  assert.deepEqual(grouped(list).map((g) => [g.group, g.first, g.items.length]), [['a', 0, 2], ['b', 2, 2], ['c', 4, 1]]);
  const walk = (...keys: string[]) => keys.reduce((at, k) => moved(k, at, list) ?? -1, 0);
  assert.equal(walk('ArrowUp'), 4);
  assert.equal(walk('ArrowUp', 'ArrowDown'), 0);
  assert.equal(walk('PageDown'), 2);
  assert.equal(walk('PageDown', 'ArrowDown', 'PageDown'), 4);
  assert.equal(walk('PageDown', 'PageDown', 'PageDown'), 4);
  assert.equal(walk('PageDown', 'ArrowDown', 'PageUp'), 2);
  assert.equal(walk('PageUp'), 0);
  assert.equal(moved('Enter', 1, list), null);
  for (const key of ['ArrowDown', 'ArrowUp', 'PageDown', 'PageUp']) assert.equal(moved(key, 0, []) ?? 0, 0);
});

test('the built-in scenarios are there, in their order, each with its title', () => {
  const list = scenarios as readonly ScenarioInfo[];
  assert.ok(list.length >= 7);
  assert.equal(list[0]?.name, 'one-call');
  for (const s of list) assert.ok(s.title !== '' && s.summary !== '', s.name);
  assert.deepEqual(grouped(list).map((g) => g.group), ['basics', 'openstack', 'transports', 'faults']);
});
