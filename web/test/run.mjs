// Runs the unit tests of the page's pure parts: esbuild turns each into one module, Node runs them.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scenarioPlugin } from '../build-scenarios.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const out = mkdtempSync(join(tmpdir(), 'rpcscope-web-test-'));
const files = readdirSync(here).filter((f) => f.endsWith('.test.ts'));
await build({ entryPoints: files.map((f) => join(here, f)), outdir: out, outExtension: { '.js': '.mjs' }, bundle: true, platform: 'node', format: 'esm', logLevel: 'warning', plugins: [scenarioPlugin(join(here, '../../assets/scenarios'))] });
const r = spawnSync(process.execPath, ['--test', ...files.map((f) => join(out, f.replace('.ts', '.mjs')))], { stdio: 'inherit' });
rmSync(out, { recursive: true, force: true });
process.exit(r.status ?? 1);
