import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { axis, closeBrowser, counter, idle, openPage, pause, player, ready, startProgram, tab, until } from './harness.mjs';

let program;
before(async () => {
  program = await startProgram();
});
after(async () => {
  await closeBrowser();
  await program?.stop();
});

async function withPage(options, run) {
  const page = await openPage(program.url, options);
  try {
    await run(page);
    assert.deepEqual(page.complaints, [], 'the console stays empty');
  } finally {
    await page.context().close();
  }
}

test('the page opens on a running call, under a strict policy', () => withPage({}, async (page) => {
  const csp = page.response.headers()['content-security-policy'] ?? '';
  assert.match(csp, /default-src '(self|none)'/);
  assert.match(csp, /script-src 'self' 'wasm-unsafe-eval'(;|$)/);
  assert.match(csp, /style-src 'self'(;|$)/);
  assert.doesNotMatch(csp, /'unsafe-(inline|eval)'|\*|https?:/);
  await page.getByRole('button', { name: /One call, there and back/ }).waitFor();
  await page.getByRole('button', { name: 'Pause', exact: true }).waitFor();
  const first = await axis(page);
  await until(page, 'the playhead moves', () => axis(page), (a) => a.now > first.now && a.event > 0);
  await tab(page, 'Calls');
  await until(page, 'a call was published', () => counter(page, 'published.call'), (n) => n >= 1);
}));

test('nothing jumps while the page starts, and it says from the first what it opens with', () => withPage({ prepare: async (page) => {
  await page.addInitScript(() => {
    window.shifts = [];
    new PerformanceObserver((l) => window.shifts.push(...l.getEntries().map((e) => ({ value: e.value, what: e.sources.map((s) => s.node?.className ?? s.node?.nodeName) })))).observe({ type: 'layout-shift', buffered: true });
    new MutationObserver((_, o) => {
      const name = document.querySelector('.pick-name')?.textContent;
      if (name) o.disconnect();
      if (name) window.firstName ??= name;
    }).observe(document, { childList: true, subtree: true });
  });
} }, async (page) => {
  await until(page, 'some events', () => axis(page), (a) => a.event >= 6);
  assert.equal(await page.evaluate(() => window.firstName), 'One call, there and back');
  const shifts = await page.evaluate(() => window.shifts);
  assert.ok(shifts.reduce((n, s) => n + s.value, 0) < 0.01, JSON.stringify(shifts));
}));

test('an address that names no scenario opens the first and says so; one that names another shows no drawing of the first', () => withPage({}, async (page) => {
  assert.equal(await page.locator('html').getAttribute('data-still'), null);
  await page.goto(`${program.url}/?scenario=no-such`);
  await ready(page);
  await page.getByText('No scenario is named “no-such”; this is “One call, there and back”.').first().waitFor();
  await page.goto(`${program.url}/?scenario=nova-boot`, { waitUntil: 'commit' });
  await until(page, 'no drawing', () => page.locator('html').getAttribute('data-still'), (s) => s === 'none');
  await ready(page);
}));

test('pause holds, step goes one event on and one back, and the axis scrubs', () => withPage({}, async (page) => {
  await until(page, 'some events', () => axis(page), (a) => a.event >= 6);
  await pause(page);
  await idle(page);
  const held = await axis(page);
  await page.getByRole('button', { name: 'Step back' }).click();
  const back = await until(page, 'one event back', () => axis(page), (a) => a.event < held.event);
  await page.getByRole('button', { name: 'Step forward' }).click();
  await until(page, 'and forward again', () => axis(page), (a) => a.event > back.event);
  const slider = page.getByRole('slider', { name: 'Time' });
  await slider.focus();
  await page.keyboard.press('Home');
  await until(page, 'the start', () => axis(page), (a) => a.now === 0 || a.event <= 1);
  const box = await slider.boundingBox();
  await page.mouse.click(box.x + box.width * 0.5, box.y + box.height / 2);
  await until(page, 'the middle of the axis', () => axis(page), (a) => a.now > 0);
}));

test('a file that is no recording leaves the page as it was, a cut one shows what it has', () => withPage({}, async (page) => {
  const dir = mkdtempSync(join(tmpdir(), 'rpcscope-'));
  const bin = process.env.RPCSCOPE_BIN ?? fileURLToPath(new URL('../../bin/rpcscope', import.meta.url));
  execFileSync(bin, ['simulate', 'one-call', '--until', '900s', '--format', 'flow', '-o', join(dir, 'whole.flow')]);
  const whole = readFileSync(join(dir, 'whole.flow'));
  writeFileSync(join(dir, 'cut.flow'), whole.subarray(0, Math.floor(whole.length * 0.9)));
  writeFileSync(join(dir, 'foreign.flow'), 'hello');
  writeFileSync(join(dir, 'empty.flow'), '');
  const open = async (name) => {
    await page.getByRole('button', { name: /Choose a scenario/ }).click();
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: /Open a file/ }).click()]);
    await chooser.setFiles(join(dir, name));
  };
  try {
    await until(page, 'some events', () => axis(page), (a) => a.event >= 20);
    for (const name of ['foreign.flow', 'empty.flow']) {
      await open(name);
      await page.getByText(new RegExp(`${name} could not be opened`)).first().waitFor();
      await page.getByRole('button', { name: /One call, there and back/ }).waitFor();
      await until(page, 'the scenario is still there', () => axis(page), (a) => a.event >= 20);
    }
    await open('cut.flow');
    await page.getByText(/cut\.flow is shown as far as it can be read/).first().waitFor();
    await until(page, 'the good part', () => axis(page), (a) => a.events > 100);
    await open('whole.flow');
    await page.getByRole('button', { name: /whole\.flow/ }).waitFor();
    await page.getByRole('group', { name: 'Source' }).getByRole('button', { name: 'Play' }).click();
    await page.getByRole('button', { name: /One call, there and back/ }).waitFor();
  } finally {
    rmSync(dir, { recursive: true });
  }
}));

test('a low window gives the map its room', () => withPage({ width: 844, height: 390, touch: true }, async (page) => {
  const box = await page.locator('#frame').boundingBox();
  assert.ok(box.height >= 200, `the map is ${box.height} px high`);
  await page.getByRole('tab', { name: 'Log', exact: true }).click();
  await page.getByRole('listbox', { name: 'Event log' }).waitFor();
}));

test('the legend ends above the transport', () => withPage({}, async (page) => {
  await page.getByRole('button', { name: 'Legend' }).click();
  const legend = await page.locator('.legend').boundingBox();
  const dock = await page.locator('#dock').boundingBox();
  assert.ok(legend.y + legend.height <= dock.y, `it ends at ${legend.y + legend.height}, the transport begins at ${dock.y}`);
}));

test('sends of one name are told apart, by what they call or by where they go', () => withPage({}, async (page) => {
  for (const scenario of ['notify', 'two-servers']) {
    await page.goto(`${program.url}/?scenario=${scenario}`);
    await ready(page);
    const texts = await page.getByRole('group', { name: 'Send' }).getByRole('button').allTextContents();
    assert.equal(new Set(texts.map((x) => x.trim())).size, texts.length, texts.join(', '));
  }
}));

test('a map whose document cannot be had says so and comes back at a press', () => withPage({}, async (page) => {
  await page.context().setOffline(true);
  await page.evaluate(() => document.getElementById('frame').contentWindow.location.reload());
  await page.getByText('The map could not be loaded').waitFor();
  await page.context().setOffline(false);
  await page.getByRole('button', { name: 'Try again' }).click();
  await until(page, 'the map', () => player(page).getByRole('button', { name: /nova-api/ }).count().catch(() => 0), (n) => n > 0);
  page.complaints.length = 0; // the browser's own words about the lost connection
}));

test('a scenario of one\'s own opens from a file, and a faulty one says where and how until it is dismissed', () => withPage({}, async (page) => {
  const open = async (name, text) => {
    await page.getByRole('button', { name: /Choose a scenario/ }).click();
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: /Open a file/ }).click()]);
    await chooser.setFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
  };
  const problem = page.getByRole('region', { name: 'Problem' });
  const own = (steps) => ({
    name: 'own', title: 'One of my own',
    processes: [
      { name: 'twice@h', servers: [{ topic: 't', endpoints: [{ class: 'E', methods: { m: { steps } } }] }] },
      { name: 'asks@h', threads: [{ start: '1s', steps: [{ cast: 'm', topic: 't' }] }] },
    ],
  });
  await open('mine.json', JSON.stringify(own([{ sleep: '10ms' }])));
  await page.getByRole('button', { name: /One of my own/ }).waitFor();
  await until(page, 'its processes', () => player(page).getByRole('button', { name: /twice/ }).count(), (n) => n > 0);
  await page.reload();
  await ready(page);
  await page.getByRole('button', { name: /One of my own/ }).waitFor();

  await open('broken.json', JSON.stringify({ ...own([{ sleep: '10ms' }]), sed: 4 }));
  await problem.getByText(/broken\.json could not be opened/).waitFor();
  assert.match(await problem.innerText(), /\$.*sed/);
  await page.getByRole('button', { name: /One of my own/ }).waitFor();
  await problem.getByRole('button', { name: 'Dismiss' }).click();
  await problem.waitFor({ state: 'detached' });
}));

test('a file held over the map is asked for, as over the rest of the page', () => withPage({}, async (page) => {
  const hold = (type) => page.frame({ url: /player/ }).evaluate((t) => {
    const files = new DataTransfer();
    files.items.add(new File(['hello'], 'picture.png'));
    document.body.dispatchEvent(new DragEvent(t, { dataTransfer: files, bubbles: true, cancelable: true }));
  }, type);
  const hint = page.getByText('Drop the scenario or recording to open it');
  await hold('dragover');
  await hint.waitFor();
  await hold('drop');
  await hint.waitFor({ state: 'detached' });
  await page.getByText(/picture\.png could not be opened/).first().waitFor();
}));

test('on a phone the map keeps its size, whatever is said below it', () => withPage({ width: 430, height: 932, touch: true }, async (page) => {
  await page.evaluate(() => {
    window.heights = new Set();
    new ResizeObserver(([e]) => window.heights.add(Math.round(e.contentRect.height))).observe(document.getElementById('frame'));
  });
  await until(page, 'three calls', () => axis(page), (a) => a.event > 60);
  assert.equal(await page.evaluate(() => window.heights.size), 1, 'one height');
}));

for (const kind of ['call', 'cast', 'fanout']) {
  test(`sending a ${kind} publishes one more ${kind}`, () => withPage({}, async (page) => {
    await pause(page);
    await idle(page);
    await tab(page, 'Calls');
    const button = page.getByRole('group', { name: 'Send' }).getByRole('button', { name: new RegExp(`^${kind}\\b`) });
    const before = await counter(page, `published.${kind}`);
    await button.click();
    await page.getByRole('button', { name: 'Play', exact: true }).click();
    await until(page, `published ${kind}s`, () => counter(page, `published.${kind}`), (n) => n > before);
  }));
}

test('a key pressed in the map acts on the page, once', () => withPage({}, async (page) => {
  await pause(page);
  await idle(page);
  await tab(page, 'Calls');
  const before = await counter(page, 'published.cast');
  await player(page).getByRole('button', { name: /nova-api/ }).first().focus();
  await page.keyboard.press('s');
  await page.getByRole('button', { name: 'Undo' }).and(page.locator(':enabled')).waitFor();
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await until(page, 'one more cast', () => counter(page, 'published.cast'), (n) => n > before);
  await pause(page);
  assert.equal(await counter(page, 'published.cast'), before + 1);
}));

test('a send can be undone and redone', () => withPage({}, async (page) => {
  await pause(page);
  const undo = page.getByRole('button', { name: 'Undo' });
  const redo = page.getByRole('button', { name: 'Redo' });
  await page.keyboard.press('s');
  await undo.and(page.locator(':enabled')).click();
  await redo.and(page.locator(':enabled')).click();
  await undo.and(page.locator(':enabled')).waitFor();
}));

test('another scenario is found by typing and loads', () => withPage({}, async (page) => {
  await page.getByRole('button', { name: /Choose a scenario/ }).click();
  const field = page.getByRole('combobox', { name: 'Find a scenario' });
  await field.fill('boot');
  await until(page, 'the one that is found', () => page.getByRole('option').allInnerTexts(), (all) => all.length === 1 && /Nova: boot a server/.test(all[0]));
  await field.press('Enter');
  await page.getByRole('button', { name: /Nova: boot a server/ }).waitFor();
  await until(page, 'nodes of the new scenario', () => player(page).getByRole('button', { name: /nova-conductor/ }).count(), (n) => n > 0);
}));

test('a click on a node shows its facts, Escape lets go of it', () => withPage({}, async (page) => {
  await pause(page);
  const node = player(page).getByRole('button', { name: /nova-compute/ }).first();
  await node.focus();
  await page.keyboard.press('Enter');
  const side = page.getByRole('complementary', { name: 'Inspector' });
  await side.getByRole('heading', { name: /nova-compute/ }).waitFor();
  await page.keyboard.press('Escape');
  await side.getByRole('heading', { name: 'Nothing selected' }).waitFor();
}));

test('the log lists what happened; a row takes the playhead there', () => withPage({}, async (page) => {
  await until(page, 'some events', () => axis(page), (a) => a.event >= 8);
  await pause(page);
  await idle(page);
  await tab(page, 'Log');
  const rows = page.getByRole('listbox', { name: 'Event log' }).getByRole('option');
  await rows.first().waitFor();
  const target = rows.nth(2);
  const number = Number(await target.getAttribute('aria-posinset'));
  await target.click();
  await until(page, 'the playhead at that event', () => axis(page), (a) => Math.abs(a.event - number) <= 1);
}));

test('the theme is chosen, kept, and reaches the map', () => withPage({}, async (page) => {
  await page.getByRole('button', { name: 'Theme' }).click();
  await page.getByRole('menuitemradio', { name: 'Light' }).click();
  assert.equal(await page.locator('html').getAttribute('data-theme'), 'light');
  await until(page, "the map's theme", () => player(page).locator('html').getAttribute('data-theme'), (t) => t === 'light');
  await page.reload();
  assert.equal(await page.locator('html').getAttribute('data-theme'), 'light');
  await ready(page);
}));

test('speed goes by keys and says itself', () => withPage({}, async (page) => {
  const slider = page.getByRole('slider', { name: 'Speed' });
  await slider.focus();
  await page.keyboard.press('ArrowRight');
  await until(page, 'twice the speed', () => slider.getAttribute('aria-valuetext'), (v) => v?.startsWith('2 '));
  await page.keyboard.press('Home');
  await until(page, 'the slowest', () => slider.getAttribute('aria-valuetext'), (v) => v?.startsWith('1/1'));
}));

test('a restarted player comes back to what was sent', () => withPage({}, async (page) => {
  await pause(page);
  await page.keyboard.press('s');
  await idle(page);
  await tab(page, 'Calls');
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await until(page, 'the cast', () => counter(page, 'published.cast'), (n) => n >= 1);
  await pause(page);
  const had = await counter(page, 'published.cast');
  const at = await axis(page);
  await page.evaluate(() => document.getElementById('frame').contentWindow.location.reload());
  await page.waitForFunction(() => document.getElementById('frame').contentWindow.rpcscope !== undefined, null, { polling: 100 });
  await until(page, 'the same moment', () => axis(page), (a) => Math.abs(a.now - at.now) <= 5);
  await until(page, 'the same casts', () => counter(page, 'published.cast'), (n) => n === had);
}));

test('a phone has the sends, the axis and the play button under the thumb', () => withPage({ width: 390, height: 844, touch: true }, async (page) => {
  for (const name of ['Step back', 'Step forward', /^call$/, /^cast$/, /^fanout$/]) {
    const box = await page.getByRole('button', { name }).first().boundingBox();
    assert.ok(box.width >= 44 && box.height >= 44, `${name} is ${box.width}×${box.height}`);
    assert.ok(box.x >= 0 && box.x + box.width <= 390 && box.y + box.height <= 844);
  }
  await page.getByRole('button', { name: /Show details/ }).click();
  await page.getByRole('tab', { name: 'Log' }).click();
  await page.getByRole('listbox', { name: 'Event log' }).waitFor();
  await page.getByRole('button', { name: /Hide details/ }).click();
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
}));

test('nothing spills at the narrowest width', () => withPage({ width: 360, height: 640, touch: true }, async (page) => {
  const wide = await page.evaluate(() => [...document.querySelectorAll('button, h1, input, .time')].filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5).map((e) => e.outerHTML.slice(0, 80)));
  assert.deepEqual(wide, []);
}));
