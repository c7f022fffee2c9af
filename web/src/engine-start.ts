/*
 * The engine is fetched and compiled by the page itself, from its first line on, and taken over by the player in its frame:
 * that document begins a good while later. A player alone in its window, or one of a page that is too old, does so itself.
 */

import type { Config } from './model';

export type Progress = (loaded: number, total: number) => void;

export interface EngineStart {
  module: Promise<WebAssembly.Module>;
  /** What the program that serves the page says; missing where no page is around the player. */
  config?: Promise<Config>;
  /** Hands the engine to a player and tells it how far loading has come, from now on. */
  take(report: Progress): Promise<WebAssembly.Module>;
  /** Resolves when the player has drawn its first picture, of which it tells here. */
  shown: Promise<void>;
  show: () => void;
  /**
   * The scenario that the first player is to begin with by itself – '' stands for the first one –, or null when the page will say
   * what to show. A later player is told by the page.
   */
  opening(): Promise<string | null>;
}

export interface StartsEngine {
  rpcscopeEngine?: EngineStart;
}

/** The engine's size when unpacked, from the build's manifest; 0 if that cannot be told. */
async function unpackedSize(url: string): Promise<number> {
  try {
    const manifest = (await (await fetch(new URL('manifest.json', document.baseURI))).json()) as { files: Record<string, { bytes: number }> };
    const name = new URL(url).pathname.split('/').slice(-2).join('/');
    return manifest.files[name]?.bytes ?? 0;
  } catch {
    return 0;
  }
}

/** The least time between two reports (ms): whoever shows them has better to do while the engine compiles. */
const REPORT_EVERY = 100;

/** The same response, counted while it is read. */
function counted(response: Response, url: string, report: Progress): Response {
  if (!response.body) return response;
  let total = response.headers.has('content-encoding') ? 0 : Number(response.headers.get('content-length') ?? 0);
  let loaded = 0;
  let told = 0;
  if (total === 0) void unpackedSize(url).then((size) => { total = size; });
  const meter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, out) {
      loaded += chunk.byteLength;
      const now = performance.now();
      if (now - told >= REPORT_EVERY) {
        told = now;
        report(Math.min(loaded, total || loaded), total);
      }
      out.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(meter), { headers: { 'content-type': 'application/wasm' } });
}

async function compile(url: string, report: Progress): Promise<WebAssembly.Module> {
  const response = await fetch(url, { credentials: 'same-origin' });
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`.trim());
  return WebAssembly.compileStreaming(counted(response, url, report));
}

/** Fetches and compiles the engine at url. */
export function start(url: string, config?: Promise<Config>): EngineStart {
  const reports: Progress[] = [];
  let last: [number, number] | null = null;
  const module = compile(url, (loaded, total) => {
    last = [loaded, total];
    for (const report of reports) report(loaded, total);
  });
  module.catch(() => undefined); // whoever takes it hears of it
  let show!: () => void;
  const shown = new Promise<void>((done) => { show = done; });
  let begun = false;
  return {
    module, shown, show, ...(config && { config }),
    take(report) {
      reports.push(report);
      if (last) report(...last);
      return module;
    },
    async opening() {
      if (begun || !config) return null;
      begun = true;
      return (await config).mode === 'play' ? (new URLSearchParams(location.search).get('scenario') ?? '') : null;
    },
  };
}

/** Starts the engine that the page names, for the player to take. */
export function begin(config: Promise<Config>): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="preload"][type="application/wasm"]');
  if (!link) return;
  const engine = start(link.href, config);
  (window as StartsEngine).rpcscopeEngine = engine;
  void engine.shown.then(() => { document.documentElement.dataset.boot = 'ready'; }); // the drawing that stood in makes room at once
}
