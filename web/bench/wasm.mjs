// Our engine in a browser against the smallest Ebitengine game: size, time to the first moving frame, cost of a frame.
// `node bench/wasm.mjs` after `npm run build`; prints one line per figure. RUNS (default 5) page loads are taken of each.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { median, openBrowser, serve } from './browser.mjs';

const web = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = process.env.DIST ?? join(web, 'dist');
const runs = Number(process.env.RUNS ?? 5);
const VIEW = { width: 1280, height: 720 };

const pack = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length, [constants.BROTLI_PARAM_LGWIN]: 24 } });
const MB = (n) => `${(n / 1e6).toFixed(2)} MB`;
const say = (what, text) => console.log(`${what.padEnd(34)} ${text}`);

/** The empty game in a page of its own. */
function buildEmpty() {
  const dir = mkdtempSync(join(tmpdir(), 'rpcscope-empty-'));
  const wasm = join(dir, 'empty.wasm');
  execFileSync('go', ['build', '-trimpath', '-ldflags=-s -w', '-o', wasm, './wasm/internal/empty'], { cwd: join(web, '..'), env: { ...process.env, GOOS: 'js', GOARCH: 'wasm' }, stdio: 'inherit' });
  writeFileSync(`${wasm}.br`, pack(readFileSync(wasm)));
  const goroot = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
  copyFileSync(join(goroot, 'lib/wasm/wasm_exec.js'), join(dir, 'wasm_exec.js'));
  writeFileSync(join(dir, 'start.js'), `globalThis.firstFrame = () => { performance.mark('drawn'); };
const go = new Go();
const { instance } = await WebAssembly.instantiateStreaming(fetch('empty.wasm'), go.importObject);
go.run(instance);
`);
  writeFileSync(join(dir, 'index.html'), '<!doctype html><title>empty</title><script src="wasm_exec.js"></script><script type="module" src="start.js"></script><body></body>');
  return dir;
}

/** Milliseconds from the page's start to a mark, in the page or in its player's frame. */
async function timeTo(browser, url, mark) {
  const page = await (await browser.newContext({ viewport: VIEW })).newPage();
  await page.goto(url);
  const read = (name) => {
    for (const w of [window, document.getElementById('frame')?.contentWindow]) {
      const m = w?.performance.getEntriesByName(name)[0];
      if (m) return w.performance.timeOrigin + m.startTime - performance.timeOrigin;
    }
    return null;
  };
  const handle = await page.waitForFunction(read, mark, { polling: 20, timeout: 60_000 });
  const t = await handle.jsonValue();
  await page.context().close();
  return t;
}

/** What a frame costs while n messages are on their way. */
async function crowd(browser, url, n) {
  const page = await (await browser.newContext({ viewport: VIEW })).newPage();
  await page.goto(`${url}/player.html?crowd=${n}`);
  await page.waitForFunction(() => globalThis.rpcscopeStats?.().times.length >= 40, null, { polling: 100, timeout: 120_000 });
  const before = await page.evaluate(() => ({ ...globalThis.rpcscopeStats(), mallocs: globalThis.rpcscopeHost.engine.mallocs() }));
  await page.waitForFunction((c) => globalThis.rpcscopeStats().count >= c + 40, before.count, { polling: 100, timeout: 120_000 });
  const after = await page.evaluate(() => ({ mallocs: globalThis.rpcscopeHost.engine.mallocs(), ...globalThis.rpcscopeStats() }));
  await page.context().close();
  return { cpu: median(after.times.slice(-40)), every: median(after.intervals.slice(-40)), paint: after.buildMicros / 1000, allocs: (after.mallocs - before.mallocs) / (after.count - before.count) };
}

/** Frames drawn by a page in which nothing moves. */
async function idle(browser, url) {
  const page = await (await browser.newContext({ viewport: VIEW })).newPage();
  await page.goto(`${url}/player.html`);
  await page.evaluate(() => globalThis.rpcscope.idle());
  const before = await page.evaluate(() => globalThis.rpcscopeStats().count);
  await page.waitForTimeout(2000);
  const frames = (await page.evaluate(() => globalThis.rpcscopeStats().count)) - before;
  await page.context().close();
  return frames;
}

const manifest = JSON.parse(readFileSync(join(dist, 'manifest.json'), 'utf8'));
const name = manifest.names['rpcscope.wasm'];
if (!name || !existsSync(join(dist, name))) throw new Error(`${dist} has no engine: run make page`);
const empty = buildEmpty();
const [ours, theirs] = await Promise.all([serve(dist), serve(empty)]);
const browser = await openBrowser();
try {
  const a = manifest.files[name].quality === 11 ? statSync(join(dist, `${name}.br`)).size : pack(readFileSync(join(dist, name))).length;
  const b = statSync(join(empty, 'empty.wasm.br')).size;
  say('size of the wasm, brotli', `${(a / b).toFixed(2)}× an empty game (${MB(a)} / ${MB(b)}; aim ≤ 1.3×)`);

  const first = { ours: [], empty: [] };
  for (let i = 0; i < runs; i++) { // in turns, so that both see the same machine
    first.empty.push(await timeTo(browser, `${theirs.url}/`, 'drawn'));
    first.ours.push(await timeTo(browser, `${ours.url}/`, 'rpcscope-moved'));
  }
  const [o, e] = [median(first.ours), median(first.empty)];
  say('first frame with a moved message', `${(o / e).toFixed(2)}× an empty game's first frame (${Math.round(o)} / ${Math.round(e)} ms, median of ${runs}; aim ≤ 1.3×)`);

  const base = await crowd(browser, ours.url, 0);
  for (const n of [100, 1000, 10_000]) {
    const c = await crowd(browser, ours.url, n);
    say(`frame with ${n} messages drawn`, `${(c.cpu / base.cpu).toFixed(1)}× one with none (${c.cpu.toFixed(1)} / ${base.cpu.toFixed(1)} ms CPU; painter ${c.paint.toFixed(1)} ms; a frame every ${Math.round(c.every)} ms; ${c.allocs.toFixed(0)} allocations, ${base.allocs.toFixed(0)} with none)`);
  }
  say('idle page', `${await idle(browser, ours.url)} frames in 2 s`);
} finally {
  await browser.close();
  await Promise.all([ours.close(), theirs.close()]);
  rmSync(empty, { recursive: true, force: true });
}
