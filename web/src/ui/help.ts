import { html, render, type TemplateResult } from 'lit';
import { t, type Key } from '../i18n/t';
import { icon } from '../shapes';

const KEYS: readonly [keys: string, text: Key][] = [
  ['Space', 'help.key.space'], ['← →', 'help.key.step'], ['Shift ← →', 'help.key.hop'], ['A S D', 'help.key.send'], ['+ − 0 F', 'help.key.zoom'],
  ['Home End', 'help.key.seek'], ['PgUp PgDn', 'help.key.page'], ['↑ ↓', 'help.key.lanes'], ['↑ ↓ PgUp PgDn', 'help.key.pick'], ['Ctrl Z Y', 'help.key.undo'], ['Tab', 'help.key.tab'], ['← → Enter', 'help.key.map'], ['?', 'help.key.help'], ['Esc', 'help.key.esc'],
];
const MOUSE: readonly Key[] = ['help.mouse.pan', 'help.mouse.select', 'help.mouse.fault', 'help.mouse.scrub', 'help.mouse.copy', 'help.mouse.carrier', 'help.mouse.open'];

/** A modal dialog by the browser's own means: it keeps focus, closes with Esc, and gives focus back. */
export function showHelp(build: string): void {
  if (document.querySelector('dialog.help')) return;
  const dialog = document.createElement('dialog');
  dialog.className = 'help';
  dialog.setAttribute('aria-labelledby', 'help-title');
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', (e) => {
    if (e.target === dialog) dialog.close();
  });
  render(content(build, () => dialog.close()), dialog);
  document.body.append(dialog);
  dialog.showModal();
}

function content(build: string, close: () => void): TemplateResult {
  return html`<div class="help-in">
    <div class="help-head"><h2 id="help-title">${t('help.title')}</h2><span class="grow"></span><button type="button" class="btn" aria-label=${t('help.close')} title=${t('help.close')} @click=${close}>${icon('close')}</button></div>
    <p class="lead">${t('help.lead')}</p>
    <div class="cols"><section><h3>${t('help.keys')}</h3><dl class="keys">${KEYS.map(([k, text]) => html`<dt>${k.split(' ').map((x) => html`<kbd>${x}</kbd>`)}</dt><dd>${t(text)}</dd>`)}</dl></section>
    <section><h3>${t('help.mouse')}</h3><ul class="plain">${MOUSE.map((k) => html`<li>${t(k)}</li>`)}</ul>
      <h3>${t('help.about')}</h3><p>${t('help.about.text', { build })}</p></section></div></div>`;
}
