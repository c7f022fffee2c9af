import { html, nothing, type TemplateResult } from 'lit';
import { t } from '../i18n/t';
import { icon } from '../shapes';
import type { Ctx } from '../state';

/** What went wrong and stays to be read until somebody dismisses it or opens something else. */
export function notice(ctx: Ctx): TemplateResult | typeof nothing {
  const n = ctx.s.notice;
  return n === null ? nothing : html`<div class="notice" role="region" aria-label=${t('notice.label')} tabindex="0">${icon('warn', 18)}
    <p><b><bdi>${n.title}</bdi></b> <span><bdi>${n.text}</bdi></span></p><button type="button" class="btn" aria-label=${t('toast.close')} @click=${() => ctx.set({ notice: null })}>${icon('close', 16)}</button></div>`;
}
