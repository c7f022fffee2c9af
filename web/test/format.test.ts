import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from '../src/scenario-file';
import { clock, count, duration, liveTime, middle, MINUS, NBSP, percent, speed, visible, wallClock, zone } from '../src/format';

const sp = (s: string) => s.replaceAll(' ', NBSP);

test('counts are grouped by three and never rounded', () => {
  for (const [n, want] of [[0, '0'], [999, '999'], [9760, '9 760'], [1_220_000, '1 220 000'], [-1234, `${MINUS}1 234`], [Number.NaN, '–']] as const) assert.equal(count(n), sp(want));
});

test('the clock changes its unit before a number would overflow its places', () => {
  const show = (ms: number) => Object.values(clock(ms)).join(' ').trim();
  for (const [ms, want] of [[0, '0.00 ms'], [9.74, '9.74 ms'], [999.994, '999.99 ms'], [999.995, '1.000 s'], [1234, '1.234 s'], [59_999.4, '59.999 s'], [59_999.6, '1:00.000'], [62_345, '1:02.345'], [3_600_000, '1:00:00.000'], [3_723_004, '1:02:03.004'], [-5, `${MINUS}5.00 ms`]] as const) assert.equal(show(ms), want);
});

test('durations keep about three digits', () => {
  for (const [ms, want] of [[0, '0 ms'], [0.15, '150 µs'], [0.0004, '0.4 µs'], [8.4, '8.4 ms'], [62, '62 ms'], [420, '420 ms'], [1900, '1.9 s'], [60_000, '1 min'], [125_000, '2 min 5 s'], [7_260_000, '2 h 1 min']] as const) assert.equal(duration(ms).replaceAll(NBSP, ' '), want);
});

test('a speed below one reads as a fraction', () => {
  assert.deepEqual([0.001, 0.25, 0.5, 1, 2, 100].map(speed), [sp('1/1 000×'), '1/4×', '1/2×', '1×', '2×', '100×']);
});

test('only what is complete reads 100 percent', () => {
  assert.equal(percent(99_999, 100_000), sp('99.9 %'));
  assert.equal(percent(5, 5), sp('100 %'));
  assert.equal(percent(0, 0), sp('100 %'));
  assert.equal(percent(992, 1000), sp('99.2 %'));
});

test('live times are told in the zone of the bridge, with its name', () => {
  const at = Date.UTC(2026, 1, 3, 23, 5, 6, 78);
  assert.deepEqual(liveTime(at, { zone: 'CET', offsetMin: 60 }, true), { value: '00:05:06.078', unit: 'CET' });
  assert.deepEqual(liveTime(at, { zone: '', offsetMin: -210 }), { value: '19:35:06', unit: `UTC${MINUS}03:30` });
  assert.equal(zone(0), 'UTC');
  assert.equal(wallClock(Number.NaN), '–');
});

test('long names keep their beginning and their end', () => {
  assert.equal(middle('compute', 10), 'compute');
  const short = middle('reply_1a18c0ffee4d4425f6', 15);
  assert.equal(Array.from(short).length, 15);
  assert.ok(short.startsWith('reply_1a1') && short.endsWith('425f6'.slice(-5)));
  assert.equal(Array.from(middle('名前'.repeat(20), 9)).length, 9);
});

test('what is hidden in a name shows, and piles of marks are counted', () => {
  for (const [s, want] of [['nova-api', 'nova-api'], ['a\u202eb\u200b', 'a‹U+202E›b‹U+200B›'], ['\u001b[2J', '‹U+1B›[2J'], ['\u{e0041}', '‹U+E0041›'], ['👩\u200d💻', '👩\u200d💻'],
    [`z${'\u0337'.repeat(9)}`, `z${'\u0337'.repeat(2)}‹+7›`], ['e\u0323\u0302', 'e\u0323\u0302'], ['a\nb', 'a\nb']] as const) assert.equal(visible(s), want);
});

test('a scenario whose name is near is asked for', () => {
  const names = ['one-call', 'call', 'reference', 'reference-as-printed'];
  for (const [name, want] of [['one_cal', 'one-call'], ['ONE-CALL', 'one-call'], ['refrence', 'reference'], ['reference as printed', 'reference-as-printed'], ['../../etc/passwd', ''], ['x', ''], ['a'.repeat(5000), '']] as const) assert.equal(nearest(name, names), want, name);
});
