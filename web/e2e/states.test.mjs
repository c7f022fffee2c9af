// What the page says when things are not as they should be, at every size. RPCSCOPE_SHOTS names a folder for pictures of all of it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { closeBrowser, openPage, player, ready, startProgram, tab, until, violations } from './harness.mjs';
import { since, SITUATIONS, standIn } from './situations.mjs';

const SIZES = [[1440, 900], [1024, 768], [390, 844], [320, 640]];
const THEMES = [['dark', { colorScheme: 'dark', contrast: 'no-preference' }], ['light', { colorScheme: 'light', contrast: 'no-preference' }], ['contrast', { colorScheme: 'dark', contrast: 'more' }]];
const shots = process.env.RPCSCOPE_SHOTS;

let program;
let stream;
before(async () => {
  program = await startProgram();
  const dir = mkdtempSync(join(tmpdir(), 'rpcscope-'));
  const bin = process.env.RPCSCOPE_BIN ?? fileURLToPath(new URL('../../bin/rpcscope', import.meta.url));
  execFileSync(bin, ['simulate', 'one-call', '--until', '10s', '--format', 'flow', '-o', join(dir, 'a.flow')]);
  stream = readFileSync(join(dir, 'a.flow'));
  rmSync(dir, { recursive: true });
});
after(async () => {
  await closeBrowser();
  await program?.stop();
});

const picture = async (page, name) => shots && page.screenshot({ path: join(shots, `${name}.png`) });

/** Texts that are cut, spill out of the page, or lie upon each other. */
const spoiled = (page, root) => page.evaluate((root) => {
  const out = [];
  const say = (e, what) => out.push(`${what}: ${e.className || e.tagName} “${e.textContent.trim().slice(0, 40)}”`);
  const top = document.querySelector(root);
  if (!top) return [`no ${root}`];
  const words = [...top.querySelectorAll('*')].filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim() !== '') && e.checkVisibility() && !e.closest('.sr'));
  for (const e of words) {
    const b = e.getBoundingClientRect();
    if (b.left < -0.5 || b.right > innerWidth + 0.5 || b.bottom > innerHeight + 0.5 || b.top < -0.5) say(e, 'outside');
    if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && getComputedStyle(e).overflowX !== 'visible') say(e, 'cut');
  }
  words.forEach((a, i) => words.slice(i + 1).forEach((b) => {
    if (a.contains(b) || b.contains(a)) return;
    const [p, q] = [a.getBoundingClientRect(), b.getBoundingClientRect()];
    if (Math.min(p.right, q.right) - Math.max(p.left, q.left) > 2 && Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top) > 4 && !(getComputedStyle(a).display === 'inline' || getComputedStyle(b).display === 'inline')) say(a, `under “${b.textContent.slice(0, 20)}”`);
  }));
  return out;
}, root);

const bar = (page) => page.getByRole('region', { name: 'Broker and capture' });
const said = async (page) => (await bar(page).innerText()).replace(/\s+/g, ' ');

async function live(width, height, options = {}) {
  let server;
  const page = await openPage(program.url, { width, height, theme: 'system', touch: width < 700, prepare: async (p) => { server = await standIn(p, options); } });
  await bar(page).waitFor();
  return { page, server };
}

for (const [width, height] of SIZES) {
  test(`every situation of the live view is said in whole words: ${width}×${height}`, async () => {
    const { page, server } = await live(width, height, { stream });
    for (const [name, { says, tone, command }] of Object.entries(SITUATIONS)) {
      server.show(name);
      await until(page, name, () => said(page), (s) => says.test(s));
      assert.equal(await bar(page).locator('.word').getAttribute('class'), `word ${tone}`, name);
      if (command) assert.ok((await bar(page).locator('.tag code').allInnerTexts()).map((x) => x.trim()).includes(command), `${name}: the command stands by itself`);
      for (const [theme, media] of THEMES) {
        if (theme !== 'dark' && !shots) continue;
        await page.emulateMedia(media);
        assert.deepEqual(await spoiled(page, '#live'), [], `${name}, ${theme}`);
        await picture(page, `${name}-${width}-${theme}`);
      }
      const map = await page.locator('#frame').boundingBox();
      assert.ok(map.height >= Math.min(200, height * 0.3), `${name}: the map is left ${map.height} px`);
      await page.emulateMedia(THEMES[0][1]);
    }
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}

test('a program that was restarted is followed on its new stream, and a damaged stream is left for a fresh one', async () => {
  const { page, server } = await live(1440, 900, { stream });
  const follows = async (n, situation) => {
    await until(page, `connection ${n}`, server.connections, (c) => c === n);
    server.show(situation);
    await until(page, situation, () => said(page), (s) => SITUATIONS[situation].says.test(s));
    await player(page).getByRole('button', { name: /nova-compute/ }).first().waitFor();
    assert.equal(server.connections(), n, 'one stream is enough');
  };
  await follows(1, 'ok');
  await player(page).getByRole('button', { name: /nova-compute/ }).first().press('Enter');
  const chosen = page.getByRole('complementary', { name: 'Inspector' }).getByRole('heading', { name: /nova-compute/ });
  await chosen.waitFor();
  server.drop();
  await follows(2, 'idle');
  await chosen.waitFor();
  assert.deepEqual(page.complaints, []);
  for (let i = 0; i < 3; i++) server.send(Buffer.alloc(2000, 'no block'));
  await page.getByText(/The live stream was damaged/).first().waitFor();
  await follows(3, 'ok');
  await page.context().close();
});

test('axe finds nothing in what the live bar says, in any theme', async () => {
  const { page, server } = await live(1024, 768);
  for (const [theme, media] of THEMES) {
    await page.emulateMedia(media);
    for (const name of ['dropped', 'no-rights', 'broker-gone']) {
      server.show(name);
      await until(page, name, () => said(page), (s) => SITUATIONS[name].says.test(s));
      assert.deepEqual(await violations(page), [], `${name}, ${theme}`);
    }
  }
  await page.context().close();
});

test('a command that helps is copied by a press', async () => {
  const { page, server } = await live(1440, 900);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  server.show('tracing-off');
  await bar(page).getByRole('button', { name: /trace_on/ }).click();
  await page.getByText('Copied').first().waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), SITUATIONS['tracing-off'].command);
  await page.context().close();
});

for (const [width, height] of [SIZES[0], SIZES[3]]) {
  test(`the program that ends or refuses is told from the broker: ${width}×${height}`, async () => {
    for (const [name, code, reason, says] of [['server-gone', 1001, 'the live stream ended', /rpcscope itself does not answer/], ['refused', 1008, 'ask for the subprotocol rpcscope.v1', /refused this page: ask for/]]) {
      const { page, server } = await live(width, height, { stream });
      server.show('ok');
      await until(page, 'ok', () => said(page), (s) => SITUATIONS.ok.says.test(s));
      server.close(code, reason);
      await until(page, name, () => said(page), (s) => says.test(s));
      assert.equal(await bar(page).locator('.word').getAttribute('class'), 'word fault');
      assert.deepEqual(await spoiled(page, '#live'), [], name);
      await picture(page, `${name}-${width}-dark`);
      await page.context().close();
    }
  });
  test(`what keeps the engine from running is said over the map: ${width}×${height}`, async () => {
    const opened = (prepare) => openPage(program.url, { width, height, wait: false, touch: width < 700, prepare });
    const lost = await opened((page) => page.route('**/*.wasm', (route) => route.abort()));
    const alert = lost.getByRole('alert');
    await alert.getByText(/could not be loaded/).waitFor();
    assert.deepEqual(await spoiled(lost, '.fail'), []);
    await picture(lost, `wasm-failed-${width}-dark`);
    await lost.unroute('**/*.wasm');
    await alert.getByRole('button', { name: 'Try again' }).click();
    await ready(lost);
    await lost.context().close();

    let go;
    const slow = await opened((page) => page.route('**/*.wasm', async (route) => {
      await new Promise((resolve) => { go = resolve; });
      await route.continue();
    }));
    await slow.getByText('Loading the engine').waitFor();
    assert.deepEqual(await spoiled(slow, '.loading'), []);
    await picture(slow, `loading-${width}-dark`);
    await until(slow, 'the request for the engine', async () => go !== undefined, (x) => x);
    go();
    await ready(slow);
    await slow.context().close();

    const blind = await opened((page) => page.addInitScript(() => {
      const get = HTMLCanvasElement.prototype.getContext;
      HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
        return kind.startsWith('webgl') ? null : get.call(this, kind, ...rest);
      };
    }));
    await blind.getByRole('alert').getByText(/no WebGL 2/).waitFor();
    assert.deepEqual(await spoiled(blind, '.fail'), []);
    await picture(blind, `no-webgl2-${width}-dark`);
    await blind.context().close();
  });
}

test('a stream that was damaged begins anew and says so', async () => {
  const { page, server } = await live(1440, 900, { stream });
  const bad = Buffer.from(stream.subarray(8, 400));
  bad[40] ^= 0xff;
  server.send(bad);
  await page.getByText(/The live stream was damaged and begins anew/).first().waitFor();
  await picture(page, 'stream-damaged-1440-dark');
  await page.context().close();
});

test("live events are told by the clock and in the zone of the broker's logs", async () => {
  const { page, server } = await live(1440, 900, { stream: since(stream, Date.parse('2026-02-02T14:03:00+05:30')) });
  server.show('ok');
  await until(page, 'the zone', () => said(page), (s) => /IST/.test(s));
  await until(page, 'a node', () => player(page).getByRole('button', { name: /nova-api/ }).count(), (n) => n > 0);
  await tab(page, 'Log');
  await until(page, 'rows by the clock', () => page.locator('.row-log time').first().innerText(), (s) => /^14:03:0\d\.\d{3}$/.test(s));
  await page.locator('.log-foot').getByText('times in IST').waitFor();
  await page.locator('.row-log').filter({ hasText: 'published' }).first().click();
  await page.getByText(/^from 14:03:0\d\.\d{3} IST on$/).waitFor();
  await picture(page, 'live-clock-1440-dark');
  await page.context().close();
});

test('the map keeps showing what it had while the broker is gone', async () => {
  const { page, server } = await live(1440, 900, { stream });
  await until(page, 'nodes', () => player(page).getByRole('button', { name: /nova-api/ }).count(), (n) => n > 0);
  server.show('broker-gone');
  await until(page, 'gone', () => said(page), (s) => SITUATIONS['broker-gone'].says.test(s));
  assert.ok(await player(page).getByRole('button', { name: /nova-api/ }).count() > 0);
  await page.context().close();
});
