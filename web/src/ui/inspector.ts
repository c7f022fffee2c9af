import { html, nothing, svg, type TemplateResult } from 'lit';
import { liveTime, middle, visible } from '../format';
import { coded, codedRich, t } from '../i18n/t';
import type { LifeStep, Panel, Selection, Why } from '../model';
import { hueOf, icon, LINE_SHAPE, miniShape, token } from '../shapes';
import type { Ctx } from '../state';
import { messageTable, NOTHING_YET } from './calls';
import { copy } from './copy';
import { deeds } from './deeds';

const TRIED = 8;
/** Longer names are shortened in the middle; the whole is one click away. */
const LONG = 20;
/** Facts that are read as a whole: they wrap, and are not shortened. */
const WHOLE = new Set(['component', 'entry point', 'manager', 'methods', 'rpcapi', 'answers', 'pipeline', 'called-by', 'message', 'path']);
/** Values that are words and no names. */
const PLAIN = new Set(['none', 'yes', 'no']);

export function inspector(ctx: Ctx): TemplateResult {
  const sel = ctx.s.panel?.selection ?? null;
  return sel ? selected(ctx, sel) : empty(ctx);
}

function empty(ctx: Ctx): TemplateResult {
  const key = (k: string, text: string) => html`<li><span class="keys">${k.split(' ').map((x) => html`<kbd>${x}</kbd>`)}</span><span>${text}</span></li>`;
  const p = ctx.s.panel;
  const title = p ? p.title : ctx.s.opening?.title; // before the player is up the page knows at least this, and nothing moves when it is
  const about = p ? ctx.s.scenarios.find((s) => s.name === p.scenario)?.summary : ctx.s.opening?.summary;
  return html`<h2 class="sr">${t('side.label')}</h2>${title ? html`<div class="sec head"><div class="grow"><h3 class="big">${title}</h3>${about ? html`<p class="soft small">${about}</p>` : nothing}</div></div>` : nothing}
    <div class="sec"><h3>${t('side.empty.title')}</h3><p class="why">${t('side.empty.text')}</p></div>
    <div class="sec"><h3>${t('side.sofar')}</h3>${messageTable(p?.counters ?? NOTHING_YET)}</div>
    <div class="sec last hinted"><h3>${t('side.empty.keys')}</h3><ul class="hints">${key('Space', t('side.empty.space'))}${key('← →', t('side.empty.step'))}${key('Shift ← →', t('side.empty.hop'))}${key('F', t('side.empty.fit'))}${key('?', t('side.empty.help'))}</ul></div>`;
}

/** The picture beside the title: the message with its glyph, or the outline of the thing. */
export function portrait(sel: Selection, size = 40): TemplateResult {
  if (sel.kind === 'message' || sel.kind === 'rpc' || sel.cls !== '') return token(hueOf(sel.cls === '' ? 'call' : sel.cls), size);
  const shape = LINE_SHAPE[sel.kind as keyof typeof LINE_SHAPE] as string | undefined;
  return html`<svg class="ic thing" width=${size} height=${size} viewBox="-11 -11 22 22" aria-hidden="true"><path d=${shape ?? LINE_SHAPE.process}></path></svg>`;
}

function selected(ctx: Ctx, sel: Selection): TemplateResult {
  return html`${ctx.s.layout === 'phone' ? html`<h2 class="sr">${sel.title}</h2>` : nothing}<div class="sec head">${portrait(sel)}<div class="grow"><h2>${sel.title}</h2>${sel.sub ? html`<p class="soft small" title=${sel.sub}>${stateOf(sel.sub)}</p>` : nothing}${sel.deduced ? html`<p class="small dim">${t('side.deduced')}</p>` : nothing}${sel.gone ? html`<p class="small dim">${t('side.gone')}</p>` : nothing}</div>
      <button class="btn" type="button" aria-label=${t('side.close')} title="${t('side.close')} (Esc)" @click=${() => ctx.send({ cmd: 'select', id: '' })}>${icon('close')}</button></div>
    ${sel.facts.length > 0 ? html`<div class="sec facts-sec"><h3 class="sr">${t('side.facts')}</h3>${copyAll(ctx, t('side.copy.facts'), sel.facts)}<dl class="kv">${sel.facts.map(([k, v, mono]) => html`<dt>${coded('fact', k, k)}</dt>${WHOLE.has(k) ? html`<dd class=${mono ? 'mono' : ''}>${v}</dd>` : value(ctx, k === 'state' ? coded('state', v, v) : v, mono ?? false)}`)}</dl></div>` : nothing}
    ${deeds(ctx, sel)}
    ${sel.life.length > 0 ? life(ctx, sel) : nothing}
    ${sel.why ? why(sel.why) : nothing}
    ${sel.envelope.length > 0 ? html`<div class="sec"><h3>${t('side.envelope')}<span class="grow"></span>${copyAll(ctx, t('side.copy.envelope'), sel.envelope)}</h3><dl class="kv">${sel.envelope.map(([k, v]) => html`<dt>${coded('fact', k, k)}</dt>${value(ctx, v === '' ? '""' : coded('value', `${k}.${v}`, v), !/\s/.test(v) && !PLAIN.has(v))}`)}</dl></div>` : nothing}
    ${body(ctx, sel)}
    ${sel.related.length > 0 ? html`<div class="sec last"><h3>${t('side.related')}</h3><div class="chips">${sel.related.map((id) => html`<button type="button" class="chip mono" title=${visible(id)} @click=${() => ctx.send({ cmd: 'select', id })}>${visible(shortId(id))}</button>`)}</div></div>` : html`<div class="sec last"></div>`}`;
}

function value(ctx: Ctx, v: string, mono: boolean): TemplateResult {
  const ends = v.split(' ← ');
  if (mono && ends.length === 2 && v.length <= 2 * LONG) return html`<dd class="mono">${ends[0]} <span class="dim">←</span> ${ends[1]}</dd>`;
  if (!mono || v.length <= LONG) return html`<dd class="${mono ? 'mono' : ''} ${v === 'none' ? 'dim' : ''}">${v}</dd>`;
  return html`<dd class="mono"><button type="button" class="whole" title="${v} (${t('side.copy')})" @click=${() => void copy(ctx, v)}>${ends.map((x) => middle(x, ends.length > 1 ? LONG - 4 : LONG)).join(' ← ')}<span class="sr">${v}, ${t('side.copy')}</span>${icon('copy', 13)}</button></dd>`;
}

/** All pairs as lines of text, as a bug report wants them. */
function copyAll(ctx: Ctx, label: string, pairs: readonly (readonly [string, string, boolean?])[]): TemplateResult {
  return html`<button class="btn tiny" type="button" aria-label=${label} title=${label} @click=${() => void copy(ctx, pairs.map(([k, v]) => `${k}: ${v}`).join('\n'))}>${icon('copy', 16)}</button>`;
}

function shortId(id: string): string {
  const kind = id.slice(0, id.indexOf(':'));
  const name = id.slice(kind.length + 1);
  if (kind === 'r') return `${t('kind.rpc')} ${name.slice(0, 8)}`;
  if (kind === 'm') return `${t('kind.message')} ${name}`;
  // Behind the virtual host, whose own name may be a slash.
  const local = kind === 'p' ? name : name.startsWith('//') ? name.slice(2) : name.slice(name.indexOf('/') + 1);
  return middle(local === '' ? '(default)' : local, 24);
}

/** Times relative to the first step, in the unit that suits the longest. */
export function lifeTimes(steps: readonly LifeStep[]): { unit: string; times: string[] } {
  const t0 = steps[0]?.t ?? 0;
  const span = Math.max(0, ...steps.filter((s) => s.state !== 'ahead').map((s) => s.t - t0));
  const seconds = span >= 10_000;
  return { unit: seconds ? 's' : 'ms', times: steps.map((s) => (s.state === 'ahead' ? '' : ((s.t - t0) / (seconds ? 1000 : 1)).toFixed(span >= 1000 && !seconds ? 0 : 2))) };
}

function life(ctx: Ctx, sel: Selection): TemplateResult {
  const { unit, times } = lifeTimes(sel.life);
  const state = { past: 'was', now: 'now', ahead: 'next' } as const;
  return html`<div class="sec"><h3>${t('side.life')}<span class="grow"></span><span class="unit">${unit}</span></h3>${began(ctx, sel)}<ol class="life">${sel.life.map((s, i) => html`<li class=${state[s.state]} aria-current=${s.state === 'now' ? 'step' : nothing}>
    ${s.d !== undefined && s.state === 'past' ? html`<button type="button" class="when" title=${t('side.goto')} @click=${() => goTo(ctx, s.d!)}><span class="sr">${t('side.goto')} </span><time>${times[i]}</time></button>` : html`<time>${times[i]}</time>`}<span class="k">${lifeMark(s, sel)}</span><span class="tx">${codedRich('life', s.code, lifeArgs(s))}</span></li>`)}</ol></div>`;
}

/** When a live life began, by the clock that the broker's logs have. */
function began(ctx: Ctx, sel: Selection): TemplateResult | typeof nothing {
  const p = ctx.s.panel;
  const first = sel.life[0];
  if (!p || !first || p.mode !== 'live' || p.epochMs <= 0) return nothing;
  const at = liveTime(p.epochMs + first.t, p.live, true);
  return html`<p class="from">${t('side.from', { time: at.value, zone: at.unit })}</p>`;
}

/** Arguments fit for a narrow column: long names shortened in the middle, durations of nothing left out. */
export function lifeArgs(s: LifeStep): LifeStep['args'] {
  const short = ([k, v]: [string, string | number]): [string, string | number] => {
    if (typeof v === 'number') return [k, v];
    return [k, (k === 'timeout' || k === 'held') && v.startsWith('0 ') ? '' : middle(v, LONG + 4)];
  };
  return Object.fromEntries(Object.entries(s.args as Readonly<Record<string, string | number>>).map(short));
}

function goTo(ctx: Ctx, d: number): void {
  ctx.send({ cmd: 'pause' });
  ctx.send({ cmd: 'seek', d });
}

function lifeMark(s: LifeStep, sel: Selection): TemplateResult {
  const hue = hueOf(s.cls ?? sel.cls);
  if (s.state === 'now') return html`<svg width="18" height="18" viewBox="-9 -9 18 18" aria-hidden="true"><circle class="ring-now" r="8"></circle>${miniShape(hue, 0, 0, 3.6)}</svg>`;
  if (s.state === 'past' && s.cls !== undefined) return html`<svg width="18" height="18" viewBox="-9 -9 18 18" aria-hidden="true"><circle class="mat" r="8.5"></circle>${svg`${miniShape(hue, 0, 0, 5.5)}`}</svg>`;
  return html`<i></i>`;
}

function why(w: Why): TemplateResult {
  const shown = w.tried.length > TRIED ? TRIED - 1 : w.tried.length;
  const more = w.tried.length - shown + (w.more ?? 0);
  const way = w.code.startsWith('pipeline') ? (['side.passed', 'side.unpassed'] as const) : (['side.matched', 'side.unmatched'] as const);
  const sorted = [...w.tried].sort((a, b) => Number(b.match) - Number(a.match));
  return html`<div class="sec"><h3>${t('side.why')}</h3><p class="why">${codedRich('why', w.code, w.args)}</p>
    ${w.tried.length > 0 ? html`<ul class="match mono">${sorted.slice(0, shown).map((b) => html`<li class=${b.match ? 'yes' : ''}>${icon(b.match ? 'check' : 'close', b.match ? 16 : 14)}<span class="sr">${t(way[b.match ? 0 : 1])}</span><span class="nm" title=${b.name}>${middle(b.name, 36)}</span></li>`)}
      ${more > 0 ? html`<li><span class="more">${t('side.more', { n: more })}</span></li>` : nothing}</ul>` : nothing}</div>`;
}

function body(ctx: Ctx, sel: Selection): TemplateResult | typeof nothing {
  if (sel.body === null || sel.body === '') return nothing;
  const text = sel.body;
  return html`<div class="sec"><h3>${t('side.body')}<span class="grow"></span><button class="btn tiny" type="button" aria-label=${t('side.copy.body')} title=${t('side.copy.body')} @click=${() => void copy(ctx, text)}>${icon('copy', 16)}</button></h3>
    <pre class="code" tabindex="0" role="region" aria-label=${t('side.body')}>${paint(text)}</pre></div>`;
}

/** Keys of a JSON text in softer ink, so that values are what the eye meets first. */
export function paint(json: string): (TemplateResult | string)[] {
  return json.split(/("(?:[^"\\]|\\.)*"\s*:)/).map((part) => (/^".*":$|^".*"\s+:$/s.test(part) ? html`<span class="s">${part}</span>` : part));
}

/** Where the selected thing is, with names short enough for the narrowest panel. */
export function stateOf(sub: string): string {
  return coded('state', sub, sub).split(' ').map((word) => middle(word, LONG)).join(' ');
}

/** What the phone's sheet shows while it is folded. */
export function peek(p: Panel | null): { title: string; sub: string } {
  if (p?.selection) return { title: p.selection.title, sub: stateOf(p.selection.sub) };
  return { title: p?.title ?? t('app.title'), sub: p?.summary ?? '' };
}
