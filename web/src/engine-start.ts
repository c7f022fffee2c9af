/*
 * The engine is fetched and compiled by the page itself, from its first line on, and taken over by the player in its frame:
 * that document begins a good while later. A player alone in its window, or one of a page that is too old, does so itself.
 */

export type Progress = (loaded: number, total: number) => void;

export interface EngineStart {
  module: Promise<WebAssembly.Module>;
  /** Tells how far loading has come, from now on. */
  progress(report: Progress): void;
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

/** The same response, counted while it is read. */
function counted(response: Response, url: string, report: Progress): Response {
  if (!response.body) return response;
  let total = response.headers.has('content-encoding') ? 0 : Number(response.headers.get('content-length') ?? 0);
  let loaded = 0;
  if (total === 0) void unpackedSize(url).then((size) => { total = size; });
  const meter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, out) {
      loaded += chunk.byteLength;
      report(Math.min(loaded, total || loaded), total);
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
export function start(url: string): EngineStart {
  const reports: Progress[] = [];
  let last: [number, number] | null = null;
  const module = compile(url, (loaded, total) => {
    last = [loaded, total];
    for (const report of reports) report(loaded, total);
  });
  module.catch(() => undefined); // whoever takes it hears of it
  return {
    module,
    progress(report) {
      reports.push(report);
      if (last) report(...last);
    },
  };
}

/** Starts the engine that the page names, for the player to take. */
export function begin(): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="preload"][type="application/wasm"]');
  if (link) (window as StartsEngine).rpcscopeEngine = start(link.href);
}
