import { html, nothing, type TemplateResult } from 'lit';
import { t } from '../i18n/t';
import type { ScenarioInfo } from '../model';
import { icon } from '../shapes';
import type { Ctx } from '../state';
import { popover } from './popover';

/** The scenarios whose name, title or summary hold every word of the query. */
export function matching(list: readonly ScenarioInfo[], query: string): ScenarioInfo[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return list.filter((s) => words.every((w) => `${s.name} ${s.title} ${s.summary}`.toLowerCase().includes(w)));
}

export function picker(ctx: Ctx): TemplateResult {
  const { panel, mode, config, opening } = ctx.s;
  const live = mode === 'live' ? panel?.live : null;
  const title = mode === 'live' ? (live?.broker ?? config.title) : (panel?.title ?? opening?.title ?? config.title);
  const shown = title || t('app.title');
  return popover(ctx, 'picker', html`<span class="sr">${t('pick.label')}: </span><span class="pick-name">${shown}</span>${live?.vhosts.length === 1 ? html`<span class="dim pick-sub">${t('live.vhost', { name: live.vhosts[0]! })}</span>` : nothing}${icon('chevron', 16)}`,
    () => list(ctx), { title: t('pick.label'), has: 'dialog', cls: 'pick', align: 'left' });
}

function list(ctx: Ctx): TemplateResult {
  const found = matching(ctx.s.scenarios, ctx.s.query);
  const active = Math.min(ctx.s.active, found.length - 1);
  const choose = (s: ScenarioInfo | undefined) => {
    if (s) ctx.load(s.name);
  };
  const keys = (e: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step !== undefined) {
      e.preventDefault();
      ctx.set({ active: (active + step + found.length) % Math.max(1, found.length) });
    } else if (e.key === 'Enter') choose(found[active]);
  };
  return html`<div class="picker" role="dialog" aria-label=${t('pick.label')}>
    <label class="find">${icon('search', 18)}<input data-autofocus type="text" role="combobox" aria-expanded="true" aria-controls="pick-list" aria-autocomplete="list"
      aria-activedescendant=${found[active] ? `pick-${found[active].name}` : nothing} aria-label=${t('pick.search')} placeholder=${t('pick.search')} autocomplete="off" spellcheck="false"
      .value=${ctx.s.query} @keydown=${keys} @input=${(e: InputEvent) => ctx.set({ query: (e.target as HTMLInputElement).value, active: 0 })}></label>
    ${found.length === 0 ? html`<p class="none">${t('pick.none', { query: ctx.s.query })}</p>` : nothing}
    <div class="options" role="listbox" id="pick-list" tabindex="-1" aria-label=${t('pick.list')}>${found.map((s, i) => html`<div class="option ${i === active ? 'active' : ''}" role="option" id="pick-${s.name}"
      aria-selected=${ctx.s.panel?.scenario === s.name && ctx.s.mode === 'play' ? 'true' : 'false'} @pointermove=${() => i !== active && ctx.set({ active: i })} @click=${() => choose(s)}>
      <span class="grow"><b>${s.title}</b><small>${s.summary}</small></span>${ctx.s.panel?.scenario === s.name && ctx.s.mode === 'play' ? icon('check', 18) : nothing}</div>`)}</div>
    <div class="foot"><button type="button" class="btn" @click=${pickFile(ctx)}>${icon('open', 18)}<span>${t('pick.open')}</span></button><span class="dim">${t('pick.open.hint')}</span></div>
  </div>`;
}

/** The browser's own file chooser; its input never stands in the page. */
export function pickFile(ctx: Ctx): () => void {
  return () => {
    const input = document.createElement('input');
    input.type = 'file';
    input.accept = '.flow';
    input.addEventListener('change', () => {
      const file = input.files?.[0];
      if (file) ctx.openFile(file);
    });
    input.click();
    ctx.closePopover();
  };
}
