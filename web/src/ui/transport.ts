import { html, nothing, svg, type TemplateResult } from 'lit';
import { JUMPS } from '../jumps';
import { clock, count, liveTime, speed } from '../format';
import { t } from '../i18n/t';
import type { Panel } from '../model';
import { icon } from '../shapes';
import { nearestSpeed, nextSpeed, SPEED_TICKS, SPEEDS } from '../speeds';
import { playing, type Ctx } from '../state';
import { menuKeys, popover } from './popover';

export function transport(ctx: Ctx): TemplateResult {
  const p = ctx.s.panel;
  return html`<div class="transport" role="group" aria-label=${t('play.label')}>
    ${stepButton(ctx, -1)}${playButton(ctx)}${stepButton(ctx, 1)}
    ${jump(ctx)}
    <span class="sep"></span>${speedSlider(ctx)}
    <span class="grow"></span>
    ${time(p)}
    <span class="dim count">${t('play.event', { i: count(p?.play.event ?? 0), n: count(p?.play.events ?? 0) })}</span>
    ${ctx.s.mode === 'live' ? nothing : html`<span class="sep wide-only"></span>
      <button class="btn ${p?.play.loop ? 'on' : ''}" type="button" aria-pressed=${p?.play.loop ? 'true' : 'false'} title=${t('play.loop.title')} aria-label=${t('play.loop')} ?disabled=${!p} @click=${() => ctx.send({ cmd: 'loop', on: !p?.play.loop })}>
        ${icon('loop')}<span class="wide-only">${t('play.loop')}</span></button>`}
    <button class="btn" type="button" aria-expanded=${ctx.s.stripOpen ? 'true' : 'false'} title=${ctx.s.stripOpen ? t('strip.hide') : t('strip.show')} aria-label=${t('tab.label')}
      @click=${() => ctx.set({ stripOpen: !ctx.s.stripOpen })}>${icon(ctx.s.stripOpen ? 'chevron' : 'chevronUp')}</button>
  </div>`;
}

export function stepButton(ctx: Ctx, dir: 1 | -1, size = 22, cls = 'btn'): TemplateResult {
  const label = dir < 0 ? t('play.back') : t('play.forward');
  return html`<button class=${cls} type="button" aria-label=${label} title="${label} (${dir < 0 ? '←' : '→'}; ${t('play.hop')} ⇧)" aria-keyshortcuts=${dir < 0 ? 'ArrowLeft' : 'ArrowRight'} ?disabled=${!ctx.s.panel} @click=${(e: MouseEvent) => ctx.send({ cmd: 'step', by: e.shiftKey ? 'hop' : 'event', dir })}>${icon(dir < 0 ? 'stepB' : 'stepF', size)}</button>`;
}

export function playButton(ctx: Ctx, size = 20): TemplateResult {
  const on = playing(ctx.s);
  const label = on ? t('play.pause') : t('play.play');
  return html`<button class="play" type="button" aria-label=${label} title="${label} (␣)" aria-keyshortcuts="Space" ?disabled=${!ctx.s.panel} @click=${() => ctx.send({ cmd: on ? 'pause' : 'play' })}>${icon(on ? 'pause' : 'play', size)}</button>`;
}

function jump(ctx: Ctx): TemplateResult {
  const behind = ctx.s.mode === 'live' && ctx.s.panel !== null && !ctx.s.panel.play.live;
  if (behind) return html`<button class="btn" type="button" @click=${() => ctx.send({ cmd: 'jump', to: 'end', dir: 1 })}>${icon('jump')}<span>${t('play.jump.now')}</span></button>`;
  const label = t(`play.jump.${ctx.s.jump}`);
  return html`<div class="split">
    <button class="btn" type="button" title=${label} ?disabled=${!ctx.s.panel} @click=${() => ctx.send({ cmd: 'jump', to: ctx.s.jump, dir: 1 })}>${icon('jump')}<span class="mid-only">${label}</span></button>
    ${popover(ctx, 'jump', icon('chevron', 14), () => jumpMenu(ctx), { label: t('play.jump.menu'), has: 'menu', cls: 'btn slim', align: 'up-left' })}</div>`;
}

function jumpMenu(ctx: Ctx): TemplateResult {
  return html`<div class="menu" role="menu" aria-label=${t('play.jump.menu')} @keydown=${menuKeys}>${JUMPS.map((to) => html`<button type="button" role="menuitem" class="item" @click=${() => {
    if (to !== 'start' && to !== 'end') ctx.set({ jump: to });
    ctx.send({ cmd: 'jump', to, dir: to === 'start' ? -1 : 1 });
    ctx.closePopover();
  }}>${t(`play.jump.${to}`)}</button>`)}</div>`;
}

/** A slider over the powers of ten; it rests on the choices of {@link SPEEDS}. */
export function speedSlider(ctx: Ctx): TemplateResult {
  const x = ctx.s.panel?.play.speed ?? 1;
  const at = Math.log10(nearestSpeed(x));
  const choose = (v: number) => v !== x && ctx.send({ cmd: 'speed', x: v });
  const keys = (e: KeyboardEvent) => {
    const dir = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[e.key] as 1 | -1 | undefined;
    const end = { Home: SPEEDS[0]!, End: SPEEDS.at(-1)! }[e.key];
    if (dir === undefined && end === undefined) return;
    e.preventDefault();
    e.stopPropagation();
    choose(end ?? nextSpeed(x, dir!));
  };
  return html`<div class="speed"><label for="speed" class="wide-only">${t('play.speed')}</label>
    <span class="range"><svg width="112" height="24" viewBox="0 0 112 24" aria-hidden="true"><path class="rail" d="M6,12H106"></path>${SPEED_TICKS.map((v) => svg`<path class="tick" d="M${6 + (v + 3) * 20},8V16"></path>`)}</svg>
      <input id="speed" type="range" min="-3" max="2" step="any" aria-label=${t('play.speed')} aria-valuetext=${t('play.speed.value', { x: speed(x).replace('×', '') })} .value=${String(at)}
        @keydown=${keys} @input=${(e: InputEvent) => {
          const el = e.target as HTMLInputElement;
          const v = nearestSpeed(10 ** Number(el.value));
          el.value = String(Math.log10(v));
          choose(v);
        }}></span>
    <b>${speed(x)}</b></div>`;
}

export function time(p: Panel | null): TemplateResult {
  if (p?.mode === 'live' && p.epochMs > 0) {
    const now = liveTime(p.epochMs + p.play.t, p.live, true);
    return html`<span class="time">${now.value}<small>${now.unit}</small></span>`;
  }
  const q = clock(p?.play.t ?? 0);
  return html`<span class="time">${q.value}${q.unit ? html`<small>${q.unit}</small>` : nothing}</span>`;
}
