// Our engine in a browser against the smallest Ebitengine game: size, time to the first moving frame, cost of a frame.
// `node bench/wasm.mjs` after `npm run build`; prints one row per figure. RUNS (default 5) page loads are taken of each.
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
/** A row of the table that .ci/bench begins. */
const row = (what, measured, aim = '', met = '') => console.log(`${what.padEnd(44)} ${measured.padEnd(34)} ${aim.padEnd(22)} ${met}`);
/** A row whose figure should be at most the aim. */
const most = (what, value, aim, text) => row(what, text, `≤ ${aim}×`, Number(value.toFixed(2)) <= aim ? 'met' : 'NOT MET');

/** The empty game in a page of its own; with the tag mallocs it tells its allocations. */
function buildEmpty(...flags) {
  const dir = mkdtempSync(join(tmpdir(), 'rpcscope-empty-'));
  const wasm = join(dir, 'empty.wasm');
  execFileSync('go', ['build', '-trimpath', '-ldflags=-s -w', ...flags, '-o', wasm, './wasm/internal/empty'], { cwd: join(web, '..'), env: { ...process.env, GOOS: 'js', GOARCH: 'wasm' }, stdio: 'inherit' });
  if (flags.length === 0) writeFileSync(`${wasm}.br`, pack(readFileSync(wasm)));
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

/** Runs in a page before its scripts: notes the Go allocations of every animation frame without a panel model, those of asking included. */
const noteAllocations = () => {
  const next = window.requestAnimationFrame.bind(window);
  globalThis.frameAllocations = [];
  window.requestAnimationFrame = (draw) => next((t) => {
    const mallocs = globalThis.emptyMallocs ?? globalThis.rpcscopeHost?.engine?.mallocs;
    const panels = globalThis.rpcscopeStats?.().panelMicros;
    const before = mallocs?.();
    draw(t);
    if (before === undefined) return;
    const after = mallocs();
    if (globalThis.rpcscopeStats?.().panelMicros === panels) globalThis.frameAllocations.push(after - before);
  });
};

/** So many frames are let pass, and as many measured. */
const FRAMES = 40;

/** Allocations of a frame without panels, by median: what happens once in a while, such as a new chunk of the log, is left out. */
async function allocations(browser, url, play) {
  const context = await browser.newContext({ viewport: VIEW });
  await context.addInitScript(noteAllocations);
  const page = await context.newPage();
  await page.goto(url);
  if (play) await page.evaluate(async (scenario) => {
    await globalThis.rpcscope.ready;
    for (const c of [{ cmd: 'load', scenario }, { cmd: 'play' }]) globalThis.rpcscope.send(JSON.stringify(c));
  }, play);
  await page.waitForFunction((n) => globalThis.frameAllocations.length >= n, 2 * FRAMES, { polling: 100, timeout: 120_000 });
  const list = (await page.evaluate(() => globalThis.frameAllocations)).slice(-FRAMES);
  await context.close();
  return median(list);
}

/** What a frame costs while n messages are in flight: all of it, and the engine's, the painter's and the panels' share (ms). */
async function crowd(browser, url, n) {
  const page = await (await browser.newContext({ viewport: VIEW })).newPage();
  await page.goto(`${url}/player.html?crowd=${n}`);
  const stats = () => page.evaluate(() => globalThis.rpcscopeStats());
  const passed = (count) => page.waitForFunction((c) => globalThis.rpcscopeStats?.().count >= c, count, { polling: 100, timeout: 300_000 });
  await passed(FRAMES);
  // The first messages must have arrived before as many are in flight as are asked for.
  await page.waitForTimeout(3000);
  const before = await stats();
  await passed(before.count + FRAMES);
  const after = await stats();
  await page.context().close();
  const frames = after.count - before.count;
  const times = after.times.slice(-frames);
  const share = (name) => ((after[name] - before[name]) >>> 0) / 1000 / frames;
  return {
    cpu: times.reduce((sum, t) => sum + t, 0) / times.length, median: median(times), every: median(after.intervals.slice(-frames)),
    engine: share('stageMicros'), painter: share('paintMicros'), panels: share('panelMicros'),
  };
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
const telling = buildEmpty('-tags=mallocs');
const [ours, theirs, tells] = await Promise.all([serve(dist), serve(empty), serve(telling)]);
const browser = await openBrowser();
try {
  const a = manifest.files[name].quality === 11 ? statSync(join(dist, `${name}.br`)).size : pack(readFileSync(join(dist, name))).length;
  const b = statSync(join(empty, 'empty.wasm.br')).size;
  most('size of the wasm in brotli, × an empty game', a / b, 1.3, `${(a / b).toFixed(2)}× (${MB(a)} / ${MB(b)})`);

  const first = { ours: [], empty: [] };
  for (let i = 0; i < runs; i++) { // in turns, so that both see the same machine
    first.empty.push(await timeTo(browser, `${theirs.url}/`, 'drawn'));
    first.ours.push(await timeTo(browser, `${ours.url}/`, 'rpcscope-moved'));
  }
  const [o, e] = [Math.min(...first.ours), Math.min(...first.empty)];
  most('first moved message, × its first frame', o / e, 1.3, `${(o / e).toFixed(2)}× (${Math.round(o)} / ${Math.round(e)} ms)`);
  const [om, em] = [median(first.ours), median(first.empty)];
  row(`  the same by medians of ${runs} (above: best)`, `${(om / em).toFixed(2)}× (${Math.round(om)} / ${Math.round(em)} ms)`);
  // The first picture shows a message that has moved since the model began; by the next one it has moved on the screen.
  const next = Math.round(await timeTo(browser, `${ours.url}/`, 'rpcscope-moving'));
  row('  the picture after it, one run', `${next} ms`);

  const own = await allocations(browser, `${tells.url}/`);
  for (const [what, page, scenario] of [['nova-boot playing', 'player.html', 'nova-boot'], ['1,000 messages in flight', 'player.html?crowd=1000']]) {
    const c = await allocations(browser, `${ours.url}/${page}`, scenario);
    row(`allocations per frame, ${what}`, `${c - own} (${c} − ${own} of an empty game)`, '0', c <= own ? 'met' : 'NOT MET');
  }
  // A live stream with so many messages between publish and acknowledgement: decoder, pace, fold, layout, scene, painter in every frame.
  for (const [n, aim] of [[0], [100], [1000, 4], [10_000, 16]]) {
    const c = await crowd(browser, ours.url, n);
    const ms = (t) => t.toFixed(1);
    row(`CPU per frame, ${n} messages in flight`, `${ms(c.median)} ms (mean ${ms(c.cpu)})`, aim ? `≤ ${aim} ms` : '', aim ? (c.median <= aim ? 'met' : 'NOT MET') : '');
    row('  mean: engine, painter, panels, the rest', `${ms(c.engine)}, ${ms(c.painter)}, ${ms(c.panels)}, ${ms(c.cpu - c.engine - c.painter - c.panels)} ms`, '', `a frame every ${Math.round(c.every)} ms`);
  }
  const drawn = await idle(browser, ours.url);
  row('frames of an idle page in 2 s', String(drawn), '0', drawn === 0 ? 'met' : 'NOT MET');
} finally {
  await browser.close();
  await Promise.all([ours.close(), theirs.close(), tells.close()]);
  for (const dir of [empty, telling]) rmSync(dir, { recursive: true, force: true });
}
