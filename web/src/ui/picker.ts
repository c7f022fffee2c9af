import { html, nothing, type TemplateResult } from 'lit';
import { coded, t } from '../i18n/t';
import type { ScenarioInfo } from '../model';
import { icon } from '../shapes';
import type { Ctx } from '../state';
import { showCarrier } from './carrier';
import { popover } from './popover';

/** The heading of a group in words, or its own name where this page does not know it. */
const heading = (group: string) => coded('pick.group', group, group);

/** The scenarios whose name, title, heading or summary hold every word of the query. */
export function matching(list: readonly ScenarioInfo[], query: string): ScenarioInfo[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return list.filter((s) => words.every((w) => `${s.name} ${s.title} ${heading(s.group)} ${s.summary}`.toLowerCase().includes(w)));
}

/** The list under its headings, each with where its first stands in the list. */
export function grouped(list: readonly ScenarioInfo[]): { group: string; first: number; items: ScenarioInfo[] }[] {
  const out: { group: string; first: number; items: ScenarioInfo[] }[] = [];
  list.forEach((s, i) => {
    const last = out.at(-1);
    if (last?.group === s.group) last.items.push(s);
    else out.push({ group: s.group, first: i, items: [s] });
  });
  return out;
}

/** Where a key moves the active option to, null when it is no such key: by one around the ends, or from heading to heading. */
export function moved(key: string, active: number, list: readonly ScenarioInfo[]): number | null {
  const firsts = grouped(list).map((g) => g.first);
  switch (key) {
    case 'ArrowDown': return (active + 1) % Math.max(1, list.length);
    case 'ArrowUp': return Math.max(0, active - 1 + (active > 0 ? 0 : list.length));
    case 'PageDown': return firsts.find((f) => f > active) ?? Math.max(0, list.length - 1);
    case 'PageUp': return firsts.findLast((f) => f < active) ?? 0;
    default: return null;
  }
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
    const to = moved(e.key, active, found);
    if (to !== null) {
      e.preventDefault();
      ctx.set({ active: to });
      requestAnimationFrame(() => reveal(found[to]));
    } else if (e.key === 'Enter') choose(found[active]);
  };
  return html`<div class="picker" role="dialog" aria-label=${t('pick.label')}>
    <label class="find">${icon('search', 18)}<input data-autofocus type="text" role="combobox" aria-expanded="true" aria-controls="pick-list" aria-autocomplete="list"
      aria-activedescendant=${found[active] ? `pick-${found[active].name}` : nothing} aria-label=${t('pick.search')} placeholder=${t('pick.search')} autocomplete="off" spellcheck="false"
      .value=${ctx.s.query} @keydown=${keys} @input=${(e: InputEvent) => ctx.set({ query: (e.target as HTMLInputElement).value, active: 0 })}></label>
    ${found.length === 0 ? html`<p class="none">${t('pick.none', { query: ctx.s.query })}</p>` : nothing}
    <div class="options" role="listbox" id="pick-list" tabindex="-1" aria-label=${t('pick.list')}>${grouped(found).map((g) => html`<div role="group" aria-labelledby="pick-in-${g.group || 'none'}">
      <div class="heading" role="presentation" id="pick-in-${g.group || 'none'}">${heading(g.group)}</div>
      ${g.items.map((s, k) => option(ctx, s, g.first + k, active, choose))}</div>`)}</div>
    <div class="foot"><button type="button" class="btn" @click=${pickFile(ctx)}>${icon('open', 18)}<span>${t('pick.open')}</span></button><span class="grow"></span>
      <button type="button" class="btn" aria-haspopup="dialog" ?disabled=${ctx.s.mode !== 'play' || !ctx.s.panel?.carrier} @click=${() => { ctx.closePopover(); showCarrier(ctx); }}>${icon('link', 18)}<span>${t('carrier.open')}</span></button><span class="dim">${t('pick.open.hint')}</span></div>
  </div>`;
}

function option(ctx: Ctx, s: ScenarioInfo, i: number, active: number, choose: (s: ScenarioInfo) => void): TemplateResult {
  const open = ctx.s.panel?.scenario === s.name && ctx.s.mode === 'play';
  return html`<div class="option ${i === active ? 'active' : ''}" role="option" id="pick-${s.name}" aria-selected=${open ? 'true' : 'false'} @pointermove=${() => i !== active && ctx.set({ active: i })} @click=${() => choose(s)}>
    <span class="grow"><b>${s.title}</b><small title=${s.summary}>${s.summary}</small></span>${open ? icon('check', 18) : nothing}</div>`;
}

/** Brings an option into view, and the heading with it that it is the first under. */
function reveal(s: ScenarioInfo | undefined): void {
  const el = s && document.getElementById(`pick-${s.name}`);
  const head = el?.previousElementSibling;
  if (head?.classList.contains('heading')) head.scrollIntoView({ block: 'nearest' });
  el?.scrollIntoView({ block: 'nearest' });
}

/** The browser's own file chooser; its input never stands in the page. */
export function pickFile(ctx: Ctx): () => void {
  return () => {
    const input = document.createElement('input');
    input.type = 'file';
    input.accept = '.json,.flow';
    input.addEventListener('change', () => {
      const file = input.files?.[0];
      if (file) ctx.openFile(file);
    });
    input.click();
    ctx.closePopover();
  };
}
