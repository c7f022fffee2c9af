/* The speeds one can choose: fine where things are slow, coarse where they are fast. */

export const SPEEDS: readonly number[] = [1 / 1000, 1 / 500, 1 / 200, 1 / 100, 1 / 50, 1 / 20, 1 / 10, 1 / 4, 1 / 2, 1, 2, 5, 10, 20, 50, 100];
/** Powers of ten, drawn as ticks. */
export const SPEED_TICKS = [-3, -2, -1, 0, 1, 2] as const;

/** The choice nearest to x on a logarithmic scale. */
export function nearestSpeed(x: number): number {
  const at = Math.log10(Math.max(x, 1e-6));
  return SPEEDS.reduce((best, s) => (Math.abs(Math.log10(s) - at) < Math.abs(Math.log10(best) - at) ? s : best));
}

/** The next choice up (dir 1) or down (dir −1), staying within the range. */
export function nextSpeed(x: number, dir: 1 | -1): number {
  const i = SPEEDS.indexOf(nearestSpeed(x)) + dir;
  return SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, i))]!;
}
