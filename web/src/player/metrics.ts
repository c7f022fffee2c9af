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

/** From the top of the line box to the baseline, at font size 1. */
export function baseline(style: LabelStyle): number {
  return fontOf(style).baseline;
}

/** Forgets everything, as when the fonts have arrived. */
export function forget(): void {
  fonts.clear();
  widths.clear();
}
