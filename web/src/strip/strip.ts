import { html, nothing, render, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import { clock, count, duration, liveTime, middle } from '../format';
import { t } from '../i18n/t';
import type { Panel, Seq, SeqArrow } from '../model';
import { bolt, hueOf, miniShape, type Hue } from '../shapes';
import type { Ctx } from '../state';
import { cellAt, ribbons, type Cell } from './bands';
import { cellText, playheadColumn, tip } from './tip';
import { arrowAt, arrowPath, carried, dOf, endOf, lineShape, lineY, PITCH, placeGaps, spanForm, thinTicks, TOP, xOf, zoomWindow, type Axis } from './geometry';

/** The least time between two moves of the playhead: the map needs the frames more, where there is no GPU. */
const FRAME_MS = 30;
/** Half the knob and its rim, px. */
const KNOB = 11;
const PAD_LEFT = 12;
const PAD_RIGHT = 24;
const HUES: readonly Hue[] = ['call', 'reply', 'cast', 'fanout', 'notify', 'rest', 'other'];
let nextId = 0;

/**
 * The time axis and, below it, the sequence diagram that shares it. One playhead line runs through both. The element draws
 * when a panel arrives; between panels only the playhead, what it uncovers and the messages on their way move.
 */
export class SeqStrip extends HTMLElement {
  private ctx: Ctx | null = null;
  private lines = false;
  private width = 0;
  private frame = 0;
  private placedAt = 0;
  private dragging = false;
  private seekTo: number | null = null;
  private readonly uid = `strip-${nextId++}`;
  private readonly still = matchMedia('(prefers-reduced-motion: reduce)');
  private readonly resize = new ResizeObserver(() => this.measure());
  /** The column of a line that the pointer is over, or the line that the keyboard is at. */
  private cell: Cell | null = null;
  private keyLine: number | null = null;
  private axis: Axis = { d0: 0, d1: 1, x0: PAD_LEFT, x1: PAD_LEFT };

  connectedCallback(): void {
    const scrub = this.querySelector('.scrub');
    if (scrub) this.resize.observe(scrub);
  }

  disconnectedCallback(): void {
    this.resize.disconnect();
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  /** Takes the newest state; lines says whether the diagram is shown below the axis. */
  update(ctx: Ctx, lines: boolean): void {
    this.ctx = ctx;
    this.lines = lines;
    this.draw();
    if (ctx.s.panel?.play.playing && this.frame === 0 && this.isConnected) this.frame = requestAnimationFrame(this.tick);
  }

  private measure(): void {
    const w = this.querySelector('.scrub')?.clientWidth ?? 0;
    if (w !== this.width) {
      this.width = w;
      this.draw();
    }
  }

  private readonly tick = (): void => {
    this.frame = 0;
    if (!this.isConnected || !this.ctx) return;
    const now = performance.now();
    if (now - this.placedAt >= FRAME_MS) {
      this.placedAt = now;
      this.placePlayhead();
    }
    if (this.ctx.s.panel?.play.playing) this.frame = requestAnimationFrame(this.tick);
  };

  private now(p: Panel): number {
    return this.seekTo ?? carried(p.play, performance.now() - (this.ctx?.s.panelAt ?? 0));
  }

  private draw(): void {
    const p = this.ctx?.s.panel;
    if (!this.ctx || !p) return;
    const seq = p.seq;
    const compact = this.ctx.s.layout === 'phone';
    this.axis = { d0: seq.d0, d1: Math.max(seq.d1, seq.d0 + 1), x0: PAD_LEFT, x1: Math.max(PAD_LEFT, this.width - PAD_RIGHT) };
    const height = TOP + Math.max(1, seq.lines.length) * PITCH - 8;
    render(html`
      <div class="scrub" role="slider" tabindex="0" aria-label=${t('strip.label')} aria-orientation="horizontal" aria-valuemin=${Math.round(p.play.start)} aria-valuemax=${Math.round(Math.max(p.play.end, p.play.d))}
        aria-valuenow=${Math.round(p.play.d)} aria-valuetext=${this.valueText(p)} @keydown=${this.keys} @pointerdown=${this.down} @pointermove=${this.move} @pointerup=${this.up} @pointercancel=${this.up} @wheel=${this.wheel}>
        <svg width=${this.width} height="40" aria-hidden="true">${this.ticks(seq)}
          <path class="track" d="M${this.axis.x0},24H${this.axis.x1}"></path><path class="track-done" d="M${this.axis.x0},24H${this.axis.x0}"></path>
          ${this.gapChips(seq)}</svg>
        <i class="knob"></i>
      </div>
      ${this.lines ? html`<div class="lanes ${compact ? 'compact' : ''}" tabindex="0" role="region" aria-label=${t('strip.lines')} @scroll=${this.scrolled} @keydown=${this.laneKeys} @blur=${this.laneBlur}>
        <ol class="names">${seq.lines.map((l) => html`<li title=${l.sub ? `${l.label} · ${l.sub}` : l.label}><svg class="ic thing" width="20" height="20" viewBox="-10 -10 20 20" aria-hidden="true"><path d=${lineShape(l)}></path></svg>
          <span class=${l.kind === 'process' ? '' : 'mono'}>${middle(l.label === '' ? '(default)' : l.label, compact ? 12 : this.ctx!.s.layout === 'drawer' ? 20 : 22)}</span></li>`)}</ol>
        <div class="chart" @pointerdown=${this.down} @pointermove=${this.move} @pointerleave=${this.leave} @pointerup=${this.up} @pointercancel=${this.up} @wheel=${this.wheel}>
          <svg width=${this.width} height=${height} aria-hidden="true">${this.diagram(seq, p, height)}</svg>
          <i class="cursor"></i>${seq.lines.length === 0 ? html`<p class="none">${t(this.ctx.s.mode !== 'live' ? 'strip.empty' : p.play.events > 0 ? 'strip.empty.window' : 'strip.empty.live')}</p>` : nothing}
        </div></div>
        <button type="button" class="more-lines" hidden @click=${this.scrollOn}></button>
        <div class="tip" aria-hidden="true" hidden></div><p class="sr" role="status">${this.spoken(p)}</p>` : nothing}`, this);
    if (this.width === 0) this.connectedCallback(); // the axis exists from now on: its observer reports the first width at once
    this.placePlayhead();
    this.scrolled();
    this.placeTip();
  }

  private valueText(p: Panel): string {
    const q = clock(p.play.t);
    const time = p.mode === 'live' && p.epochMs > 0 ? liveTime(p.epochMs + p.play.t, p.live).value : `${q.value} ${q.unit}`.trim(); // a minute and more has no unit
    return t('strip.value', { time, i: count(p.play.event), n: count(p.play.events) });
  }

  private ticks(seq: Seq): SVGTemplateResult[] {
    return thinTicks(seq.ticks, this.axis).map((m) => {
      const x = Number(m.x.toFixed(1));
      if (m.hue === null) return svg`<path class="tick" d="M${x},5V11"></path>`;
      if (m.hue === 'fault') return svg`<path class="tick-fault" d="M${x - 3.5},4.500l7,7m0,-7l-7,7"></path>`;
      if (m.hue === 'act') return bolt(x, 8);
      return miniShape(m.hue, x, 8, 5);
    });
  }

  private gapChips(seq: Seq): (SVGTemplateResult | typeof nothing)[] {
    const text = (ms: number) => t('strip.skipped', { time: duration(ms) });
    if (this.ctx?.s.layout === 'phone') return []; // the band below says it; a thumb needs the room
    return placeGaps(seq.gaps, this.axis, (g) => text(g.ms).length * 6.1 + 20).map(({ g, label }) => {
      if (label === null) return nothing;
      const w = text(g.ms).length * 6.1 + 16;
      return svg`<g class="gap-label" data-x=${label.toFixed(1)} data-w=${w.toFixed(1)} transform="translate(${label.toFixed(1)},24)"><rect class="gap-chip" x=${-w / 2} y="-10" width=${w} height="20" rx="10"></rect><text class="gap-text" y="4" text-anchor="middle">${text(g.ms)}</text></g>`;
    });
  }

  private diagram(seq: Seq, p: Panel, height: number): SVGTemplateResult {
    const a = this.axis;
    const known = Math.max(p.play.end, p.play.d);
    return svg`
      <defs><clipPath id="${this.uid}-past"><rect class="clip-past" x=${this.axis.x0 - 6} y="0" width="0" height=${height}></rect></clipPath>
        <clipPath id="${this.uid}-next"><rect class="clip-next" x="0" y="0" width=${this.width} height=${height}></rect></clipPath></defs>
      ${placeGaps(seq.gaps, a, () => 0).map((g) => svg`<rect class="gap-band" x=${g.x0.toFixed(1)} y="0" width=${Math.max(1, g.x1 - g.x0).toFixed(1)} height=${height}></rect>`)}
      ${seq.lines.map((_, i) => svg`<path class="life-line" d="M${a.x0},${lineY(i)}H${a.x1}"></path>`)}
      ${this.bands(seq)}
      <g clip-path="url(#${this.uid}-next)">${this.spansAhead(seq, known)}${this.arrows(seq, known, 'ahead')}</g>
      <g clip-path="url(#${this.uid}-past)">${this.spans(seq, known)}${this.arrows(seq, known, 'done')}</g>
      ${this.spanLabels(seq, p, known)}
      <g class="flying"></g>`;
  }

  /** What is too dense to be drawn by itself: past in full, what is to come as a shadow of it. */
  private bands(seq: Seq): SVGTemplateResult | typeof nothing {
    if (seq.bands.length === 0) return nothing;
    const all = ribbons(seq, this.axis);
    const draw = (layer: 'past' | 'next') => svg`<g class="bands ${layer}" clip-path="url(#${this.uid}-${layer})">${all.map((r) => svg`<path class="band f-${hueOf(r.cls)}" d=${r.path}></path>`)}</g>`;
    return svg`${draw('next')}${draw('past')}${this.keyLine === null ? nothing : svg`<rect class="key-line" x=${this.axis.x0 - 4} y=${lineY(this.keyLine) - PITCH / 2} width=${this.axis.x1 - this.axis.x0 + 8} height=${PITCH} rx="4"></rect>`}`;
  }

  private spans(seq: Seq, known: number): SVGTemplateResult[] {
    return seq.spans.map((s) => {
      const x0 = Math.max(-20, xOf(this.axis, s.d0));
      const w = Math.max(3, xOf(this.axis, endOf(s, known)) - x0);
      const { waits, failed } = spanForm(s);
      const h = waits ? 10 : 14;
      return svg`<rect class="span h-${hueOf(s.cls)} ${waits ? 'waits' : 'works'} ${failed ? 'failed' : ''}" x=${x0.toFixed(1)} y=${lineY(s.line) - h / 2} width=${w.toFixed(1)} height=${h} rx=${h / 2}></rect>`;
    });
  }

  private spansAhead(seq: Seq, known: number): SVGTemplateResult[] {
    return seq.spans.map((s) => svg`<path class="arrow ahead h-${hueOf(s.cls)}" d="M${xOf(this.axis, s.d0).toFixed(1)},${lineY(s.line)}H${xOf(this.axis, endOf(s, known)).toFixed(1)}"></path>`);
  }

  private spanLabels(seq: Seq, p: Panel, known: number): (SVGTemplateResult | typeof nothing)[] {
    const nowX = xOf(this.axis, p.play.d);
    return seq.spans.map((s) => {
      if (s.label === '' || spanForm(s).waits) return nothing;
      const x0 = Math.max(this.axis.x0, xOf(this.axis, s.d0));
      const x1 = Math.min(this.axis.x1, xOf(this.axis, endOf(s, known)), nowX);
      if (x1 - x0 < s.label.length * 6.4 + 12) return nothing;
      return svg`<text class="span-text h-${hueOf(s.cls)}" x=${((x0 + x1) / 2).toFixed(1)} y=${lineY(s.line) + 4} text-anchor="middle">${s.label}</text>`;
    });
  }

  private arrows(seq: Seq, known: number, layer: 'done' | 'ahead'): SVGTemplateResult[] {
    const paths = new Map<string, string>();
    for (const r of seq.arrows) {
      const key = r.state === 'lost' ? 'fault' : hueOf(r.cls);
      const [x0, y0, x1, y1] = this.ends(r, known);
      let d = arrowPath(x0, y0, x1, y1, layer === 'done' && r.state !== 'lost' && r.d1 > r.d0);
      if (r.state === 'lost' && layer === 'done') d += `M${x1 - 4},${y1 - 4}l8,8m0,-8l-8,8`;
      paths.set(key, (paths.get(key) ?? '') + d);
    }
    return [...HUES, 'fault' as const].filter((h) => paths.has(h)).map((h) => svg`<path class="arrow ${layer} h-${h}" d=${paths.get(h)!}></path>`);
  }

  private ends(r: SeqArrow, known: number): [number, number, number, number] {
    return [xOf(this.axis, r.d0), lineY(r.from), xOf(this.axis, endOf(r, known)), lineY(r.to)];
  }

  /** Moves what moves: the line, the knob, the border between past and future, and the messages on their way. */
  private placePlayhead(): void {
    const p = this.ctx?.s.panel;
    if (!p) return;
    const d = this.now(p);
    const x = Math.min(this.axis.x1, Math.max(this.axis.x0, xOf(this.axis, d)));
    const at = `translateX(${x.toFixed(1)}px)`;
    for (const el of this.querySelectorAll<HTMLElement>('.knob, .cursor')) el.style.transform = at;
    // The knob covers what it runs over: words give way rather than be cut.
    for (const el of this.querySelectorAll<SVGGElement>('.gap-label')) el.classList.toggle('under', Math.abs(Number(el.dataset.x) - x) < Number(el.dataset.w) / 2 + KNOB);
    this.querySelector('.track-done')?.setAttribute('d', `M${this.axis.x0},24H${x.toFixed(1)}`);
    this.querySelector('.clip-past')?.setAttribute('width', Math.max(0, x - this.axis.x0 + 6).toFixed(1));
    this.querySelector('.clip-next')?.setAttribute('x', x.toFixed(1));
    const flying = this.querySelector<SVGGElement>('.flying');
    if (flying) render(this.flying(p, d, x), flying);
  }

  private flying(p: Panel, d: number, x: number): SVGTemplateResult {
    // Who wants no motion sees hops light up behind the line, and messages only while it stands.
    if (p.play.playing && this.still.matches) return svg``;
    const aloft = p.seq.arrows.filter((r) => r.d0 <= d && d < endOf(r, r.d0));
    const chosenY: number[] = [];
    const drawn = aloft.slice(0, 60).map((r) => {
      const y = lineY(r.from) + ((d - r.d0) / (endOf(r, r.d0) - r.d0)) * (lineY(r.to) - lineY(r.from));
      const chosen = r.id !== undefined && r.id === p.selection?.id;
      if (chosen || aloft.length === 1) chosenY.push(y);
      return svg`${chosen ? svg`<circle class="chosen" cx=${x.toFixed(1)} cy=${y.toFixed(1)} r="12"></circle>` : nothing}${miniShape(hueOf(r.cls), Number(x.toFixed(1)), Number(y.toFixed(1)), 7)}`;
    });
    const nowY = chosenY[0];
    const left = x > this.axis.x1 - 60;
    return svg`${drawn}${nowY !== undefined && !p.play.playing ? svg`<text class="now" x=${(x + (left ? -20 : 20)).toFixed(1)} y=${Math.max(12, nowY - 14).toFixed(1)} text-anchor=${left ? 'end' : 'start'}>${t('strip.now')}</text>` : nothing}`;
  }

  private readonly keys = (e: KeyboardEvent): void => {
    const p = this.ctx?.s.panel;
    if (!p || !this.ctx) return;
    const page = (this.axis.d1 - this.axis.d0) / 10;
    const to = { Home: p.play.start, End: p.play.end, PageDown: p.play.d - page, PageUp: p.play.d + page }[e.key];
    if (to === undefined) return; // arrows step by event, on the whole page
    e.preventDefault();
    this.ctx.send({ cmd: 'seek', d: Math.max(p.play.start, Math.min(p.play.end, to)) });
  };

  private local(e: PointerEvent | WheelEvent): { x: number; y: number } {
    const box = (e.currentTarget as HTMLElement).getBoundingClientRect();
    return { x: e.clientX - box.left, y: e.clientY - box.top };
  }

  private readonly down = (e: PointerEvent): void => {
    const p = this.ctx?.s.panel;
    if (e.button !== 0 || !p || !this.ctx) return;
    const { x, y } = this.local(e);
    const el = e.currentTarget as HTMLElement;
    const hit = el.classList.contains('chart') ? arrowAt(p.seq.arrows, this.axis, x, y) : null;
    if (hit?.id) this.ctx.send({ cmd: 'select', id: hit.id });
    else {
      this.dragging = true;
      el.setPointerCapture(e.pointerId);
      this.seek(dOf(this.axis, x));
    }
  };

  private readonly move = (e: PointerEvent): void => {
    const { x, y } = this.local(e);
    if (this.dragging) this.seek(dOf(this.axis, x));
    const p = this.ctx?.s.panel;
    this.cell = p && (e.currentTarget as HTMLElement).classList.contains('chart') ? cellAt(p.seq, this.axis, x, y) : null;
    this.placeTip();
  };

  private readonly leave = (): void => {
    this.cell = null;
    this.placeTip();
  };

  private readonly up = (): void => {
    this.dragging = false;
  };

  /** The tip of the column that the pointer is over, else of the line that the keyboard is at. */
  private placeTip(): void {
    const el = this.querySelector<HTMLElement>('.tip');
    const p = this.ctx?.s.panel;
    if (!el || !p) return;
    const cell = this.cell ?? (this.keyLine === null ? null : { line: this.keyLine, col: playheadColumn(p) });
    const text = cell && cellText(p.seq, cell);
    el.hidden = !text;
    if (!cell || !text) return;
    render(tip(text), el);
    const lanes = this.querySelector<HTMLElement>('.lanes')!;
    const chart = this.querySelector<HTMLElement>('.chart')!;
    const w = (this.axis.x1 - this.axis.x0) / p.seq.cols;
    const x = chart.offsetLeft + this.axis.x0 + (cell.col + 0.5) * w - el.offsetWidth / 2;
    const y = lanes.offsetTop + lineY(cell.line) - lanes.scrollTop;
    const below = y + PITCH / 2 + 4;
    const fits = below + el.offsetHeight <= this.clientHeight;
    el.style.transform = `translate(${Math.round(Math.max(8, Math.min(this.clientWidth - el.offsetWidth - 8, x)))}px,${Math.round(fits ? below : y - PITCH / 2 - el.offsetHeight - 4)}px)`;
  }

  /** The line that the keyboard is at, for who cannot see the tip. It says nothing anew while time goes on. */
  private said = '';
  private spoken(p: Panel): string {
    const text = this.keyLine === null ? null : cellText(p.seq, { line: this.keyLine, col: playheadColumn(p) });
    if (!p.play.playing || this.keyLine === null) this.said = text ? `${text.name}: ${text.here}. ${text.all}` : '';
    return this.said;
  }

  /** Up and down go from line to line where there is something to be told of each. */
  private readonly laneKeys = (e: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    const seq = this.ctx?.s.panel?.seq;
    if (step === undefined || !seq || seq.bands.length === 0) return;
    e.preventDefault();
    this.keyLine = this.keyLine === null ? 0 : Math.max(0, Math.min(seq.lines.length - 1, this.keyLine + step));
    const lanes = e.currentTarget as HTMLElement;
    const y = lineY(this.keyLine);
    lanes.scrollTop = Math.max(y + PITCH - lanes.clientHeight, Math.min(lanes.scrollTop, y - PITCH));
    this.said = '';
    const p = this.ctx!.s.panel!;
    const text = cellText(p.seq, { line: this.keyLine, col: playheadColumn(p) });
    this.said = text ? `${text.name}: ${text.here}. ${text.all}` : (seq.lines[this.keyLine]?.label ?? '');
    this.draw();
  };

  private readonly laneBlur = (): void => {
    this.keyLine = null;
    this.said = '';
    this.draw();
  };

  /** Says how many lines lie below the edge, and offers the way there. */
  private readonly scrolled = (): void => {
    const lanes = this.querySelector<HTMLElement>('.lanes');
    const more = this.querySelector<HTMLButtonElement>('.more-lines');
    if (!lanes || !more) return;
    const below = lanes.scrollHeight - lanes.clientHeight - lanes.scrollTop;
    const hidden = below < 4 ? 0 : Math.ceil(below / PITCH);
    lanes.dataset.below = hidden > 0 ? 'yes' : 'no';
    lanes.dataset.above = lanes.scrollTop > 4 ? 'yes' : 'no';
    more.hidden = hidden === 0 && lanes.scrollTop <= 4;
    more.textContent = hidden > 0 ? t('strip.more', { n: hidden }) : t('strip.more.up');
    if (this.cell === null) return;
    this.cell = null;
    this.placeTip();
  };

  private readonly scrollOn = (): void => {
    const lanes = this.querySelector<HTMLElement>('.lanes');
    if (lanes) lanes.scrollTop = lanes.dataset.below === 'yes' ? lanes.scrollTop + lanes.clientHeight - PITCH : 0;
  };

  /** At most one seek per frame, however fast the pointer moves. */
  private seek(d: number): void {
    const pending = this.seekTo !== null;
    this.seekTo = d;
    this.placePlayhead();
    if (pending) return;
    requestAnimationFrame(() => {
      const to = this.seekTo;
      this.seekTo = null;
      if (to !== null) this.ctx?.send({ cmd: 'seek', d: to });
    });
  }

  private readonly wheel = (e: WheelEvent): void => {
    const p = this.ctx?.s.panel;
    if (!p || !this.ctx || (!e.ctrlKey && e.deltaY !== 0 && e.currentTarget !== this.querySelector('.scrub'))) return; // plain wheel over the lanes scrolls them
    e.preventDefault();
    const { play } = p;
    if (e.shiftKey || e.deltaX !== 0) {
      const by = ((e.deltaX || e.deltaY) / 800) * (this.axis.d1 - this.axis.d0);
      const span = this.axis.d1 - this.axis.d0;
      const d0 = Math.max(play.start, Math.min(this.axis.d0 + by, play.end - span));
      this.ctx.send({ cmd: 'window', d0, d1: d0 + span });
    } else this.ctx.send({ cmd: 'window', ...zoomWindow(this.axis, dOf(this.axis, this.local(e).x), Math.exp(e.deltaY / 400), play.start, play.end) });
  };
}

customElements.define('seq-strip', SeqStrip);

/** The strip as an element that stays the same from panel to panel. */
export function stripElement(): SeqStrip {
  return new SeqStrip();
}

export const stripSlot = (el: SeqStrip): TemplateResult => html`${el}`;
