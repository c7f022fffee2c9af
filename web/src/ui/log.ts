import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { clock, count, liveTime } from '../format';
import { t } from '../i18n/t';
import type { LogRow, Panel } from '../model';
import { hueOf, mini } from '../shapes';
import type { Ctx } from '../state';

function at(p: Panel, row: LogRow): string {
  if (p.mode === 'live' && p.epochMs > 0) return liveTime(p.epochMs + row.t, p.live, true).value;
  const q = clock(row.t);
  return q.unit ? `${q.value} ${q.unit}` : q.value;
}

/** The event that the playhead has reached: the last one shown that is not ahead of it. */
export function currentRow(rows: readonly LogRow[], event: number): number {
  let cur = -1;
  rows.forEach((r, i) => {
    if (r.i <= event) cur = i;
  });
  return cur;
}

/** Keeps the row that the playhead has reached in sight; called after drawing. A row in sight stays where it is. */
export function followLog(root: ParentNode): void {
  const list = root.querySelector<HTMLElement>('.log');
  const row = list?.querySelector<HTMLElement>('.row-log.cur');
  if (!list || !row || list.dataset.cur === row.id) return;
  list.dataset.cur = row.id;
  const top = row.offsetTop;
  if (top < list.scrollTop || top + row.offsetHeight > list.scrollTop + list.clientHeight) list.scrollTop = top - list.clientHeight * 0.6;
}

/** Which part of the log this is, the way to the rest of it, and by which clock its times are. */
function foot(ctx: Ctx, p: Panel, total: number): TemplateResult | typeof nothing {
  const [first, last] = [p.log[0]!, p.log.at(-1)!];
  const live = p.mode === 'live' && p.epochMs > 0;
  if (total <= p.log.length && !live) return nothing;
  const turn = (label: string, to: LogRow, off: boolean) => html`<button type="button" class="btn tiny pad" ?disabled=${off} @click=${() => {
    ctx.send({ cmd: 'pause' });
    ctx.send({ cmd: 'seek', d: to.d });
  }}>${label}</button>`;
  return html`<div class="log-foot dim">${total > p.log.length ? html`<span>${t('log.window', { first: count(first.i), last: count(last.i), total: count(total) })}</span>
    ${turn(t('log.earlier'), first, first.i <= 1)}${turn(t('log.later'), last, last.i >= total)}` : nothing}
    ${live ? html`<span class="grow"></span><span>${t('log.zone', { zone: liveTime(p.epochMs, p.live).unit })}</span>` : nothing}</div>`;
}

/** The window of the log that the engine sends, as a list box: arrows move, Enter and click go there and select. */
export function logList(ctx: Ctx): TemplateResult {
  const p = ctx.s.panel;
  if (!p || p.log.length === 0) return html`<p class="none">${t('log.empty')}</p>`;
  const cur = currentRow(p.log, p.play.event);
  const go = (row: LogRow | undefined) => {
    if (!row) return;
    ctx.send({ cmd: 'pause' });
    ctx.send({ cmd: 'seek', d: row.d });
    if (row.id !== '') ctx.send({ cmd: 'select', id: row.id });
  };
  const keys = (e: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -1e9, End: 1e9 }[e.key];
    if (step === undefined) return;
    e.preventDefault();
    e.stopPropagation();
    go(p.log[Math.max(0, Math.min(p.log.length - 1, cur + step))]);
  };
  const total = p.logTotal ?? p.play.events;
  return html`<div class="log" role="listbox" tabindex="0" aria-label=${t('log.label')} aria-activedescendant=${cur >= 0 ? `log-${p.log[cur]!.i}` : nothing} @keydown=${keys}>
    ${repeat(p.log, (r) => r.i, (r, i) => html`<div class="row-log ${i === cur ? 'cur' : ''} ${r.d > p.play.d ? 'ahead' : ''}" role="option" id="log-${r.i}" aria-selected=${i === cur ? 'true' : 'false'}
      aria-posinset=${r.i} aria-setsize=${total} @click=${() => go(r)}><span class="n">${count(r.i)}</span><time>${at(p, r)}</time>${r.cls ? mini(hueOf(r.cls), 14, 5) : html`<i class="pt"></i>`}<span class="tx">${r.text}</span></div>`)}
  </div>${foot(ctx, p, total)}`;
}
