/* Where hops are too many to be told apart, the engine counts them by line, class and column: from counts to ribbons, pure functions. */
import type { Cls, Seq, SeqBand } from '../model';
import { lineY, PITCH, TOP, type Axis } from './geometry';

/** The tallest ribbon, and what a class is given even where it is rare, px. */
export const TALL = 20;
const LEAST = 2;
/** The order in which classes are stacked, and told. */
const ORDER: readonly Cls[] = ['call', 'reply', 'cast', 'fanout', 'notification', 'rest', 'other'];

export interface Ribbon {
  line: number;
  cls: Cls;
  path: string;
}

const at = (b: SeqBand, col: number): number => b.n[col - b.c0] ?? 0;

/** How tall n messages in a column are beside the densest column: by the root, so that a trickle shows beside a flood. */
export function tall(n: number, most: number): number {
  return n <= 0 ? 0 : 3 + (TALL - 3) * Math.sqrt(n / Math.max(1, most));
}

/** One outline for each line and class, its columns centred on the lifeline, the classes of a column upon each other. */
export function ribbons(seq: Seq, a: Axis): Ribbon[] {
  const { cols } = seq;
  const edge = (c: number) => Math.round(a.x0 + ((a.x1 - a.x0) * c) / cols);
  const lines = new Map<number, SeqBand[]>();
  for (const b of seq.bands) lines.set(b.line, [...(lines.get(b.line) ?? []), b]);
  let most = 1;
  for (const bands of lines.values()) for (let c = 0; c < cols; c++) most = Math.max(most, bands.reduce((sum, b) => sum + at(b, c), 0));
  const out: Ribbon[] = [];
  for (const [line, bands] of lines) {
    bands.sort((p, q) => ORDER.indexOf(p.cls) - ORDER.indexOf(q.cls));
    const paths = bands.map(() => '');
    for (let c = 0; c < cols; c++) {
      const counts = bands.map((b) => at(b, c));
      const sum = counts.reduce((p, q) => p + q, 0);
      if (sum === 0) continue;
      const x = edge(c);
      const room = edge(c + 1) - x;
      const w = room >= 4 ? room - 1 : room; // a hair between columns says that these are counts
      const heights = shares(counts, tall(sum, most));
      let y = lineY(line) - heights.reduce((p, q) => p + q, 0) / 2;
      heights.forEach((h, i) => {
        if (h > 0) paths[i] = `${paths[i] ?? ''}M${x},${y.toFixed(1)}h${w}v${h.toFixed(1)}h${-w}z`;
        y += h;
      });
    }
    bands.forEach((b, i) => paths[i] !== '' && out.push({ line, cls: b.cls, path: paths[i]! }));
  }
  return out;
}

/** Shares a height by counts; who is there at all is seen. */
function shares(counts: readonly number[], height: number): number[] {
  const sum = counts.reduce((p, q) => p + q, 0);
  return counts.map((n) => (n === 0 ? 0 : Math.max(LEAST, (height * n) / sum)));
}

export interface Cell {
  line: number;
  col: number;
}

/** The line and column under a point; null where there is none. */
export function cellAt(seq: Seq, a: Axis, x: number, y: number): Cell | null {
  const line = Math.round((y - TOP) / PITCH);
  const col = Math.floor(((x - a.x0) / (a.x1 - a.x0)) * seq.cols);
  return line < 0 || line >= seq.lines.length || !(col >= 0 && col < seq.cols) ? null : { line, col };
}

/** What was counted at a line, by class in their order: in the column, and in the whole window. */
export function countsAt(seq: Seq, { line, col }: Cell): { cls: Cls; here: number; all: number }[] {
  return ORDER.flatMap((cls) => {
    const b = seq.bands.find((x) => x.line === line && x.cls === cls);
    return b ? [{ cls, here: at(b, col), all: b.n.reduce((p, q) => p + q, 0) }] : [];
  });
}

/** How much display time a column is, ms. */
export const columnMs = (seq: Seq): number => (seq.d1 - seq.d0) / Math.max(1, seq.cols);
