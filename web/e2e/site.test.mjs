// The page as a static folder, under a path of its own and from a server that knows nothing: what `make site` makes.
import assert from 'node:assert/strict';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { axis, closeBrowser, openPage, ready, until } from './harness.mjs';

const dist = process.env.DIST ?? join(dirname(fileURLToPath(import.meta.url)), '../dist');
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.wasm': 'application/wasm', '.json': 'application/json', '.woff2': 'font/woff2' };
const BASE = '/some/where/';

let server;
const missing = [];
before(async () => {
  server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://x').pathname);
    let file = join(dist, normalize(path.slice(BASE.length - 1)));
    if (path.endsWith('/')) file = join(file, 'index.html');
    if (!path.startsWith(BASE) || !existsSync(file) || !statSync(file).isFile()) {
      missing.push(path);
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
});
after(async () => {
  await closeBrowser();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

test('a static copy plays under any path, and asks for nothing that is not there', async () => {
  const page = await openPage(`http://127.0.0.1:${server.address().port}${BASE}`, {});
  await ready(page);
  await until(page, 'the playhead moves', () => axis(page), (a) => a.event > 0);
  assert.deepEqual(missing, []);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
