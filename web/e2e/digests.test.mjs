// The model's event streams in the browser's WebAssembly: the Go test that digests them, compiled for the browser and run in an empty page, must
// give the digests that it gives natively. Nothing of it is in the program that is shipped.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { closeBrowser, openBrowser, PATIENCE } from './harness.mjs';

const model = join(dirname(fileURLToPath(import.meta.url)), '../../engine/scenario');
const folder = mkdtempSync(join(tmpdir(), 'rpcscope-digests-'));

let server;
before(async () => {
  const go = (args, env = {}) => execFileSync('go', args, { cwd: model, env: { ...process.env, ...env }, encoding: 'utf8' });
  go(['test', '-c', '-o', join(folder, 'model.wasm'), '.'], { GOOS: 'js', GOARCH: 'wasm' });
  const files = {
    '/': ['text/html', '<!doctype html><meta charset="utf-8"><title>Digests</title><link rel="icon" href="data:,"><script src="wasm_exec.js"></script>'],
    '/wasm_exec.js': ['text/javascript', readFileSync(join(go(['env', 'GOROOT']).trim(), 'lib/wasm/wasm_exec.js'))],
    '/model.wasm': ['application/wasm', readFileSync(join(folder, 'model.wasm'))],
  };
  server = createServer((request, response) => {
    const [type, body] = files[request.url] ?? ['text/plain', ''];
    response.writeHead(files[request.url] ? 200 : 404, { 'content-type': type }).end(body);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
});
after(async () => {
  await closeBrowser();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  rmSync(folder, { recursive: true, force: true });
});

test('every built-in scenario gives the same events, byte for byte, in the browser', { timeout: 3 * PATIENCE }, async () => {
  const page = await (await openBrowser()).newPage();
  const said = [];
  page.on('console', (m) => said.push(m.text()));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const code = await page.evaluate(async () => {
    const go = new globalThis.Go();
    go.argv = ['model.test', '-test.run=^TestDigests$', '-test.v', '-print'];
    let ended = -1;
    go.exit = (c) => (ended = c);
    const { instance } = await WebAssembly.instantiateStreaming(fetch('model.wasm'), go.importObject);
    await go.run(instance);
    return ended;
  });
  const out = said.join('\n');
  assert.equal(code, 0, out);
  assert.match(out, /--- PASS: TestDigests/);
  const want = readFileSync(join(model, 'testdata/digests.txt'), 'utf8').trim().split('\n');
  assert.ok(want.length >= 20, 'digests.txt is too short');
  assert.deepEqual(out.split('\n').filter((l) => / seed \d+: /.test(l)), want);
  await page.context().close();
});
