/*
 * Words over the canvas. At most `most` of them are in the page, by priority, those within the view only; they are written
 * in the frame that draws, so that they never lag behind the picture.
 */
import type { FrameMemory } from './memory';
import { advance, baseline, cut, forget, lineHeight } from './metrics';
import type { LabelStyle, Tables } from './tables';

/** More than this many moving pieces of text halve the frame rate without a graphics card. */
const most = 150;
/** Letters are never smaller than this on the screen (px). */
const smallest = 10.5;
/** Below this size, labels would only be in each other's way; those of least priority go first. */
const hopeless = 5.2;
/** How far letters may reach beyond their room before they are cut (px). */
const slack = 1.5;

type RawLabel = readonly [id: string, x: number, y: number, width: number, maxWidth: number, text: string, title: string, paint: number,
  alpha: number, style: number, anchor: number, priority: number, dynamic: number, halo: number, strong: number];

interface Label {
  readonly id: string;
  x: number;
  y: number;
  alpha: number;
  /** The whole text, what of it stands where it has little room, and that room in world units (0: no limit). */
  readonly text: string;
  shown: string;
  readonly room: number;
  readonly title: string;
  readonly paint: number;
  readonly style: LabelStyle;
  readonly anchor: number;
  readonly priority: number;
  readonly dynamic: boolean;
  readonly halo: number;
  /** How many of the first letters stand out. */
  readonly strong: number;
}

interface Box { x: number; y: number; w: number; h: number }

interface Shown {
  readonly el: HTMLSpanElement;
  label: Label;
  box: Box;
  look: string;
  place: string;
}

/** The full text of a label that is shortened, else ''. */
const whole = (l: Label) => l.title || (l.shown === l.text ? '' : l.text);

export interface Camera { x: number; y: number; zoom: number; width: number; height: number; ratio: number }

export class LabelLayer {
  private all: Label[] = [];
  private moving: Label[] = [];
  private ranked: Label[] = [];
  private readonly shown = new Map<string, Shown>();
  private readonly spare: HTMLSpanElement[] = [];
  private version = -1;
  private camera = '';
  private last: [FrameMemory, Camera] | null = null;

  constructor(private readonly root: HTMLElement, private readonly tables: Tables) {
    root.addEventListener('copy', (e) => this.copy(e));
    document.fonts.addEventListener('loadingdone', () => {
      forget();
      this.camera = '';
      if (this.last) this.update(...this.last);
    });
  }

  /** Brings the words up to date with the frame that was just drawn. */
  update(memory: FrameMemory, camera: Camera): void {
    this.last = [memory, camera];
    const changed = memory.labelVersion !== this.version;
    if (changed) {
      this.version = memory.labelVersion;
      this.read(memory.labels);
    }
    const key = `${camera.x},${camera.y},${camera.zoom},${camera.width},${camera.height},${camera.ratio}`;
    const moved = key !== this.camera;
    this.camera = key;
    this.follow(memory.places);
    if (changed || moved) this.arrange(camera);
    else if (this.moving.length > 0) this.shift(camera);
  }

  /** The label under a point of the view, if any. */
  at(x: number, y: number): { text: string; title: string; el: HTMLElement } | null {
    for (const s of this.shown.values()) {
      const b = s.box;
      if (x >= b.x && x <= b.x + b.w && y >= b.y && y <= b.y + b.h) return { text: s.label.shown, title: whole(s.label), el: s.el };
    }
    return null;
  }

  private read(json: string): void {
    const raw = json === '' ? [] : (JSON.parse(json) as RawLabel[]);
    const twins = new Map<string, number>(); // one thing may be named in two places
    const unique = (id: string) => {
      const n = twins.get(id) ?? 0;
      twins.set(id, n + 1);
      return n === 0 ? id : `${id}#${n}`;
    };
    this.all = raw.map((r) => ({
      id: unique(r[0]), x: r[1], y: r[2], text: r[5], shown: r[5], room: r[4], title: r[6], alpha: r[8], style: this.tables.styles[r[9]]!, paint: r[7] || this.tables.styles[r[9]]!.paint,
      anchor: r[10], priority: r[11], dynamic: r[12] === 1, halo: r[13], strong: r[14],
    }));
    this.moving = this.all.filter((l) => l.dynamic);
    this.ranked = this.all.slice().sort((a, b) => b.priority - a.priority); // stable: else in list order
  }

  private follow(places: Float32Array): void {
    for (let i = 0; i < this.moving.length && 3 * i + 2 < places.length; i++) {
      const l = this.moving[i]!;
      l.x = places[3 * i]!;
      l.y = places[3 * i + 1]!;
      l.alpha = places[3 * i + 2]!;
    }
  }

  private arrange(camera: Camera): void {
    const placed: Box[] = [];
    const keep = new Set<string>();
    for (const l of this.ranked) {
      if (keep.size >= most) break;
      const natural = l.style.size * camera.zoom;
      if (natural < hopeless + (9 - l.priority) * 0.25) continue;
      const size = Math.max(natural, smallest);
      l.shown = l.room > 0 ? cut(l.text, l.style, (l.room * camera.zoom + slack) / size) : l.text;
      if (l.shown === '') continue;
      const box = this.box(l, size, camera);
      if (box.x > camera.width || box.y > camera.height || box.x + box.w < 0 || box.y + box.h < 0) continue;
      // At their natural size the layout keeps labels apart; enlarged ones must find room.
      if (natural < smallest && !l.dynamic) {
        if (placed.some((p) => box.x < p.x + p.w + 3 && p.x < box.x + box.w + 3 && box.y < p.y + p.h && p.y < box.y + box.h)) continue;
        placed.push(box);
      }
      keep.add(l.id);
      this.put(l, size, box);
    }
    for (const [id, s] of this.shown) {
      if (keep.has(id)) continue;
      this.shown.delete(id);
      s.el.hidden = true;
      this.spare.push(s.el);
    }
  }

  private shift(camera: Camera): void {
    for (const l of this.moving) {
      const s = this.shown.get(l.id);
      if (!s) continue;
      const size = Math.max(l.style.size * camera.zoom, smallest);
      this.put(l, size, this.box(l, size, camera));
    }
  }

  /** Where the letters stand on the screen, without the line's leading. */
  private box(l: Label, size: number, c: Camera): Box {
    const w = advance(l.shown, l.style) * size;
    const x = (l.x - c.x) * c.zoom - (l.anchor === 1 ? w / 2 : l.anchor === 2 ? w : 0);
    const y = (l.y - c.y) * c.zoom - size * 0.8;
    const snap = (v: number) => Math.round(v * c.ratio) / c.ratio;
    return { x: snap(x), y: snap(y), w, h: size * 1.05 };
  }

  private put(l: Label, size: number, box: Box): void {
    let s = this.shown.get(l.id);
    if (!s) {
      const el = this.spare.pop() ?? this.root.appendChild(document.createElement('span'));
      el.hidden = false;
      s = { el, label: l, box, look: '', place: '' };
      this.shown.set(l.id, s);
    }
    s.label = l;
    s.box = box;
    const font = Math.round(size * 100) / 100;
    const strong = l.shown === l.text ? l.strong : 0;
    const look = `${l.shown}|${l.style.index}|${l.paint}|${l.halo}|${font}|${strong}`;
    const { el } = s;
    if (look !== s.look) {
      s.look = look;
      if (strong === 0) el.textContent = l.shown;
      else {
        const first = document.createElement('b');
        first.textContent = l.shown.slice(0, strong);
        el.replaceChildren(first, l.shown.slice(strong));
      }
      el.className = l.style.mono ? 'mono' : '';
      el.style.fontSize = `${font}px`;
      el.style.lineHeight = `${font * lineHeight}px`;
      el.style.fontWeight = String(l.style.weight);
      el.style.color = `var(${this.tables.paints[l.paint] ?? '--ink-1'})`;
      if (l.halo) {
        el.dataset.halo = '';
        el.style.setProperty('--halo', `var(${this.tables.paints[l.halo] ?? '--ground'})`);
      } else delete el.dataset.halo;
    }
    const y = box.y + font * (0.8 - baseline(l.style));
    const place = `translate(${box.x}px,${Math.round(y * 64) / 64}px)|${l.alpha}`;
    if (place !== s.place) {
      s.place = place;
      el.style.transform = place.slice(0, place.indexOf('|'));
      el.style.opacity = l.alpha >= 1 ? '' : String(l.alpha);
    }
  }

  /** A shortened name is copied whole. */
  private copy(e: ClipboardEvent): void {
    const selection = getSelection();
    if (!selection || !e.clipboardData) return;
    for (const s of this.shown.values()) {
      if (whole(s.label) !== '' && selection.containsNode(s.el, true) && selection.toString().trim() === s.label.shown.trim()) {
        e.clipboardData.setData('text/plain', whole(s.label));
        e.preventDefault();
        return;
      }
    }
  }
}
