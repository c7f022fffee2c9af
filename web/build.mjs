// Builds everything the browser loads into dist/: `node build.mjs [--dev DIR] [--fast]`.
//
// The pages name their sources (src="src/main.ts", href="src/styles/app.css", href="rpcscope.wasm"); each such reference is
// replaced by the output's name, which carries a hash of its content. Therefore all of dist/assets may be cached for ever,
// and only the pages need revalidation. Every output also exists as .br and .gz where that is smaller.
//
// The engine is expected at dist/rpcscope.wasm (go build -o); its data is joined (build-wasm.mjs) and it is moved to its
// hashed name. Without it the pages are built all the same, from the last engine if there is one.
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { scenarioPlugin } from './build-scenarios.mjs';
import { joinData } from './build-wasm.mjs';

const root = dirname(fileURLToPath(import.meta.url));
process.chdir(root);
const args = process.argv.slice(2);
const dev = args.includes('--dev');
const fast = dev || args.includes('--fast');
const out = dev ? args[args.indexOf('--dev') + 1] : 'dist';
const assets = join(out, 'assets');
mkdirSync(assets, { recursive: true });

const hash = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 10);
/** Outputs by what the sources call them: 'src/main.ts' → 'assets/main-1a2b3c4d5e.js'. */
const named = new Map();
const kept = new Set();

function emit(source, ext, bytes) {
  const stem = basename(source, extname(source));
  const name = `assets/${stem}-${hash(bytes)}${ext}`;
  writeFileSync(join(out, name), bytes);
  named.set(source, name);
  kept.add(name);
  return name;
}

async function bundle(entryPoints) {
  const result = await build({
    entryPoints, outdir: out, bundle: true, format: 'esm', target: ['es2022', 'chrome109', 'firefox115', 'safari16.4'],
    minify: !dev, sourcemap: dev ? 'linked' : false, legalComments: 'none', charset: 'utf8', metafile: true,
    entryNames: 'assets/[name]-[hash]', assetNames: 'assets/[name]-[hash]', loader: { '.woff2': 'file' },
    alias: { wasm_exec: wasmExec() }, plugins: [scenarioPlugin(join(root, '../assets/scenarios'))],
  });
  for (const [path, o] of Object.entries(result.metafile.outputs)) {
    const name = relative(out, path);
    kept.add(name);
    if (o.entryPoint) named.set(o.entryPoint, name);
    else if (path.endsWith('.woff2')) for (const input of Object.keys(o.inputs)) named.set(input, name);
  }
}

function wasmExec() {
  const goroot = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
  const path = [join(goroot, 'lib/wasm/wasm_exec.js'), join(goroot, 'misc/wasm/wasm_exec.js')].find(existsSync);
  if (!path) throw new Error(`wasm_exec.js not found under ${goroot}: is Go installed completely?`);
  return path;
}

/** Scripts that must run before the first paint cannot be modules; they are bundled one by one as plain scripts. */
async function classic(entry) {
  const r = await build({ entryPoints: [entry], bundle: true, format: 'iife', minify: !dev, write: false, target: 'es2022', legalComments: 'none' });
  emit(entry, '.js', r.outputFiles[0].contents);
}

function engine() {
  const fresh = join(out, 'rpcscope.wasm');
  if (existsSync(fresh)) {
    const joined = joinData(readFileSync(fresh));
    if (joined) writeFileSync(fresh, joined);
    else console.warn('web: the engine is not of the form that this Go linker was known to give it: it works, but is larger to download');
    const name = `assets/rpcscope-${hash(readFileSync(fresh))}.wasm`;
    renameSync(fresh, join(out, name));
    named.set('rpcscope.wasm', name);
  } else {
    const last = readdirSync(assets).filter((f) => /^rpcscope-[0-9a-f]{10}\.wasm$/.test(f))
      .sort((a, b) => statSync(join(assets, b)).mtimeMs - statSync(join(assets, a)).mtimeMs)[0];
    if (last) named.set('rpcscope.wasm', `assets/${last}`);
    else if (!dev) console.warn('web: no engine at dist/rpcscope.wasm; the page will say that it cannot start');
  }
  if (named.has('rpcscope.wasm')) kept.add(named.get('rpcscope.wasm'));
}

/** Replaces what a page's src and href name, and {{file}} by that file's text. */
function page(source) {
  let html = readFileSync(source, 'utf8').replace(/\{\{(.+?)\}\}/g, (_, f) => readFileSync(f.trim(), 'utf8').trim());
  html = html.replace(/\b(src|href)="([^"#:]+)"/g, (whole, attr, ref) => (named.has(ref) ? `${attr}="${named.get(ref)}"` : whole));
  const missing = [...html.matchAll(/\b(?:src|href)="((?:src|node_modules)\/[^"]+)"/g)].map((m) => m[1]);
  if (missing.length) throw new Error(`${source} names what was not built: ${missing.join(', ')}`);
  html = html.replace(/<!--.*?-->/gs, '').replace(/>\s*\n\s*</g, '>\n<');
  if (/<[^>]+\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=/i.test(html)) throw new Error(`${source}: inline style, script or handler, which the page's policy forbids`);
  const name = basename(source);
  writeFileSync(join(out, name), html);
  kept.add(name);
}

function compress(name) {
  const path = join(out, name);
  const bytes = readFileSync(path);
  const sizes = { bytes: bytes.length };
  if (/\.(woff2|map)$/.test(name)) return sizes;
  const quality = fast ? 5 : 11;
  for (const [ext, pack] of [
    ['br', () => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length, [constants.BROTLI_PARAM_LGWIN]: 24 } })],
    ['gz', () => gzipSync(bytes, { level: fast ? 6 : 9 })],
  ]) {
    const target = `${path}.${ext}`;
    // A hashed name means the same content; packing the engine again would cost half a minute.
    const reuse = name.startsWith('assets/') && existsSync(target) && statSync(target).mtimeMs >= statSync(path).mtimeMs && (fast || readMark(name) === quality);
    const packed = reuse ? readFileSync(target) : pack();
    if (!reuse) writeFileSync(target, packed);
    if (packed.length < bytes.length) { sizes[ext] = packed.length; kept.add(`${name}.${ext}`); } else rmSync(target, { force: true });
  }
  sizes.quality = quality;
  return sizes;
}

const manifestPath = join(out, 'manifest.json');
const before = existsSync(manifestPath) ? JSON.parse(readFileSync(manifestPath, 'utf8')) : { files: {} };
function readMark(name) { return before.files[name]?.quality; }

function sweep(dir) {
  for (const f of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, f.name);
    if (f.isDirectory()) sweep(path);
    else if (f.name !== '.keep' && !kept.has(relative(out, path))) rmSync(path);
  }
}

const player = existsSync('player.html') && existsSync('src/player/main.ts');
engine();
emit('wasm_exec.js', '.js', readFileSync(wasmExec()));
emit('src/favicon.svg', '.svg', readFileSync('src/favicon.svg'));
await classic('src/boot.ts');
// A program that serves the page says more than this; a static copy just plays.
writeFileSync(join(out, 'config.json'), '{"mode":"play"}\n');
kept.add('config.json');
await bundle(['src/main.ts', 'src/styles/app.css', ...(player && !dev ? ['src/player/main.ts'] : []), ...(dev ? ['src/dev/fake-player.ts'] : []),
  ...(player && existsSync('src/player/player.css') ? ['src/player/player.css'] : [])]);
page('index.html');
if (dev) { page('src/dev/player.html'); } else if (player) page('player.html');

const files = {};
for (const name of [...kept].sort()) files[name] = dev ? { bytes: statSync(join(out, name)).size } : compress(name);
writeFileSync(manifestPath, JSON.stringify({ files, names: Object.fromEntries([...named].sort()) }, null, 1) + '\n');
kept.add('manifest.json');
sweep(out);
for (const [name, s] of Object.entries(files)) if (!name.endsWith('.map')) console.log(`${String(s.bytes).padStart(9)} ${String(s.br ?? '').padStart(9)}  ${name}`);
