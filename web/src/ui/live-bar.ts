import { html, nothing, type TemplateResult } from 'lit';
import { count, duration, liveTime, middle, percent } from '../format';
import { coded, t } from '../i18n/t';
import type { LiveStatus } from '../model';
import { icon } from '../shapes';
import type { Ctx } from '../state';
import { copy } from './copy';

type Tone = 'up' | 'wait' | 'warn' | 'fault';

interface Word {
  tone: Tone;
  text: string;
  remedy: string;
}

/** What is to be said about the way from the broker to this page: the nearest break first. */
export function liveWord(live: LiveStatus | null, link: Ctx['s']['link'], now: number): Word {
  if (link.state === 'lost') {
    const wait = Math.max(0, link.retryAt - now);
    if (wait === 0) return { tone: 'fault', text: t('live.server-gone.now'), remedy: t('live.server-gone.remedy') };
    return { tone: 'fault', text: t('live.server-gone', { time: duration(Math.ceil(wait / 1000) * 1000) }), remedy: t('live.server-gone.remedy') };
  }
  if (link.state === 'refused') return { tone: 'fault', text: t('live.refused', { reason: link.reason }), remedy: t('live.refused.remedy') };
  if (link.state === 'connecting') return { tone: 'wait', text: t('live.server-connecting'), remedy: '' };
  if (!live) return { tone: 'wait', text: t('live.connecting'), remedy: '' };
  const own = live.text === '' ? coded('live', live.state, live.state) : live.text;
  const remedy = live.remedy === '' ? coded('live', `${live.state}.remedy`, '') : live.remedy;
  switch (live.state) {
    case 'ok': return { tone: 'up', text: live.text || t('live.ok'), remedy: live.remedy };
    case 'idle': return { tone: remedy === '' ? 'up' : 'warn', text: live.text || t('live.idle'), remedy };
    case 'connecting': return { tone: 'wait', text: own, remedy };
    case 'tracing-off': case 'no-rights': case 'vhost-missing': case 'trace-key-too-long': return { tone: 'warn', text: own, remedy };
    default: return { tone: live.state === 'broker-gone' || live.state === 'bad-credentials' ? 'fault' : 'warn', text: own, remedy };
  }
}

export function liveBar(ctx: Ctx): TemplateResult | typeof nothing {
  if (ctx.s.mode !== 'live') return nothing;
  const live = ctx.s.panel?.live ?? null;
  const word = liveWord(live, ctx.s.link, performance.now());
  return html`<div class="strip-live ${word.tone}" role="region" aria-label=${t('live.label')}>
    <span class="word ${word.tone}"><i class="dot ${word.tone}"></i><b title=${word.text}>${shortWords(word.text)}</b></span>
    ${word.remedy ? html`<span class="remedy"><span class="dim">${t('live.look')}</span> ${commands(ctx, word.remedy)}</span>` : nothing}
    ${live && (word.tone === 'up' || live.captured > 0) ? figures(live) : nothing}
  </div>`;
}

/** Names longer than a line's third lose their middle; the whole is in the title. */
const shortWords = (text: string) => text.split(' ').map((w) => middle(w, 48)).join(' ');

/** Sets the commands in a remedy apart, so that they can be copied by one press. */
function commands(ctx: Ctx, text: string): (TemplateResult | string)[] {
  return splitCommands(text).map((part) => (part.startsWith('rabbitmqctl ')
    ? html`<button type="button" class="tag" title=${t('side.copy')} @click=${() => void copy(ctx, part)}><code>${part}</code>${icon('copy', 13)}<span class="sr">, ${t('side.copy')}</span></button>` : part));
}

/** Cuts a remedy before and after each command in it. */
export function splitCommands(text: string): string[] {
  return text.split(/(rabbitmqctl [a-z_]+(?: -p (?:'(?:[^']|'\\'')*'|[^\s.,;)]+))?(?: USER(?: '[^']*'| "[^"]*"){3})?)/);
}

const plain = (reason: string) => reason.replaceAll('-', ' ').replaceAll('_', ' ');

function figures(live: LiveStatus): TemplateResult {
  const dropped = Object.entries(live.dropped).filter(([, n]) => n > 0);
  const lost = dropped.reduce((sum, [, n]) => sum + n, 0);
  const at = new Date(live.clock).getTime();
  const now = liveTime(at, live);
  // By the broker's own counters where it lends them, else by what this page knows of.
  const known = typeof live.coverage === 'number' || live.captured > 0;
  const share = live.coverage ?? (live.captured > 0 ? Math.min(1, live.delivered / live.captured) : 0);
  return html`<div class="figures">
    ${at > 0 ? html`<span class="st"><b>${now.value}</b><span>${now.unit}</span></span>` : nothing}
    <span class="st"><span>${t('live.lag')}</span><b>${duration(live.lagMs)}</b></span>
    <span class="st"><span>${t('live.coverage')}</span><b>${known ? percent(share, 1) : '–'}</b>
      <svg width="40" height="6" viewBox="0 0 40 6" aria-hidden="true"><rect class="well" width="40" height="6" rx="3"></rect><rect class="bar-fill" width=${(40 * share).toFixed(1)} height="6" rx="3"></rect></svg></span>
    <span class="st"><span>${t('live.captured')}</span><b data-live="captured">${count(live.captured)}</b></span>
    <span class="st"><span>${t('live.delivered')}</span><b data-live="delivered">${count(live.delivered)}</b></span>
    <span class="st ${lost > 0 ? 'w' : ''}"><span>${t('live.dropped')}</span><b data-live="dropped">${count(lost)}</b>${dropped.length > 0 ? html`<span>${dropped.map(([reason, n]) => (dropped.length === 1 ? plain(reason) : t('live.reason', { n: count(n), reason: plain(reason) }))).join(', ')}</span>` : nothing}</span>
    ${live.vhosts.length > 1 ? html`<span class="st"><span>${t('live.vhosts')}</span><b>${live.vhosts.join(', ')}</b></span>` : nothing}</div>`;
}
