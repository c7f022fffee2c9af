import { html, nothing, type TemplateResult } from 'lit';
import { count, duration } from '../format';
import { t } from '../i18n/t';
import type { Counters, MethodRow } from '../model';
import { hueOf, mini, token } from '../shapes';
import type { Ctx } from '../state';

const CLASSES = ['call', 'reply', 'cast', 'fanout', 'notification', 'other'] as const;
const SHOWN_METHODS = 200;

function name(c: (typeof CLASSES)[number]): string {
  return c === 'other' ? t('calls.other') : c === 'notification' ? t('legend.notify') : t(`legend.${c}`);
}

/** Before anything was counted. */
const NONE: Counters['published'] = { call: 0, reply: 0, cast: 0, fanout: 0, notification: 0, other: 0 };
export const NOTHING_YET: Pick<Counters, 'published' | 'delivered'> = { published: NONE, delivered: NONE };

/** Messages by kind: how many were published and how many delivered. Kinds that never occurred are left out, but for the first four. */
export function messageTable(c: Pick<Counters, 'published' | 'delivered'>, head = t('calls.kind')): TemplateResult {
  const rows = CLASSES.filter((k, i) => i < 4 || c.published[k] > 0 || c.delivered[k] > 0);
  return html`<table class="figs"><caption class="sr">${t('calls.messages')}</caption>
    <thead><tr><th class="l" scope="col">${head}</th><th scope="col">${t('calls.published')}</th><th scope="col">${t('calls.delivered')}</th></tr></thead>
    <tbody>${rows.map((k) => html`<tr><th class="l" scope="row">${token(hueOf(k), 20)}${name(k)}</th><td data-counter="published.${k}">${count(c.published[k])}</td><td data-counter="delivered.${k}">${count(c.delivered[k])}</td></tr>`)}</tbody></table>`;
}

const CALLS = ['total', 'answered_ok', 'answered_error', 'waiting', 'unanswered', 'late_replies', 'heartbeat_replies'] as const;
const REST = ['requests', 'answered', 'refused', 'no_response'] as const;
const SIDE = ['unrouted', 'returned', 'redelivered', 'lost'] as const;

function cell(key: string, label: string, n: number, bad: boolean): TemplateResult {
  return html`<div><dt>${label}</dt><dd data-counter=${key} class=${n > 0 && bad ? 'fault' : n === 0 ? 'dim' : ''}>${count(n)}</dd></div>`;
}

/** What services asked each other for outside the broker; nothing where nobody did. */
function restFacts(c: Counters): TemplateResult | typeof nothing {
  if (c.rest.requests === 0) return nothing;
  return html`<h2>${t('calls.rest')}</h2><dl class="facts">${REST.map((k) => cell(`rest.${k}`, t(`calls.rest.${k}`), c.rest[k], k === 'refused' || k === 'no_response'))}</dl>`;
}

function callFacts(c: Counters): TemplateResult {
  const bad = new Set<string>(['answered_error', 'unrouted', 'returned', 'lost']);
  if (c.calls.unanswered > c.calls.waiting) bad.add('unanswered'); // who only waits has lost nothing yet
  return html`<dl class="facts">${CALLS.map((k) => cell(`calls.${k}`, t(`calls.${k}`), c.calls[k], bad.has(k)))}${SIDE.map((k) => cell(k, t(`calls.${k}`), c[k], bad.has(k)))}</dl>`;
}

function methodTable(rows: readonly MethodRow[]): TemplateResult {
  if (rows.length === 0) return html`<p class="none">${t('calls.empty')}</p>`;
  return html`<table class="figs methods"><caption class="sr">${t('calls.methods')}</caption>
    <thead><tr><th class="l" scope="col">${t('calls.methods')}</th><th scope="col">${t('calls.count')}</th><th scope="col">${t('calls.p50')}</th></tr></thead>
    <tbody>${rows.slice(0, SHOWN_METHODS).map((m) => html`<tr data-method=${m.name} data-cls=${m.cls}><th class="l mono" scope="row">${mini(hueOf(m.cls), 14, 5)}${m.name}</th><td>${count(m.count)}</td><td>${m.cls === 'call' && m.p50ms > 0 ? duration(m.p50ms) : html`<span class="dim">–</span>`}</td></tr>`)}</tbody></table>
    ${rows.length > SHOWN_METHODS ? html`<p class="dim none">${t('calls.more', { n: count(rows.length - SHOWN_METHODS) })}</p>` : nothing}`;
}

export function callsView(ctx: Ctx): TemplateResult | typeof nothing {
  const p = ctx.s.panel;
  if (!p) return nothing;
  return html`<div class="calls" tabindex="0" role="region" aria-label=${t('tab.calls')}>
    <section><h2 class="sr">${t('calls.messages')}</h2>${messageTable(p.counters, t('calls.messages'))}</section>
    <section><h2>${t('calls.calls')}</h2>${callFacts(p.counters)}${restFacts(p.counters)}</section>
    <section class="grow"><h2 class="sr">${t('calls.methods')}</h2>${methodTable(p.methods)}</section></div>`;
}
