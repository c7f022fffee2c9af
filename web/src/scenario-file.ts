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
