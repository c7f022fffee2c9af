import { App } from './app';
import { t } from './i18n/t';
import type { Config } from './model';

async function config(): Promise<Config> {
  try {
    const r = await fetch('config.json');
    if (r.ok) return { mode: 'play', title: '', build: '', ...((await r.json()) as Partial<Config>) };
  } catch {
    // A static copy of the page has no program behind it: it plays.
  }
  return { mode: 'play', title: '', build: '' };
}

const skip = document.querySelector('.skip');
if (skip) skip.textContent = t('app.skip');
document.getElementById('map')?.setAttribute('aria-label', t('app.map'));
document.getElementById('frame')?.setAttribute('title', t('app.map'));
document.getElementById('side')?.setAttribute('aria-label', t('side.label'));
document.getElementById('bar')?.setAttribute('aria-label', t('bar.label'));
void config().then((c) => new App(c));
