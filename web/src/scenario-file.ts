import { t } from './i18n/t';

/* A scenario that a person wrote. The engine reads its text, so that whatever is wrong in it is told with its place and remedy. */

/** What the engine accepts at most (bytes); a larger file is not even read. */
export const MOST_BYTES = 1 << 20;

/** Whether a file is meant as a scenario rather than as a recording: by its name, or because it begins as JSON does. */
export async function isScenario(file: File): Promise<boolean> {
  if (/\.json$/i.test(file.name)) return true;
  return !/\.flow$/i.test(file.name) && /^\s*[{[]/.test(await file.slice(0, 256).text());
}

/** The text of a scenario file; throws an Error that says in words why there is none. */
export async function scenarioText(file: File): Promise<string> {
  if (file.size > MOST_BYTES) throw new Error(t('file.large', { size: (file.size / 1e6).toFixed(1), most: (MOST_BYTES / 1e6).toFixed(1) }));
  const bytes = await file.arrayBuffer();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error(t('file.encoding'));
  }
}

/** Lets the page's place in the history stand for a scenario that a person wrote: reloading the page opens it again, and so does coming back from live traffic. */
export function keepOwn(doc: string): void {
  history.replaceState({ doc }, '', location.pathname);
}

/** The scenario that {@link keepOwn} was given last, null when the address has named another one since. */
export function keptOwn(): string | null {
  const doc = (history.state as { doc?: unknown } | null)?.doc;
  return typeof doc === 'string' && !new URLSearchParams(location.search).has('scenario') ? doc : null;
}

/** Whether it is a capture: a record to a line, as `rpcscope import` reads them. */
export async function isCapture(file: File): Promise<boolean> {
  const [first, second] = (await file.slice(0, 64 << 10).text()).split('\n', 2);
  const object = (line = '') => {
    try {
      return typeof JSON.parse(line) === 'object';
    } catch {
      return false;
    }
  };
  return object(first) && (/\.jsonl$/i.test(file.name) || object(second));
}

/** That of some names which a name was perhaps meant to be, or ''. */
export function nearest(name: string, names: readonly string[]): string {
  const plain = (s: string) => s.toLowerCase().replaceAll(/[_\s]+/g, '-');
  const wanted = plain(name.slice(0, 64));
  let best = '';
  let least = Math.floor(wanted.length / 3) + 1;
  for (const candidate of names) {
    const n = changes(wanted, plain(candidate));
    if (n < least) [best, least] = [candidate, n];
  }
  return best;
}

/** How many letters must be put in, taken out or replaced to make one text the other. */
function changes(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (a[i] === b[j] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
