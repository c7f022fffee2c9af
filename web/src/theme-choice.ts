/** What a person chose; 'system' follows the operating system's colours and contrast. */
export type ThemeChoice = 'system' | 'light' | 'dark' | 'contrast';
/** A theme that tokens.css defines. */
export type ThemeName = 'dark' | 'light' | 'contrast-dark' | 'contrast-light';

export const THEME_CHOICES: readonly ThemeChoice[] = ['system', 'light', 'dark', 'contrast'];
const KEY = 'rpcscope.theme';

/** The choice this browser remembers. */
export function storedTheme(): ThemeChoice {
  try {
    const v = localStorage.getItem(KEY);
    return THEME_CHOICES.find((c) => c === v) ?? 'system';
  } catch {
    return 'system'; // storage may be forbidden; the page works without it
  }
}

export function storeTheme(choice: ThemeChoice): void {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // see storedTheme
  }
}

export function resolveTheme(choice: ThemeChoice, match: (query: string) => boolean = (q) => matchMedia(q).matches): ThemeName {
  const light = match('(prefers-color-scheme: light)');
  if (choice === 'contrast' || (choice === 'system' && match('(prefers-contrast: more)'))) return light ? 'contrast-light' : 'contrast-dark';
  if (choice === 'system') return light ? 'light' : 'dark';
  return choice;
}
