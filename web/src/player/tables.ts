/* What the engine's indices mean. */

export interface LabelStyle {
  readonly index: number;
  readonly cls: string;
  readonly mono: boolean;
  readonly size: number;
  readonly weight: number;
  /** Index into the paints. */
  readonly paint: number;
}

export interface Tables {
  /** CSS custom properties; the first is none. */
  readonly paints: readonly string[];
  readonly styles: readonly LabelStyle[];
}

export function parseTables(json: string): Tables {
  const raw = JSON.parse(json) as { paints: string[]; styles: [string, boolean, number, number, number][] };
  return { paints: raw.paints, styles: raw.styles.map(([cls, mono, size, weight, paint], index) => ({ index, cls, mono, size, weight, paint })) };
}
