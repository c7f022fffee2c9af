import { App } from './app';
import { readConfig } from './config';
import type { StartsEngine } from './engine-start';
import { t } from './i18n/t';

/** How long the page waits for the first picture before it is drawn around it (ms since it was opened). */
const PICTURE_FIRST = 600;

const skip = document.querySelector('.skip');
if (skip) skip.textContent = t('app.skip');
document.getElementById('map')?.setAttribute('aria-label', t('app.map'));
document.getElementById('frame')?.setAttribute('title', t('app.map'));
document.getElementById('side')?.setAttribute('aria-label', t('side.label'));
document.getElementById('bar')?.setAttribute('aria-label', t('bar.label'));

// The picture first: without a graphics card, bars and panels take as much of the machine as the engine's whole start.
const begun = (window as StartsEngine).rpcscopeEngine;
const shown = Promise.race([begun?.shown, new Promise((late) => setTimeout(late, PICTURE_FIRST - performance.now()))]);
void Promise.all([begun?.config ?? readConfig(), shown]).then(([config]) => new App(config));
