import { html, nothing, type TemplateResult } from 'lit';
import type { Command } from '../commands';
import { coded, t } from '../i18n/t';
import type { Deed, Selection } from '../model';
import type { Ctx } from '../state';

/** What a deed is called in the catalogue: its kind, what it waits for, and whether it only takes another back. */
function code(d: Deed): string {
  if (d.kind === 'slow_down' && d.value === 1000) return 'slow_down.usual';
  return d.when === '' ? d.kind : `${d.kind}.${d.when}`;
}

export function deedCommand(d: Deed): Command {
  return {
    cmd: 'send', kind: d.kind,
    ...(d.client === '' ? {} : { client: d.client }), ...(d.queue === '' ? {} : { queue: d.queue }),
    ...(d.value === 0 ? {} : { value: d.value }), ...(d.when === '' ? {} : { when: d.when }), ...(d.label === '' ? {} : { label: d.label }),
  };
}

/** The faults that can be inflicted on what is selected, each a command that can be undone. */
export function deeds(ctx: Ctx, sel: Selection): TemplateResult | typeof nothing {
  if (sel.deeds.length === 0) return nothing;
  return html`<div class="sec"><h3 id="deeds">${t('side.deeds')}</h3><div class="chips deeds" role="group" aria-labelledby="deeds">${sel.deeds.map((d) => {
    const name = code(d);
    return html`<button type="button" class="chip deed" title=${coded('deedtip', name, coded('deed', name, name))} @click=${() => ctx.send(deedCommand(d))}>${coded('deed', name, name)}</button>`;
  })}</div></div>`;
}
