/* Widths of words, measured once per text and style. */
import type { LabelStyle } from './tables';

interface FontMetrics { font: string; baseline: number }

// Kept away from the graphics process, whose start would be waited for.
const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
const fonts = new Map<LabelStyle, FontMetrics>();
const widths = new Map<string, number>();
/** Measured at this size, for precision. */
const em = 100;
/** Enough for every label of a large map; then old ones are forgotten. */
const limit = 4000;

/** Line height of a label, in units of its font size over 12 px. */
export const lineHeight = 20 / 12;

function family(mono: boolean): string {
  return getComputedStyle(document.documentElement).getPropertyValue(mono ? '--font-mono' : '--font-ui');
}

function fontOf(style: LabelStyle): FontMetrics {
  let f = fonts.get(style);
  if (!f) {
    context.font = `${style.weight} ${em}px ${family(style.mono)}`;
    const m = context.measureText('x');
    const baseline = lineHeight / 2 + (m.fontBoundingBoxAscent - m.fontBoundingBoxDescent) / em / 2;
    f = { font: context.font, baseline };
    fonts.set(style, f);
  }
  return f;
}

/** Width of a text at font size 1. */
export function advance(text: string, style: LabelStyle): number {
  const key = `${style.index}|${text}`;
  let w = widths.get(key);
  if (w === undefined) {
    if (widths.size > limit) widths.clear();
    context.font = fontOf(style).font;
    w = context.measureText(text).width / em;
    widths.set(key, w);
  }
  return w;
}

const cuts = new Map<string, string>();

/** A text that fits into `most` at font size 1: itself, a sentence without its last words, a name without its middle; '' where nothing of it would. */
export function cut(text: string, style: LabelStyle, most: number): string {
  if (advance(text, style) <= most) return text;
  const key = `${style.index}|${most.toFixed(2)}|${text}`;
  let s = cuts.get(key);
  if (s === undefined) {
    if (cuts.size > limit) cuts.clear();
    const r = Array.from(text);
    const tail = Math.min(4, Math.floor(r.length / 3));
    let n = r.length - tail - 1;
    const of = (k: number) => `${r.slice(0, k).join('').trimEnd()}…${tail > 0 ? r.slice(-tail).join('') : ''}`;
    while (n > 0 && advance(of(n), style) > most) n--;
    s = n > 0 ? of(n) : '';
    if (!style.mono && style.weight < 600) {
      const words = text.split(' ');
      while (words.length > 1 && advance(`${words.join(' ')}…`, style) > most) words.pop();
      if (words.length > 1 || advance(`${words[0]!}…`, style) <= most) s = `${words.join(' ')}…`;
    }
    cuts.set(key, s);
  }
  return s;
}

/** From the top of the line box to the baseline, at font size 1. */
export function baseline(style: LabelStyle): number {
  return fontOf(style).baseline;
}

/** Forgets everything, as when the fonts have arrived. */
export function forget(): void {
  fonts.clear();
  widths.clear();
  cuts.clear();
}
