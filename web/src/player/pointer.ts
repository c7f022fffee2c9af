/* Mouse, pen and fingers on the map: drag to move, wheel or pinch to zoom, click to select, hover to light up. */
import type { Engine } from './memory';

/** A press that moves less than this (px) is a click. */
const slop = 5;
/** How far beyond its outline something can still be hit (px): mouse, finger. */
const reach = { mouse: 3, touch: 14 };

interface Finger { x: number; y: number }

export interface PointerEvents {
  wake(): void;
  select(id: string): void;
  hover(id: string): void;
  /** What the words under the pointer say in full. */
  label(x: number, y: number): { title: string; el: HTMLElement } | null;
  context(id: string, x: number, y: number): void;
}

export class PointerInput {
  private readonly fingers = new Map<number, Finger>();
  private start: Finger | null = null;
  private dragged = false;
  private over = '';
  private hoverAt: Finger | null = null;

  constructor(private readonly surface: HTMLElement, private readonly engine: Engine, private readonly on: PointerEvents) {
    surface.addEventListener('pointerdown', (e) => this.down(e));
    surface.addEventListener('pointermove', (e) => this.move(e));
    surface.addEventListener('pointerup', (e) => this.up(e, true));
    surface.addEventListener('pointercancel', (e) => this.up(e, false));
    surface.addEventListener('pointerleave', () => this.hover(''));
    surface.addEventListener('wheel', (e) => this.wheel(e), { passive: false });
    surface.addEventListener('dblclick', (e) => this.pickWords(e));
    surface.addEventListener('contextmenu', (e) => {
      const id = engine.hit(e.clientX, e.clientY, reach.mouse);
      if (id !== '') on.context(id, e.clientX, e.clientY);
    });
  }

  private down(e: PointerEvent): void {
    if (e.button !== 0) return;
    this.surface.setPointerCapture(e.pointerId);
    this.fingers.set(e.pointerId, { x: e.clientX, y: e.clientY });
    if (this.fingers.size === 1) {
      this.start = { x: e.clientX, y: e.clientY };
      this.dragged = false;
    } else {
      this.dragged = true; // two fingers never click
    }
  }

  private move(e: PointerEvent): void {
    const finger = this.fingers.get(e.pointerId);
    if (!finger) {
      if (e.pointerType !== 'touch') this.lookUnder(e.clientX, e.clientY);
      return;
    }
    if (!this.dragged && this.start) {
      if (Math.hypot(e.clientX - this.start.x, e.clientY - this.start.y) < slop) return;
      this.dragged = true;
      this.surface.dataset.drag = '';
      this.hover('');
    }
    const before = this.grip();
    finger.x = e.clientX;
    finger.y = e.clientY;
    const after = this.grip();
    if (after.spread > 0 && before.spread > 0) this.engine.zoomAt(before.x, before.y, after.spread / before.spread);
    this.engine.pan(after.x - before.x, after.y - before.y, 0);
    this.on.wake();
  }

  /** The middle of the fingers and how far they are apart. */
  private grip(): { x: number; y: number; spread: number } {
    const all = [...this.fingers.values()];
    const x = all.reduce((s, f) => s + f.x, 0) / all.length;
    const y = all.reduce((s, f) => s + f.y, 0) / all.length;
    return { x, y, spread: all.length < 2 ? 0 : Math.hypot(all[0]!.x - all[1]!.x, all[0]!.y - all[1]!.y) };
  }

  private up(e: PointerEvent, real: boolean): void {
    if (!this.fingers.delete(e.pointerId)) return;
    if (this.fingers.size > 0) return;
    delete this.surface.dataset.drag;
    if (real && !this.dragged) this.on.select(this.engine.hit(e.clientX, e.clientY, e.pointerType === 'touch' ? reach.touch : reach.mouse));
    this.start = null;
  }

  private wheel(e: WheelEvent): void {
    e.preventDefault();
    const unit = e.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : e.deltaMode === WheelEvent.DOM_DELTA_PAGE ? 400 : 1;
    const speed = e.ctrlKey ? 0.01 : 0.0015; // a pinch on a trackpad comes as small steps with Ctrl
    const factor = Math.exp(-Math.max(-400, Math.min(400, e.deltaY * unit)) * speed);
    this.engine.zoomAt(e.clientX, e.clientY, factor);
    this.on.wake();
  }

  /** At most one look per animation frame: pointers report more often than frames are drawn. */
  private lookUnder(x: number, y: number): void {
    if (this.hoverAt) {
      this.hoverAt = { x, y };
      return;
    }
    this.hoverAt = { x, y };
    setTimeout(() => {
      const at = this.hoverAt;
      this.hoverAt = null;
      if (at && this.fingers.size === 0) this.hover(this.engine.hit(at.x, at.y, reach.mouse), at);
    }, 16);
  }

  private hover(id: string, at?: Finger): void {
    const words = at ? this.on.label(at.x, at.y) : null;
    const title = words?.title ?? '';
    if (this.surface.title !== title) this.surface.title = title;
    if (id === this.over) return;
    this.over = id;
    if (id === '') delete this.surface.dataset.over;
    else this.surface.dataset.over = '';
    this.on.hover(id);
  }

  /** A double click marks a name, so that it can be copied. */
  private pickWords(e: MouseEvent): void {
    const words = this.on.label(e.clientX, e.clientY);
    const selection = getSelection();
    if (!words || !selection) return;
    selection.selectAllChildren(words.el);
  }
}
