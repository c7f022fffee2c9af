// The sequence strip under load: hundreds of calls a second are counted in ribbons, bad ends stand out of them, and what is
// said of them is said to the pointer and to the keyboard alike.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { closeBrowser, openPage, startProgram, tab, until, violations } from './harness.mjs';

const asset = (name) => fileURLToPath(new URL(`../../assets/scenarios/${name}.json`, import.meta.url));

/** The call of the first scenario, by so many threads at once every so many milliseconds, and one that nobody takes every second. */
function rush(callers = 10, ms = 40) {
  const doc = JSON.parse(readFileSync(asset('one-call'), 'utf8'));
  const [worker, client] = doc.processes;
  const [thread] = client.threads;
  const hosts = ['host1', 'host2', 'host3'].map((host) => ({ ...structuredClone(worker), name: `nova-compute@${host}` }));
  const threads = Array.from({ length: callers }, (_, i) => ({ ...structuredClone(thread), start: `${100 + 4 * i}ms`, every: `${ms}ms` }));
  const lost = { start: '700ms', every: '1s', steps: [{ call: 'ping', topic: 'nobody', missing: true, args: { arg: 'x' }, timeout: '1s' }] };
  return { ...doc, name: 'rush', title: 'A rush', processes: [...hosts, { ...client, threads: [...threads, lost] }], actions: [] };
}

let dir;
let program;
before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'rpcscope-'));
  writeFileSync(join(dir, 'rush.json'), JSON.stringify(rush()));
  const bin = process.env.RPCSCOPE_BIN ?? fileURLToPath(new URL('../../bin/rpcscope', import.meta.url));
  execFileSync(bin, ['simulate', join(dir, 'rush.json'), '--until', '12s', '--format', 'flow', '-o', join(dir, 'rush.flow')]);
  program = await startProgram(['replay', join(dir, 'rush.flow')]);
});
after(async () => {
  await closeBrowser();
  await program?.stop();
  rmSync(dir, { recursive: true });
});

const send = (page, command) => page.evaluate((c) => document.getElementById('frame').contentWindow.rpcscope.send(c), JSON.stringify(command));

/** Opens the recording and stands at that display time, held. */
async function at(d, options) {
  const page = await openPage(program.url, options);
  // The recording begins to play once it is read, which may be after the first attempt to hold it.
  await until(page, 'the moment', async () => {
    await send(page, { cmd: 'pause' });
    await send(page, { cmd: 'seek', d });
    await page.waitForTimeout(100);
    return page.getByRole('slider', { name: 'Time' }).getAttribute('aria-valuenow');
  }, (v) => Math.abs(Number(v) - d) < 50);
  return page;
}

test('a rush is drawn as ribbons, its bad ends one by one, and what the engine sends stays small', async () => {
  const page = await at(8000);
  await until(page, 'ribbons', () => page.locator('.bands.past .band').count(), (n) => n >= 4);
  assert.ok(await page.locator('.tick-fault').count() >= 3, 'timeouts and what was returned have a mark each');
  assert.ok(await page.locator('.chart .h-fault').count() > 0, 'the hop that got lost is drawn');
  const size = await page.evaluate(() => new Promise((resolve) => {
    const { rpcscope } = document.getElementById('frame').contentWindow;
    const before = rpcscope.onPanel;
    rpcscope.onPanel = (json) => {
      rpcscope.onPanel = before;
      before(json);
      const { seq } = JSON.parse(json);
      resolve({ bytes: JSON.stringify(seq).length, drawn: seq.arrows.length + seq.spans.length, counted: seq.bands.flatMap((b) => b.n).reduce((p, q) => p + q, 0) });
    };
    rpcscope.send('{"cmd":"seek","d":8020}');
  }));
  assert.ok(size.bytes < 100_000 && size.drawn < 400 && size.counted > 5000, JSON.stringify(size));
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('the pointer and the keyboard hear how many there were', async () => {
  const page = await at(8000);
  const chart = await page.locator('.chart').boundingBox();
  await page.mouse.move(chart.x + chart.width * 0.3, chart.y + 16);
  const tip = page.locator('.tip');
  await until(page, 'the tip', () => tip.innerText(), (s) => /^nova-api/.test(s) && /\d+ calls, \d+ replies in/.test(s.replaceAll('\u00a0', ' ')));
  const [box, strip] = [await tip.boundingBox(), await page.locator('seq-strip').boundingBox()];
  assert.ok(box.x >= strip.x && box.x + box.width <= strip.x + strip.width);
  await page.mouse.move(10, 10);
  await tip.waitFor({ state: 'hidden' });
  await page.locator('.lanes').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await until(page, 'the spoken line', () => page.locator('seq-strip').getByRole('status').textContent(), (s) => /^nova: [\d\u00a0]+ calls/.test(s));
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press('Tab');
  await tip.waitFor({ state: 'hidden' });
  await page.context().close();
});

test('zooming in turns ribbons into hops', async () => {
  const page = await at(1000);
  await send(page, { cmd: 'load', doc: rush(2, 80) }); // where single hops can be told apart at all
  await send(page, { cmd: 'pause' });
  await send(page, { cmd: 'seek', d: 8000 });
  await until(page, 'ribbons', () => page.locator('.band').count(), (n) => n > 0);
  const scrub = await page.locator('.scrub').boundingBox();
  await page.mouse.move(scrub.x + scrub.width / 2, scrub.y + 20);
  await until(page, 'single hops', async () => {
    await page.mouse.wheel(0, -400);
    await page.waitForTimeout(150);
    return { bands: await page.locator('.band').count(), arrows: await page.locator('.chart .arrow').count() };
  }, (n) => n.bands === 0 && n.arrows > 0);
  await page.context().close();
});

test('lines below the edge are announced, and a press leads to them', async () => {
  const page = await at(8000);
  const more = page.locator('.more-lines');
  assert.match(await more.innerText(), /^\d+ more lines/);
  const last = page.locator('.names li').last();
  for (let i = 0; i < 6 && /more/.test(await more.innerText()); i++) {
    await more.click();
    await page.waitForTimeout(50);
  }
  const [line, lanes] = [await last.boundingBox(), await page.locator('.lanes').boundingBox()];
  assert.ok(line.y + line.height <= lanes.y + lanes.height + 1, 'the last line is in view');
  await more.click();
  await until(page, 'the first line', () => more.innerText(), (s) => /more/.test(s));
  await page.context().close();
});

for (const [width, height] of [[1440, 900], [1024, 768]]) {
  test(`the Calls view shows its last row: ${width}×${height}`, async () => {
    const page = await at(8000, { width, height });
    await tab(page, 'Calls');
    const box = await page.locator('.calls').boundingBox();
    for (const row of await page.locator('.calls tr, .calls .facts > div').all()) {
      const b = await row.boundingBox();
      assert.ok(b.y + b.height <= box.y + box.height + 0.5, `${await row.innerText()} ends at ${b.y + b.height}, the view at ${box.y + box.height}`);
    }
    await page.context().close();
  });
}

test('the log leads on to what its window leaves out', async () => {
  const page = await at(8000);
  await tab(page, 'Log');
  const foot = page.locator('.log-foot');
  const first = async () => Number(/^([\d\u00a0]+)–/.exec(await foot.innerText())[1].replaceAll('\u00a0', ''));
  const before = await first();
  await foot.getByRole('button', { name: 'Later' }).click();
  const later = await until(page, 'later rows', first, (n) => n > before);
  await foot.getByRole('button', { name: 'Earlier' }).click();
  await until(page, 'earlier rows', first, (n) => n < later);
  await page.context().close();
});
