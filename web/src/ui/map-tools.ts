import { html, nothing, svg, type TemplateResult } from 'lit';
import { sendCommand } from '../commands';
import { count } from '../format';
import { t } from '../i18n/t';
import { bolt, hueOf, icon, miniShape, token, type Hue } from '../shapes';
import type { Action, Cls } from '../model';
import type { Ctx } from '../state';
import { popover } from './popover';

/** Keys that send, by kind. */
export const SEND_KEYS: Readonly<Record<string, string>> = { call: 'A', cast: 'S', fanout: 'D' };

function sendTitle(a: Action): string {
  return a.method && a.target ? t('send.title', { kind: a.kind, method: a.method, target: a.target }) : t('send.title.bare', { kind: a.kind });
}

/** What a button says that sends: two of a name are told apart by what they call, or by where they send it. */
function sendName(a: Action, all: readonly Action[]): string {
  const name = a.label || a.kind;
  const twins = all.filter((x) => x !== a && (x.label || x.kind) === name);
  const method = a.method !== '' && twins.some((x) => x.method !== a.method) ? ` ${a.method}` : '';
  const target = twins.some((x) => x.method === a.method && x.target !== a.target) ? ` → ${a.target}` : '';
  return name + method + target;
}

/** The buttons that send; they are the legend of the most frequent kinds at once. */
export function sendButtons(ctx: Ctx): TemplateResult | typeof nothing {
  const actions = (ctx.s.panel?.actions ?? []).filter((a) => a.enabled);
  if (ctx.s.mode !== 'play' || actions.length === 0) return nothing;
  const phone = ctx.s.layout === 'phone';
  const names = actions.map((a) => sendName(a, actions));
  const buttons = actions.map((a, i) => {
    const key = actions.find((x) => x.kind === a.kind) === a ? SEND_KEYS[a.kind] : undefined; // the key sends the first of its kind
    const alike = names.slice(0, i).filter((x) => x === names[i]).length; // by version or timeout, say
    const hue = hueOf((a.kind === 'notify' ? 'notification' : a.kind) as Cls);
    return html`<button class=${phone ? 'send' : 'btn'} type="button" title=${key ? `${sendTitle(a)} (${key})` : sendTitle(a)} aria-keyshortcuts=${key ?? nothing} @click=${() => ctx.send(sendCommand(a))}>
      ${token(hue, phone ? 26 : 24)}<span>${names[i]}${alike > 0 ? ` (${alike + 1})` : nothing}</span>${key && !phone ? html`<kbd aria-hidden="true">${key}</kbd>` : nothing}</button>`;
  });
  return phone ? html`<div class="sends" role="group" aria-label=${t('send.label')}>${buttons}</div>`
    : html`<div class="float send" role="group" aria-label=${t('send.label')}><span class="lead" aria-hidden="true">${t('send.label')}</span>${buttons}</div>`;
}

export function zoomGroup(ctx: Ctx): TemplateResult {
  const zoom = Math.round((ctx.s.panel?.camera.zoom ?? 1) * 100);
  const cam = (op: string) => () => ctx.send({ cmd: 'camera', op });
  const off = ctx.s.panel === null;
  const button = (op: string, label: string, key: string, content: TemplateResult, cls = 'btn') => html`<button class=${cls} type="button" ?disabled=${off} aria-label=${label} aria-keyshortcuts=${key === '+' ? 'plus' : key} title="${label} (${key})" @click=${cam(op)}>${content}</button>`;
  if (ctx.s.layout === 'phone') return html`<div class="float quiet zoom" role="group" aria-label=${t('zoom.label')}>${button('fit', t('zoom.fit'), 'F', icon('fit', 22), 'btn touch')}</div>`;
  return html`<div class="float quiet zoom" role="group" aria-label=${t('zoom.label')}>
    ${button('out', t('zoom.out'), '-', icon('minus'))}
    <button class="btn percent" type="button" ?disabled=${off} title="${t('zoom.reset')} (0)" aria-keyshortcuts="0" aria-label="${count(zoom)} %, ${t('zoom.reset')}" @click=${cam('reset')}>${count(zoom)} %</button>
    ${button('in', t('zoom.in'), '+', icon('plus'))}
    ${button('fit', t('zoom.fit'), 'F', icon('fit'))}
    ${popover(ctx, 'legend', html`${icon('legend')}<span class="wide-only">${t('legend.title')}</span>`, legend, { ...(ctx.s.layout === 'wide' ? {} : { label: t('legend.title') }), has: 'dialog', align: 'right' })}
  </div>`;
}

const KINDS = ['call', 'reply', 'cast', 'fanout', 'notify', 'rest'] as const;

function legend(): TemplateResult {
  return html`<div class="legend" role="dialog" aria-label=${t('legend.title')} tabindex="-1" data-autofocus>
    <h2>${t('legend.messages')}</h2>
    <ul>${KINDS.map((k) => html`<li>${token(k, 28)}<span><b>${t(`legend.${k}`)}</b><small>${t(`legend.${k}.sub`)}</small></span></li>`)}
      <li>${faultToken()}<span><b>${t('legend.fault')}</b><small>${t('legend.fault.sub')}</small></span></li>
      <li><svg class="ic" width="28" height="28" viewBox="-10 -10 20 20" aria-hidden="true">${bolt(0, 0)}</svg><span><b>${t('legend.act')}</b><small>${t('legend.act.sub')}</small></span></li></ul>
    <h2>${t('legend.states')}</h2>
    <ul class="two">${(['filled', 'hollow', 'dashed'] as const).map((k) => html`<li><svg class="ic" width="28" height="16" viewBox="-14 -8 28 16" aria-hidden="true"><g class="form ${k}">${miniShape('call', 0, 0, 6)}</g></svg><span>${t(`legend.${k}`)}</span></li>`)}</ul>
    <h2>${t('legend.edges')}</h2>
    <ul class="two">
      ${edge('publishes', svg`<path class="ln" d="M1,8H37M32,4L37,8L32,12"></path>`)}
      ${edge('binding', svg`<circle class="ln" cx="5" cy="8" r="3.5"></circle><path class="ln" d="M8.5,8H39"></path>`)}
      ${edge('implicit', svg`<path class="ln dots" d="M2,8H39"></path>`)}
      ${edge('consumer', svg`<path class="ln" d="M1,6.5H22M1,9.5H22"></path><rect class="ln" x="18" y="1.5" width="21" height="13" rx="6.5"></rect><path class="ln" d="M23,8c1.5,-3 3.3,-3 5,0s3.500,3 5,0s-3.500,-3 -5,0s-3.500,3 -5,0Z"></path>`)}
      ${edge('restline', svg`<path class="ln long" d="M1,8H37M32,4L37,8L32,12"></path>`)}
      ${edge('door', svg`<path class="ln" d="M3,15V7H14M28,7H37V15"></path><rect class="ln" x="14" y="2.5" width="14" height="9" rx="2.5"></rect>`)}
      ${edge('frame', svg`<rect class="ln" x="1.5" y="1.5" width="37" height="13" rx="4"></rect>`)}
    </ul></div>`;
}

function edge(k: 'publishes' | 'binding' | 'implicit' | 'consumer' | 'restline' | 'door' | 'frame', shape: ReturnType<typeof svg>): TemplateResult {
  return html`<li><svg class="ic" width="40" height="16" viewBox="0 0 40 16" aria-hidden="true">${shape}</svg><span>${t(`legend.${k}`)}</span></li>`;
}

function faultToken(hue: Hue = 'call'): TemplateResult {
  return html`<svg class="ic tok t-fault" width="28" height="28" viewBox="-17 -17 34 34" aria-hidden="true"><g class="fault-shape">${miniShape(hue, 0, 0, 12)}</g><path class="glyph" d="M-3.8,-3.8L3.8,3.8M3.8,-3.8L-3.8,3.8"></path></svg>`;
}
