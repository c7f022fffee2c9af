/* Where things stand on the sequence strip: pure functions from display time and line numbers to pixels. */
import type { Play, SeqArrow, SeqGap, SeqLine, SeqSpan, SeqTick } from '../model';
import { hueOf, LINE_SHAPE, type Hue } from '../shapes';

/** The window of display time [d0, d1], ms, and the pixels it is drawn on. */
export interface Axis {
  d0: number;
  d1: number;
  x0: number;
  x1: number;
}

export function xOf(a: Axis, d: number): number {
  return a.d1 <= a.d0 ? a.x0 : a.x0 + ((d - a.d0) / (a.d1 - a.d0)) * (a.x1 - a.x0);
}

/** The display time under x, kept within the window. */
export function dOf(a: Axis, x: number): number {
  if (a.x1 <= a.x0) return a.d0;
  const d = a.d0 + ((x - a.x0) / (a.x1 - a.x0)) * (a.d1 - a.d0);
  return Math.min(a.d1, Math.max(a.d0, d));
}

export const PITCH = 26;
export const TOP = 16;
export const lineY = (i: number): number => TOP + i * PITCH;

/** How far the playhead may be carried on without a new panel, ms of the wall clock. */
const CARRY_MS = 300;

/** Where the playhead is now, given where it was when the last panel came. Below 1× display time runs with the wall clock. */
export function carried(play: Play, sinceMs: number): number {
  if (!play.playing) return play.d;
  return Math.min(Math.max(play.d, play.end), play.d + Math.min(sinceMs, CARRY_MS) * Math.max(1, play.speed));
}

export interface TickMark {
  x: number;
  d: number;
  /** null draws a plain tick. */
  hue: Hue | 'fault' | 'act' | null;
  id: string;
  kind: string;
}

const FAULTS = new Set(['timeout', 'drop', 'failure', 'return', 'lost', 'expire', 'dead-letter']);
/** Where somebody or something interferes. */
const ACTS = new Set(['operator', 'alarm-set', 'broker-stop']);
const TOLD = new Set(['publish', 'request', 'rest-request']);
/** Pixels that a token and a plain tick need for themselves. */
const TOKEN_ROOM = 12;
const TICK_ROOM = 5;

/** Thins ticks to what can be told apart: faults and what operators do first, then messages, then the rest. */
export function thinTicks(ticks: readonly SeqTick[], a: Axis): TickMark[] {
  const marks = ticks.filter((t) => t.d >= a.d0 && t.d <= a.d1).map((t): TickMark => ({
    x: xOf(a, t.d), d: t.d, id: t.id, kind: t.kind, hue: FAULTS.has(t.kind) ? 'fault' : ACTS.has(t.kind) ? 'act' : TOLD.has(t.kind) ? hueOf(t.cls) : null,
  }));
  const rank = (m: TickMark) => (m.hue === 'fault' || m.hue === 'act' ? 0 : m.hue === null ? 2 : 1);
  const taken = new Set<number>();
  const kept: TickMark[] = [];
  for (const m of [...marks].sort((p, q) => rank(p) - rank(q) || p.x - q.x)) {
    const room = m.hue === null ? TICK_ROOM : TOKEN_ROOM;
    const cell = Math.floor(m.x / TICK_ROOM);
    const reach = Math.ceil(room / TICK_ROOM) - 1;
    let free = true;
    for (let c = cell - reach; c <= cell + reach && free; c++) free = !taken.has(c);
    if (!free) continue;
    for (let c = cell - reach; c <= cell + reach; c++) taken.add(c);
    kept.push(m);
  }
  return kept.sort((p, q) => p.x - q.x);
}

/** A straight arrow between two lines with an open head of two strokes; no head where there is no room for one. */
export function arrowPath(x0: number, y0: number, x1: number, y1: number, head = true): string {
  const f = (n: number) => n.toFixed(1);
  const len = Math.hypot(x1 - x0, y1 - y0);
  let d = `M${f(x0)},${f(y0)}L${f(x1)},${f(y1)}`;
  if (head && len > 9) {
    const ux = (x1 - x0) / len;
    const uy = (y1 - y0) / len;
    const wing = (side: number) => `${f(x1 - 7 * ux - side * 3.8 * uy)},${f(y1 - 7 * uy + side * 3.8 * ux)}`;
    d += `M${wing(1)}L${f(x1)},${f(y1)}L${wing(-1)}`;
  }
  return d;
}

/** Whether the gap's words fit beside those already placed; widths in px. */
export function placeGaps(gaps: readonly SeqGap[], a: Axis, width: (g: SeqGap) => number): { g: SeqGap; x0: number; x1: number; label: number | null }[] {
  let end = -Infinity;
  return gaps.filter((g) => g.d1 >= a.d0 && g.d0 <= a.d1).map((g) => {
    const x0 = Math.max(a.x0, xOf(a, g.d0));
    const x1 = Math.min(a.x1, xOf(a, g.d1));
    const w = width(g);
    const mid = Math.min(Math.max((x0 + x1) / 2, a.x0 + w / 2), a.x1 - w / 2);
    const fits = mid - w / 2 >= end;
    if (fits) end = mid + w / 2 + 4;
    return { g, x0, x1, label: fits ? mid : null };
  });
}

/** How a span is drawn: a caller that waits or has waited is a thin outline, a method that runs or ran is solid. */
export function spanForm(s: SeqSpan): { waits: boolean; failed: boolean } {
  const state = s.state.replace(/[^a-z]/g, '');
  return { waits: ['waiting', 'answered', 'failed', 'timeout'].includes(state), failed: ['failed', 'timeout', 'raised'].includes(state) };
}

/** The end of an arrow or a span; one that has not ended yet reaches to the edge of what is known. */
export function endOf(s: SeqSpan | SeqArrow, known: number): number {
  return s.d1 > s.d0 ? s.d1 : Math.max(known, s.d0);
}

/** The arrow nearest to a point, within reach pixels. */
export function arrowAt(arrows: readonly SeqArrow[], a: Axis, x: number, y: number, reach = 7): SeqArrow | null {
  let best: SeqArrow | null = null;
  let bestDist = reach;
  for (const r of arrows) {
    const dist = segmentDistance(x, y, xOf(a, r.d0), lineY(r.from), xOf(a, endOf(r, a.d1)), lineY(r.to));
    if (dist < bestDist) {
      best = r;
      bestDist = dist;
    }
  }
  return best;
}

export function segmentDistance(px: number, py: number, ax: number, ay: number, bx: number, by: number): number {
  const dx = bx - ax;
  const dy = by - ay;
  const l2 = dx * dx + dy * dy;
  const u = l2 === 0 ? 0 : Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / l2));
  return Math.hypot(px - ax - u * dx, py - ay - u * dy);
}

/** The outline that stands before a lifeline's name. */
export function lineShape(l: SeqLine): string {
  if (l.kind === 'exchange') {
    if (l.label === '' || l.label === '(default)' || l.sub === 'default') return LINE_SHAPE.default;
    if (l.sub === 'fanout' || l.sub === 'direct' || l.sub === 'headers') return LINE_SHAPE[l.sub];
  }
  return LINE_SHAPE[l.kind];
}

/** A new window around pointer time d, zoomed by factor, within what exists. */
export function zoomWindow(a: Axis, d: number, factor: number, start: number, end: number): { d0: number; d1: number } {
  const span = Math.min(Math.max((a.d1 - a.d0) * factor, 200), Math.max(end - start, 200));
  const share = a.d1 > a.d0 ? (d - a.d0) / (a.d1 - a.d0) : 0.5;
  const d0 = Math.max(start, Math.min(d - share * span, end - span));
  return { d0, d1: d0 + span };
}
