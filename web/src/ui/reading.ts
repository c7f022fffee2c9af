import { html, nothing, type TemplateResult } from 'lit';
import { t } from '../i18n/t';
import type { Ctx } from '../state';

/** From when on (ms) reading a recording is worth a word: short ones are there at once. */
export const PATIENCE_MS = 400;

const mb = (bytes: number) => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);

/** How far a large recording is read, and the way to leave it at that. While the player has no room there is nothing to watch. */
export function readingNote(ctx: Ctx): TemplateResult | typeof nothing {
  const r = ctx.s.reading;
  if (r === null || r.waiting || performance.now() - r.since < PATIENCE_MS) return nothing;
  const part = { done: mb(r.done), total: mb(r.total) };
  return html`<div class="loading reading"><label for="reading">${t('reading.text', { name: r.title })}</label><span class="dim">${t('load.of', { loaded: part.done, total: part.total })}</span>
    <progress id="reading" max=${r.total} .value=${r.done}></progress><button class="btn" type="button" @click=${() => ctx.stopReading()}>${t('reading.stop')}</button></div>`;
}
