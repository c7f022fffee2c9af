/* What a column of a ribbon counts, in words: for the pointer as a tip, for the keyboard as a spoken line. */
import { html, type TemplateResult } from 'lit';
import { count, duration, middle } from '../format';
import { coded, t } from '../i18n/t';
import type { Panel, Seq } from '../model';
import { columnMs, countsAt, type Cell } from './bands';

const NAME = 40;

function counted(list: readonly { cls: string; n: number }[]): string {
  return list.filter((x) => x.n > 0).map((x) => coded('count', x.cls, `${x.n} ${x.cls}`, { n: count(x.n) })).join(', ');
}

/** Null where nothing was counted at this line. */
export function cellText(seq: Seq, cell: Cell): { name: string; here: string; all: string } | null {
  const line = seq.lines[cell.line];
  const counts = line ? countsAt(seq, cell) : [];
  if (!line || counts.length === 0) return null;
  const here = counted(counts.map((x) => ({ cls: x.cls, n: x.here })));
  return {
    name: line.label,
    here: t(here === '' ? 'strip.band.none' : 'strip.band.here', { what: here, time: duration(columnMs(seq)) }),
    all: t('strip.band.all', { what: counted(counts.map((x) => ({ cls: x.cls, n: x.all }))) }),
  };
}

/** The column under the playhead. */
export function playheadColumn(p: Panel): number {
  const { d0, d1, cols } = p.seq;
  return Math.max(0, Math.min(cols - 1, Math.floor(((p.play.d - d0) / Math.max(1, d1 - d0)) * cols)));
}

export function tip(x: { name: string; here: string; all: string }): TemplateResult {
  return html`<b class="mono">${middle(x.name, NAME)}</b><span>${x.here}</span><span class="dim">${x.all}</span>`;
}
