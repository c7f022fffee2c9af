import { html, nothing, type TemplateResult } from 'lit';
import { t } from '../i18n/t';
import { icon, mark } from '../shapes';
import { playing, type Ctx, type SourceMode } from '../state';
import { THEME_CHOICES, resolveTheme, type ThemeChoice } from '../theme-choice';
import { liveWord } from './live-bar';
import { picker } from './picker';
import { menuKeys, popover } from './popover';

const THEME_ICON = { system: 'system', light: 'sun', dark: 'moon', contrast: 'contrast' } as const;

export function topbar(ctx: Ctx): TemplateResult {
  return ctx.s.layout === 'phone' ? phoneBar(ctx) : wideBar(ctx);
}

function wideBar(ctx: Ctx): TemplateResult {
  const play = ctx.s.panel?.play;
  return html`
    <h1 class="brand">${mark(24)}<span>${t('app.title')}</span></h1>
    ${picker(ctx)}
    ${ctx.s.mode === 'play' ? html`<span class="sep"></span>
      ${tool(t('bar.undo'), 'Ctrl+Z', 'undo', !play?.canUndo, () => ctx.send({ cmd: 'undo' }))}
      ${tool(t('bar.redo'), 'Ctrl+Y', 'redo', !play?.canRedo, () => ctx.send({ cmd: 'redo' }))}` : nothing}
    ${ctx.s.mode === 'live' ? html`<span class="sep"></span>${hold(ctx)}` : nothing}
    <span class="grow"></span>
    ${modes(ctx)}
    <span class="grow"></span>
    ${themeMenu(ctx)}
    <button class="btn" type="button" aria-label=${t('bar.help')} aria-keyshortcuts="?" title="${t('bar.help')} (?)" @click=${() => ctx.openHelp()}>${icon('help')}</button>`;
}

function phoneBar(ctx: Ctx): TemplateResult {
  return html`<h1 class="brand">${mark(28)}<span class="sr">${t('app.title')}</span></h1>
    ${picker(ctx)}
    ${popover(ctx, 'menu', icon('menu', 22), () => phoneMenu(ctx), { label: t('bar.menu'), has: 'menu', cls: 'btn touch', align: 'right' })}`;
}

function tool(label: string, key: string, name: 'undo' | 'redo', disabled: boolean, run: () => void): TemplateResult {
  return html`<button class="btn" type="button" aria-label=${label} aria-keyshortcuts=${key.replace('Ctrl', 'Control')} title="${label} (${key})" ?disabled=${disabled} @click=${run}>${icon(name)}</button>`;
}

function hold(ctx: Ctx): TemplateResult {
  const on = playing(ctx.s);
  return html`<button class="btn on" type="button" title="${on ? t('live.hold.title') : t('live.resume.title')} (␣)" @click=${() => ctx.send({ cmd: on ? 'pause' : 'play' })}>
    ${icon(on ? 'pause' : 'play', 16)}<span>${on ? t('live.hold') : t('live.resume')}</span></button>`;
}

/** The sources that exist here; a single one is no choice, and would be taken for the button that plays. */
function modes(ctx: Ctx): TemplateResult | typeof nothing {
  const list: SourceMode[] = ['play'];
  if (ctx.s.config.mode === 'live') list.push('live');
  if (ctx.s.recording !== '') list.push('replay');
  if (list.length === 1) return nothing;
  return html`<div class="seg" role="group" aria-label=${t('bar.mode')}>${list.map((m) => html`<button type="button" class=${ctx.s.mode === m ? 'on' : ''} title=${t(`mode.${m}.title`)}
    aria-pressed=${ctx.s.mode === m ? 'true' : 'false'} @click=${() => ctx.setMode(m)}>${m === 'live' ? html`<i class="dot ${ctx.s.mode === 'live' ? liveWord(ctx.s.panel?.live ?? null, ctx.s.link, performance.now()).tone : 'off'}"></i>` : nothing}${t(`mode.${m}`)}</button>`)}</div>`;
}

function themeItems(ctx: Ctx): TemplateResult[] {
  return THEME_CHOICES.map((c: ThemeChoice) => html`<button type="button" role="menuitemradio" class="item" aria-checked=${ctx.s.theme === c ? 'true' : 'false'}
    @click=${() => ctx.setTheme(c)}>${icon(THEME_ICON[c], 18)}<span class="grow">${t(`theme.${c}`)}</span>${ctx.s.theme === c ? icon('check', 16) : nothing}</button>`);
}

function themeMenu(ctx: Ctx): TemplateResult {
  const shown = ctx.s.theme === 'system' ? (resolveTheme('system').includes('light') ? 'sun' : 'moon') : THEME_ICON[ctx.s.theme];
  return popover(ctx, 'theme', icon(shown), () => html`<div class="menu" role="menu" aria-label=${t('bar.theme')} @keydown=${menuKeys}>${themeItems(ctx)}</div>`,
    { label: t('bar.theme'), has: 'menu', align: 'right' });
}

function phoneMenu(ctx: Ctx): TemplateResult {
  const play = ctx.s.panel?.play;
  const others = (['play', 'live', 'replay'] as const).filter((m) => m !== ctx.s.mode && (m === 'play' || (m === 'live' ? ctx.s.config.mode === 'live' : ctx.s.recording !== '')));
  return html`<div class="menu" role="menu" aria-label=${t('bar.menu')} @keydown=${menuKeys}>
    ${ctx.s.mode === 'play' ? html`
      <button type="button" role="menuitem" class="item" ?disabled=${!play?.canUndo} @click=${() => ctx.send({ cmd: 'undo' })}>${icon('undo', 18)}<span>${t('bar.undo')}</span></button>
      <button type="button" role="menuitem" class="item" ?disabled=${!play?.canRedo} @click=${() => ctx.send({ cmd: 'redo' })}>${icon('redo', 18)}<span>${t('bar.redo')}</span></button>
      <div class="rule" role="separator"></div>` : nothing}
    ${others.map((m) => html`<button type="button" role="menuitem" class="item" @click=${() => ctx.setMode(m)}>${icon('play', 18)}<span>${t(`mode.${m}`)}</span></button>`)}
    <div role="group" aria-label=${t('bar.theme')}>${themeItems(ctx)}</div>
    <div class="rule" role="separator"></div>
    <button type="button" role="menuitem" class="item" @click=${() => ctx.openHelp()}>${icon('help', 18)}<span>${t('bar.help')}</span></button>
  </div>`;
}
