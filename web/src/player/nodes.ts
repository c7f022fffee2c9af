/*
 * What stands on the map, for the keyboard and for screen readers: one button per node and message, in reading order. Tab
 * enters and leaves, arrows go from one to the next, Enter selects.
 */
import type { Camera } from './labels';
import type { FrameMemory } from './memory';

type RawProxy = readonly [id: string, x: number, y: number, w: number, h: number, label: string, role: number, selected: number];

/** Role number of messages, which move. */
const message = 3;

interface Node { id: string; x: number; y: number; w: number; h: number; moves: boolean; el: HTMLButtonElement }

export interface NodeEvents {
  select(id: string): void;
  focus(id: string): void;
}

export class NodeLayer {
  private nodes: Node[] = [];
  private moving: Node[] = [];
  private readonly byId = new Map<string, HTMLButtonElement>();
  private version = -1;
  private camera = '';
  private beyond = '';
  private current = '';

  constructor(private readonly root: HTMLElement, on: NodeEvents) {
    root.addEventListener('click', (e) => {
      const id = (e.target as HTMLElement).dataset.id;
      if (id !== undefined) on.select(id);
    });
    root.addEventListener('focusin', (e) => {
      const id = (e.target as HTMLElement).dataset.id;
      if (id === undefined) return;
      this.makeCurrent(id);
      on.focus(id);
    });
    root.addEventListener('keydown', (e) => this.key(e));
  }

  update(memory: FrameMemory, camera: Camera): void {
    const changed = memory.proxyVersion !== this.version;
    if (changed) {
      this.version = memory.proxyVersion;
      this.read(memory.proxies);
    }
    const key = `${camera.x},${camera.y},${camera.zoom}`;
    const moved = key !== this.camera;
    this.camera = key;
    const places = memory.proxyPlaces;
    this.moving.forEach((n, i) => {
      if (4 * i + 3 < places.length) [n.x, n.y, n.w, n.h] = [places[4 * i]!, places[4 * i + 1]!, places[4 * i + 2]!, places[4 * i + 3]!];
    });
    for (const n of changed || moved ? this.nodes : this.moving) this.place(n, camera);
    if (changed || moved) this.point(camera);
  }

  /** Says at which edges of the view the map goes on: there stands a mark. */
  private point(c: Camera): void {
    let left = false, right = false, up = false, down = false;
    for (const n of this.nodes) {
      if (n.moves) continue;
      const x = (n.x + n.w / 2 - c.x) * c.zoom, y = (n.y + n.h / 2 - c.y) * c.zoom;
      left ||= x < 0;
      right ||= x > c.width;
      up ||= y < 0;
      down ||= y > c.height;
    }
    const beyond = `${left ? 'left ' : ''}${right ? 'right ' : ''}${up ? 'up ' : ''}${down ? 'down' : ''}`.trim();
    if (beyond === this.beyond) return;
    this.beyond = beyond;
    document.documentElement.dataset.beyond = beyond;
  }

  private read(json: string): void {
    const raw = json === '' ? [] : (JSON.parse(json) as RawProxy[]);
    const here = new Set(raw.map((r) => r[0]));
    for (const id of [...this.byId.keys()]) if (!here.has(id)) this.drop(id);
    let before: Element | null = null;
    this.nodes = raw.map(([id, x, y, w, h, label, role, selected]) => {
      let el = this.byId.get(id);
      if (!el) {
        el = document.createElement('button');
        el.type = 'button';
        el.dataset.id = id;
        el.tabIndex = -1;
        this.byId.set(id, el);
      }
      if (el.getAttribute('aria-label') !== label) el.setAttribute('aria-label', label);
      const pressed = selected ? 'true' : 'false';
      if (el.getAttribute('aria-pressed') !== pressed) el.setAttribute('aria-pressed', pressed);
      // Moving a focused button within the page would take the focus from it.
      const expected: Element | null = before ? before.nextElementSibling : this.root.firstElementChild;
      if (expected !== el) this.root.insertBefore(el, expected);
      before = el;
      return { id, x, y, w, h, moves: role === message, el };
    });
    this.moving = this.nodes.filter((n) => n.moves);
    if (!this.byId.has(this.current)) this.makeCurrent(this.nodes[0]?.id ?? '');
  }

  /** Focus that stood on something that went moves to its neighbour instead of being lost. */
  private drop(id: string): void {
    const el = this.byId.get(id)!;
    this.byId.delete(id);
    const next = (el.nextElementSibling ?? el.previousElementSibling) as HTMLElement | null;
    const focused = document.activeElement === el;
    el.remove();
    if (focused) next?.focus({ preventScroll: true });
  }

  private makeCurrent(id: string): void {
    const was = this.byId.get(this.current);
    if (was) was.tabIndex = -1;
    this.current = id;
    const el = this.byId.get(id);
    if (el) el.tabIndex = 0;
  }

  private key(e: KeyboardEvent): void {
    const i = this.nodes.findIndex((n) => n.id === this.current);
    if (i < 0 || e.ctrlKey || e.metaKey || e.altKey || e.shiftKey) return;
    const to = { ArrowRight: i + 1, ArrowDown: i + 1, ArrowLeft: i - 1, ArrowUp: i - 1, Home: 0, End: this.nodes.length - 1 }[e.key];
    if (to === undefined) {
      if (e.key === 'Enter' || e.key === ' ') e.stopPropagation(); // the button's own
      return;
    }
    e.preventDefault();
    e.stopPropagation();
    this.nodes[Math.min(Math.max(to, 0), this.nodes.length - 1)]?.el.focus({ preventScroll: true });
  }

  private place(n: Node, c: Camera): void {
    const s = n.el.style;
    s.transform = `translate(${(n.x - c.x) * c.zoom}px,${(n.y - c.y) * c.zoom}px)`;
    s.width = `${n.w * c.zoom}px`;
    s.height = `${n.h * c.zoom}px`;
  }
}
