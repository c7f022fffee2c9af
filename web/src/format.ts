/* Numbers and times as people read them. No-break spaces keep a number and its unit on one line. */

/** Not the narrow one: in Inter that is two pixels wide, and 284 040 reads like 284040. */
export const NBSP = '\u00a0';
export const MINUS = '\u2212';

/** 9760 → "9 760"; digits in threes from four digits on are easier to compare in columns. */
export function count(n: number): string {
  if (!Number.isFinite(n)) return '–';
  const s = String(Math.trunc(Math.abs(n))).replace(/\B(?=(\d{3})+$)/g, NBSP);
  return n < 0 ? MINUS + s : s;
}

export interface Quantity {
  value: string;
  unit: string;
}

/** Stream time, ms: "9.74" ms below a second, "1.234" s below a minute, then "1:02.345" with hours when there are any. */
export function clock(ms: number): Quantity {
  if (!Number.isFinite(ms)) return { value: '–', unit: '' };
  const sign = ms < 0 ? MINUS : '';
  const v = Math.abs(ms);
  if (v < 999.995) return { value: sign + v.toFixed(2), unit: 'ms' };
  if (v < 59_999.5) return { value: sign + (v / 1000).toFixed(3), unit: 's' };
  const total = Math.round(v);
  const h = Math.floor(total / 3_600_000);
  const m = Math.floor(total / 60_000) % 60;
  const s = ((total % 60_000) / 1000).toFixed(3).padStart(6, '0');
  return { value: sign + (h > 0 ? `${h}:${String(m).padStart(2, '0')}` : String(m)) + `:${s}`, unit: '' };
}

/** A duration to three significant digits in the unit that suits it: "0.41 ms", "62 ms", "1.9 s", "2 min 5 s". */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  const v = Math.abs(ms);
  const sign = ms < 0 ? MINUS : '';
  const of = (x: number, unit: string) => `${sign}${x < 10 ? trim(x.toFixed(2)) : x < 100 ? trim(x.toFixed(1)) : x.toFixed(0)}${NBSP}${unit}`;
  if (v === 0) return `0${NBSP}ms`;
  if (v < 0.9995) return of(v * 1000, 'µs');
  if (v < 999.5) return of(v, 'ms');
  if (v < 59_950) return of(v / 1000, 's');
  if (v < 3_599_500) {
    const s = Math.round(v / 1000);
    return `${sign}${Math.floor(s / 60)}${NBSP}min${s % 60 ? ` ${s % 60}${NBSP}s` : ''}`;
  }
  const m = Math.round(v / 60_000);
  return `${sign}${Math.floor(m / 60)}${NBSP}h${m % 60 ? ` ${m % 60}${NBSP}min` : ''}`;
}

function trim(s: string): string {
  return s.includes('.') ? s.replace(/\.?0+$/, '') : s;
}

/** 0.25 → "1/4×", 1 → "1×". */
export function speed(x: number): string {
  if (x >= 1) return `${trim(x.toFixed(2))}×`;
  return `1/${count(Math.round(1 / x))}×`;
}

/** A share in percent. Only what is complete reads 100 %: 99.97 % stays below. */
export function percent(part: number, whole: number): string {
  if (whole <= 0) return `100${NBSP}%`;
  const p = (100 * part) / whole;
  if (part >= whole) return `100${NBSP}%`;
  return `${Math.min(p, 99.9).toFixed(1)}${NBSP}%`;
}

/** Wall clock in a zone that lies offsetMin east of UTC (the viewer's own when not given), with milliseconds when asked for. */
export function wallClock(epochMs: number, millis = false, offsetMin = localOffset(epochMs)): string {
  if (!Number.isFinite(epochMs)) return '–';
  return new Date(epochMs + offsetMin * 60_000).toISOString().slice(11, millis ? 23 : 19);
}

function localOffset(epochMs: number): number {
  return Number.isFinite(epochMs) ? -new Date(epochMs).getTimezoneOffset() : 0;
}

/** A zone as "UTC+02:00". */
export function zone(offsetMin: number): string {
  if (offsetMin === 0) return 'UTC';
  const a = Math.abs(offsetMin);
  return `UTC${offsetMin < 0 ? MINUS : '+'}${String(Math.floor(a / 60)).padStart(2, '0')}:${String(a % 60).padStart(2, '0')}`;
}

/** When live events happened is told in the bridge's zone: its logs and the broker's are in that one. */
export function liveTime(epochMs: number, live: { zone: string; offsetMin?: number } | null, millis = false): Quantity {
  const offset = live?.offsetMin ?? localOffset(epochMs);
  return { value: wallClock(epochMs, millis, offset), unit: live?.zone || zone(offset) };
}

/** Shortens in the middle, so that both the name and the end of its uuid stay readable. */
export function middle(s: string, max: number): string {
  const chars = Array.from(s);
  if (chars.length <= max) return s;
  const head = Math.ceil((max - 1) * 0.6);
  return `${chars.slice(0, head).join('')}…${chars.slice(chars.length - (max - 1 - head)).join('')}`;
}

/* What does not show or turns around what stands beside it, and piles of marks over a letter, as flow.Visible has them. */
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const PILE = /([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{2})([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+)/gu;

/** A name that the page holds as it is, for people's eyes. What the engine writes for them has been through this already. */
export function visible(s: string): string {
  return s.replace(PILE, (_, two: string, rest: string) => `${two}‹+${rest.length}›`).replace(HIDDEN, (c) => `‹U+${c.codePointAt(0)!.toString(16).toUpperCase()}›`);
}
