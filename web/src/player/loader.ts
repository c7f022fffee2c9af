/* Takes the engine from the page, or fetches it, and starts it. */
import { start, type EngineStart, type Progress, type StartsEngine } from '../engine-start';

/** How the Go runtime is started; wasm_exec.js defines it. */
interface GoRuntime {
  importObject: WebAssembly.Imports;
  env: Record<string, string>;
  run(instance: WebAssembly.Instance): Promise<void>;
  exited?: boolean;
}
declare const Go: new () => GoRuntime;

export type { Progress };

/** What the page around this frame has begun to load, if it is one of ours. */
async function fromPage(): Promise<EngineStart | undefined> {
  if (window.parent === window) return undefined;
  try {
    const page = window.parent.document;
    // This document was quicker than the page's first script.
    if (page.readyState === 'loading' && !(window.parent as unknown as StartsEngine).rpcscopeEngine) await new Promise((done) => page.addEventListener('DOMContentLoaded', done, { once: true }));
    return (window.parent as unknown as StartsEngine).rpcscopeEngine;
  } catch {
    return undefined; // a page of another origin shows the map
  }
}

/** The engine, ready to start. */
export interface Program {
  memory: WebAssembly.Memory;
  /** The scenario to begin with by itself; null when the page says what to show. */
  opening: string | null;
  /** Tells the page around of the first picture. */
  show: () => void;
  run(): Promise<void>;
}

/** Lets the heap grow while everything is made for the first time; the engine lowers it (wasm/main_js.go). */
const START_GC = '400';

/** Loads the engine at url. `run` starts it; its promise settles when the program ends, which it never does by itself. */
export async function load(url: string, report: Progress): Promise<Program> {
  const go = new Go();
  go.env.GOGC = START_GC;
  const instantiate = async (from: EngineStart) => WebAssembly.instantiate(await from.take(report), go.importObject);
  const begun = await fromPage();
  // Started anew after an error, the player does not rely on what failed before.
  const instance = await (begun ? instantiate(begun).catch(() => instantiate(start(url))) : instantiate(start(url)));
  return { memory: instance.exports.mem as WebAssembly.Memory, opening: (await begun?.opening()) ?? null, show: () => begun?.show(), run: () => go.run(instance) };
}
