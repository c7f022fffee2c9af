import { html, nothing, type TemplateResult } from 'lit';
import { t } from '../i18n/t';
import { icon } from '../shapes';
import type { Ctx, Tab } from '../state';
import type { SeqStrip } from '../strip/strip';
import { callsView } from './calls';
import { inspector, peek, portrait } from './inspector';
import { logList } from './log';
import { sendButtons } from './map-tools';
import { popover } from './popover';
import { playButton, speedSlider, stepButton, time, transport } from './transport';
import { speed } from '../format';

/** The dock: transport, time axis and the views of this moment; on a phone it is a sheet under the thumb. */
export function dock(ctx: Ctx, strip: SeqStrip): TemplateResult {
  return ctx.s.layout === 'phone' ? sheet(ctx, strip) : wide(ctx, strip);
}

function tabs(ctx: Ctx, list: readonly Tab[]): TemplateResult {
  const keys = (e: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (step === undefined) return;
    e.preventDefault();
    e.stopPropagation();
    const next = list[(list.indexOf(ctx.s.tab) + step + list.length) % list.length]!;
    ctx.set({ tab: next, stripOpen: true });
    document.getElementById(`tab-${next}`)?.focus();
  };
  return html`<div class="tabs" role="tablist" aria-label=${t('tab.label')} @keydown=${keys}>${list.map((k) => html`<button type="button" role="tab" id="tab-${k}" aria-controls=${ctx.s.tab === k && (ctx.s.stripOpen || ctx.s.layout === 'phone') ? 'view' : nothing} aria-selected=${ctx.s.tab === k ? 'true' : 'false'}
    tabindex=${ctx.s.tab === k ? '0' : '-1'} class=${ctx.s.tab === k ? 'on' : ''} @click=${() => ctx.set({ tab: k, stripOpen: true })}>${t(`tab.${k}`)}</button>`)}</div>`;
}

function wide(ctx: Ctx, strip: SeqStrip): TemplateResult {
  const tab = ctx.s.tab === 'details' ? 'sequence' : ctx.s.tab;
  const open = ctx.s.stripOpen;
  return html`${transport(ctx)}
    <div class="views ${open ? '' : 'folded'}">${tabs(ctx, ['sequence', 'log', 'calls'])}${strip}
      ${open ? html`<div class="view" id="view" role="tabpanel" aria-labelledby="tab-${tab}" ?hidden=${tab === 'sequence'}>${tab === 'log' ? logList(ctx) : tab === 'calls' ? callsView(ctx) : nothing}</div>` : nothing}</div>`;
}

function sheet(ctx: Ctx, strip: SeqStrip): TemplateResult {
  const p = ctx.s.panel;
  const open = ctx.s.sheetOpen;
  const { title, sub } = peek(p);
  return html`<div class="peek"><button type="button" class="peek-btn" aria-expanded=${open ? 'true' : 'false'} aria-controls=${open ? 'view' : nothing} @click=${() => ctx.set({ sheetOpen: !open, tab: p?.selection ? 'details' : ctx.s.tab })}>
      ${p?.selection ? portrait(p.selection) : nothing}<span class="grow"><b>${title}</b><span class="soft">${sub}</span><span class="sr">${open ? t('side.fold') : t('side.open')}</span></span>${icon(open ? 'chevron' : 'chevronUp', 22)}</button>
      ${p?.selection ? html`<button class="btn touch" type="button" aria-label=${t('side.letgo')} @click=${() => ctx.send({ cmd: 'select', id: '' })}>${icon('close', 22)}</button>` : nothing}</div>
    ${open ? html`${tabs(ctx, ['details', 'sequence', 'log', 'calls'])}
      <div class="view" id="view" role="tabpanel" aria-labelledby="tab-${ctx.s.tab}" ?hidden=${ctx.s.tab === 'sequence'}>${ctx.s.tab === 'log' ? logList(ctx) : ctx.s.tab === 'calls' ? callsView(ctx) : ctx.s.tab === 'details' ? inspector(ctx) : nothing}</div>` : sendButtons(ctx)}
    <div class="scrubline ${open && ctx.s.tab === 'sequence' ? 'with-lines' : ''}">${strip}${time(p)}</div>
    <div class="ctl" role="group" aria-label=${t('play.label')}>
      ${popover(ctx, 'speed', html`<span class="sr">${t('play.speed')} </span><b>${speed(p?.play.speed ?? 1)}</b>`, () => html`<div class="menu pad" role="dialog" aria-label=${t('play.speed')} tabindex="-1" data-autofocus>${speedSlider(ctx)}</div>`, { title: t('play.speed'), has: 'dialog', cls: 'btn t48', align: 'up-left' })}
      ${stepButton(ctx, -1, 26, 'btn t48')}${playButton(ctx, 26)}${stepButton(ctx, 1, 26, 'btn t48')}
      <button class="btn t48" type="button" ?disabled=${!p} aria-label=${ctx.s.mode === 'live' && !p?.play.live ? t('play.jump.now') : t('play.jump.reply')} @click=${() => ctx.send({ cmd: 'jump', to: ctx.s.mode === 'live' && !p?.play.live ? 'end' : 'reply', dir: 1 })}>${icon('jump', 24)}</button>
    </div>`;
}

/** Whether the diagram below the axis is to be drawn. */
export function showsLines(ctx: Ctx): boolean {
  if (ctx.s.layout === 'phone') return ctx.s.sheetOpen && ctx.s.tab === 'sequence';
  return ctx.s.stripOpen && (ctx.s.tab === 'sequence' || ctx.s.tab === 'details');
}
