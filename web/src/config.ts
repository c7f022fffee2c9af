import type { Config } from './model';

/** The scenario of src/still-*.svg, which is the first. */
export const DRAWN = 'one-call';

/** Asks the program that serves the page what it is to show. */
export async function readConfig(): Promise<Config> {
  try {
    const r = await fetch('config.json');
    if (r.ok) return { mode: 'play', title: '', build: '', ...((await r.json()) as Partial<Config>) };
  } catch {
    // A static copy of the page has no program behind it: it plays.
  }
  return { mode: 'play', title: '', build: '' };
}
