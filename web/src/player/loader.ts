/* Fetches and starts the engine, telling how far that has come. */

/** How the Go runtime is started; wasm_exec.js defines it. */
interface GoRuntime {
  importObject: WebAssembly.Imports;
  run(instance: WebAssembly.Instance): Promise<void>;
  exited?: boolean;
}
declare const Go: new () => GoRuntime;

export type Progress = (loaded: number, total: number) => void;

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

/** Loads the engine at url. `run` starts it; its promise settles when the program ends, which it never does by itself. */
export async function load(url: string, report: Progress): Promise<{ memory: WebAssembly.Memory; run(): Promise<void> }> {
  const go = new Go();
  const response = await fetch(url, { credentials: 'same-origin' });
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`.trim());
  const { instance } = await WebAssembly.instantiateStreaming(counted(response, url, report), go.importObject);
  return { memory: instance.exports.mem as WebAssembly.Memory, run: () => go.run(instance) };
}
