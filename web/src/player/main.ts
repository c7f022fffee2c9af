/*
 * The player: one window with the map in it, made to live in an iframe of the page. The page talks to `rpcscope`; how far
 * loading has come, errors and keys come to it as events on this window.
 */
import 'wasm_exec';
import { leanContext, View } from './canvas';
import { Gate } from './gate';
import { LabelLayer, type Camera } from './labels';
import { load, type Progress } from './loader';
import { FrameMemory, type Engine } from './memory';
import { NodeLayer } from './nodes';
import { palette } from './palette';
import { PointerInput } from './pointer';
import { parseTables } from './tables';
import { mapKeys } from './keys';
import { resolveTheme, storedTheme } from '../theme-choice';

/** What the engine finds here when it starts; wasm/bridge is the other end. */
interface Host {
  mode: string;
  /** A page stands around the map and will say what to show. */
  embedded: boolean;
  /** The scenario to begin with ('' for the first one); null when the page says what to show. */
  opening: string | null;
  engine?: Engine;
  up(): void;
  drawn(): void;
  panel(): void;
  failed(code: string, text: string): void;
}

/** What the page finds here. */
export interface Rpcscope {
  send(json: string): string;
  feed(bytes: Uint8Array): void;
  onPanel: ((json: string) => void) | null;
  idle(): Promise<void>;
  readonly ready: Promise<void>;
  /** Whether the player began with a scenario by itself, before the page said anything. */
  opened: boolean;
}

interface Failure {
  code: string;
  text: string;
}

interface Globals {
  rpcscopeHost?: Host;
  rpcscope?: Rpcscope;
  rpcscopeBoot?: { progress(report: Progress): void; failure: Failure | null };
  /** For measuring. */
  rpcscopeStats?: () => Readonly<Record<string, number | readonly number[]>>;
}
const globals = window as unknown as Globals;

document.documentElement.dataset.theme = resolveTheme(storedTheme());

const tell = (name: string, detail: object = {}) => window.dispatchEvent(new CustomEvent(`rpcscope-${name}`, { detail }));
function fail(code: string, text: string): void {
  globals.rpcscopeBoot!.failure = { code, text }; // the page may not listen yet
  tell('error', { code, text });
}

const reports: Progress[] = [];
let lastReport: [number, number] | null = null;
globals.rpcscopeBoot = {
  failure: null,
  progress(report) {
    reports.push(report);
    if (lastReport) report(...lastReport);
  },
};
const progress: Progress = (loaded, total) => {
  lastReport = [loaded, total];
  for (const report of reports) report(loaded, total);
  tell('progress', { loaded, total });
};

let memory: WebAssembly.Memory | null = null;
let frame: FrameMemory | null = null;
let labels: LabelLayer | null = null;
let nodes: NodeLayer | null = null;
let firstDraw = true;
let moves = 0;
let show: (() => void) | null = null;

const gate = new Gate();
gate.wanted = () => frame === null || frame.want;
gate.install();
// Without WebGL 2 the engine runs all the same, for the panels.
leanContext(() => { view.blind = true; });

const query = new URLSearchParams(location.search);
const surface = document.getElementById('surface')!;
/** What the page's floating bars take of the top (px); a phone has none there, nor has the map alone in its window. */
const bars = () => (window.parent === window ? 0 : window.innerWidth < 720 ? 8 : 56);
const view = new View((w, h) => {
  engine()?.resize(w, h, bars());
  gate.wake();
});

function engine(): Engine | undefined {
  return globals.rpcscopeHost?.engine;
}

let becomeReady: () => void;
let refuse: (reason: Error) => void;
const ready = new Promise<void>((yes, no) => {
  becomeReady = yes;
  refuse = no;
});
ready.catch(() => undefined); // whoever waits hears of it; nobody else must

function send(json: string): string {
  const e = engine();
  if (!e) return JSON.stringify({ ok: false, error: { code: 'not-ready', text: 'the engine is not running' } });
  const theme = /"cmd"\s*:\s*"theme"/.test(json) ? (JSON.parse(json) as { name?: string }).name : undefined;
  if (theme !== undefined) document.documentElement.dataset.theme = theme;
  const reply = e.send(json);
  if (theme !== undefined) colour();
  gate.wake();
  return reply;
}
const command = (c: object) => send(JSON.stringify(c));
const select = (id: string) => {
  command({ cmd: 'select', id });
  if (id.startsWith('f:')) tell('fold', { id }); // the page remembers it for a player that starts anew
};

const api: Rpcscope = {
  send,
  feed(bytes) {
    engine()?.feed(bytes);
    gate.wake();
  },
  onPanel: null,
  async idle() {
    await ready;
    await gate.idle();
  },
  ready,
  opened: false,
};
globals.rpcscope = api;

let paints: readonly string[] = [];
function colour(): void {
  const { rgba, glow } = palette(paints);
  engine()?.colours(rgba, glow);
  gate.wake();
}

function camera(): Camera {
  return { x: frame!.x, y: frame!.y, zoom: frame!.zoom, width: view.width, height: view.height, ratio: window.devicePixelRatio || 1 };
}

globals.rpcscopeHost = {
  embedded: window.parent !== window,
  opening: null,
  mode: query.has('gallery') ? 'gallery' : query.has('crowd') ? `crowd=${query.get('crowd') ?? ''}` : '',
  up() {
    const e = engine()!;
    frame = new FrameMemory(memory!, e.address);
    const tables = parseTables(e.tables);
    paints = tables.paints;
    labels = new LabelLayer(document.getElementById('labels')!, tables);
    nodes = new NodeLayer(document.getElementById('nodes')!, {
      select,
      focus: (id) => {
        e.reveal(id);
        gate.wake();
      },
    });
    new PointerInput(surface, e, {
      wake: () => gate.wake(),
      select,
      hover: (id) => command({ cmd: 'hover', id }),
      label: (x, y) => labels!.at(x, y),
      context: (id, x, y) => tell('context', { id, x, y }),
    });
    mapKeys((c) => command(c), (detail) => tell('key', detail));
    e.resize(view.width, view.height, bars());
    colour();
    gate.quality = {
      effects: (level) => {
        e.effects(level);
        gate.wake();
      },
      ratio: (most) => view.limit(most),
    };
    performance.mark('rpcscope-up');
    becomeReady();
    tell('ready');
  },
  drawn() {
    if (view.blind) {
      nodes!.update(frame!, camera());
      return;
    }
    if (firstDraw && frame!.filled) {
      firstDraw = false;
      document.documentElement.dataset.drawn = '';
      performance.mark('rpcscope-drawn');
      show?.();
      tell('drawn');
    }
    if (moves < 2 && frame!.moved > moves) {
      moves++;
      performance.mark(moves === 1 ? 'rpcscope-moved' : 'rpcscope-moving');
    }
    const c = camera();
    labels!.update(frame!, c);
    nodes!.update(frame!, c);
  },
  panel() {
    api.onPanel?.(frame!.panel);
  },
  failed(code, text) {
    // Whoever waits for `ready` takes the engine first and hears of what it lacks then.
    setTimeout(() => fail(view.blind ? 'no-webgl2' : code, text));
  },
};

globals.rpcscopeStats = () => ({
  count: frame?.count ?? 0, moved: frame?.moved ?? 0, vertices: frame?.vertices ?? 0, ...frame?.spent,
  effects: frame?.effects ?? 0, ratio: view.ratio, intervals: gate.intervals.slice(), times: gate.times.slice(),
});

const url = (document.getElementById('engine') as HTMLLinkElement).href;
load(url, progress).then(async (program) => {
  memory = program.memory;
  const host = globals.rpcscopeHost!;
  host.opening = program.opening;
  show = program.show;
  api.opened = program.opening !== null;
  performance.mark('rpcscope-loaded');
  await program.run();
  fail('engine', 'the engine has stopped');
}).catch((err: unknown) => {
  const text = err instanceof Error ? err.message : String(err);
  fail('wasm', text);
  refuse(new Error(text));
});
