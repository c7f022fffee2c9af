// What the benches in a browser share: a server for a folder, packed as the program packs it, and Chromium.
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { chromium } from 'playwright-core';

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.json': 'application/json', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };

/** Serves a folder on a port of its own as the program does: FILE.br is sent where it exists, and what lies in assets/ may be kept. */
export async function serve(root) {
  const server = createServer((request, response) => {
    let path = join(root, normalize(decodeURIComponent(new URL(request.url, 'http://x').pathname)));
    if (path.endsWith('/')) path += 'index.html';
    const packed = existsSync(`${path}.br`);
    if (!packed && !existsSync(path)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream', 'cache-control': path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache', ...(packed ? { 'content-encoding': 'br' } : {}) });
    createReadStream(packed ? `${path}.br` : path).pipe(response);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => new Promise((done) => { server.close(done); server.closeAllConnections(); }) };
}

const FLAGS = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];

export const openBrowser = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });

export const median = (values) => values.slice().sort((a, b) => a - b)[values.length >> 1] ?? NaN;
