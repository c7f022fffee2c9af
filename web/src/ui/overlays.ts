import { html, nothing, type TemplateResult } from 'lit';
import { coded, t } from '../i18n/t';
import { icon } from '../shapes';
import type { Ctx } from '../state';

/** Over the map: what loads, or why nothing is drawn. The still drawing beneath is in the page itself. */
export function bootOverlay(ctx: Ctx): TemplateResult | typeof nothing {
  const b = ctx.s.boot;
  if (b.code === 'no-webgl2' && b.phase !== 'failed') return html`<div class="fail" role="alert"><h2>${icon('warn', 22)}${t('fail.title')}</h2><p>${t('fail.no-webgl2')}</p></div>`;
  if (b.phase === 'failed') {
    const text = b.text.replace(/^(?:[A-Z]?\w*Error: )+/, '').replace(/\.$/, ''); // the kind of error tells a person nothing
    return html`<div class="fail" role="alert"><h2>${icon('warn', 22)}${t('fail.title')}</h2><p>${coded('fail', b.code, t('fail.other', { text }), { text })}</p>
      <button type="button" class="btn solid" @click=${() => ctx.retry()}>${icon('restart', 18)}<span>${t('fail.retry')}</span></button></div>`;
  }
  if (b.phase === 'ready') return nothing;
  const known = b.total > 0;
  const mb = (n: number) => (n / 1e6).toFixed(1);
  const done = known && b.loaded >= b.total;
  return html`<div class="loading"><label for="load">${done ? t('load.starting') : t('load.text')}</label>
    ${known ? html`<progress id="load" max=${b.total} .value=${b.loaded}></progress><span class="dim">${done ? '' : t('load.of', { loaded: mb(b.loaded), total: mb(b.total) })}</span>` : html`<progress id="load"></progress>`}</div>`;
}

export function toast(ctx: Ctx, close: () => void): TemplateResult | typeof nothing {
  const x = ctx.s.toast;
  return x === null ? nothing : html`<div class="toast ${x.tone}">${x.tone === 'fault' ? icon('warn', 18) : nothing}<span>${x.text}</span><button type="button" class="btn" aria-label=${t('toast.close')} @click=${close}>${icon('close', 16)}</button></div>`;
}

export function dropHint(ctx: Ctx): TemplateResult | typeof nothing {
  return ctx.s.dropping ? html`<div class="dropping">${icon('open', 28)}<b>${t('app.drop')}</b></div>` : nothing;
}
