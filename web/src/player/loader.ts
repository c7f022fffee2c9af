/* Takes the engine from the page, or fetches it, and starts it. */
import { start, type Progress, type StartsEngine } from '../engine-start';

/** How the Go runtime is started; wasm_exec.js defines it. */
interface GoRuntime {
  importObject: WebAssembly.Imports;
  run(instance: WebAssembly.Instance): Promise<void>;
  exited?: boolean;
}
declare const Go: new () => GoRuntime;

export type { Progress };

/** What the page around this frame has begun to load, if it is one of ours. */
function fromPage(): StartsEngine['rpcscopeEngine'] {
  if (window.parent === window) return undefined;
  try {
    return (window.parent as unknown as StartsEngine).rpcscopeEngine;
  } catch {
    return undefined; // a page of another origin shows the map
  }
}

/** Loads the engine at url. `run` starts it; its promise settles when the program ends, which it never does by itself. */
export async function load(url: string, report: Progress): Promise<{ memory: WebAssembly.Memory; run(): Promise<void> }> {
  const go = new Go();
  const instantiate = (from: NonNullable<StartsEngine['rpcscopeEngine']>) => {
    from.progress(report);
    return from.module.then((module) => WebAssembly.instantiate(module, go.importObject));
  };
  const begun = fromPage();
  // Started anew after an error, the player does not rely on what failed before.
  const instance = await (begun ? instantiate(begun).catch(() => instantiate(start(url))) : instantiate(start(url)));
  return { memory: instance.exports.mem as WebAssembly.Memory, run: () => go.run(instance) };
}
