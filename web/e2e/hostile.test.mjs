// Names that others chose: markup, marks that turn text around, piles of marks, very long words. The page shows them and obeys none.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { closeBrowser, openPage, player, startProgram, tab, until } from './harness.mjs';

const MARKUP = '<img src=x onerror=alert(1)>';
const PILE = `z${'\u0337'.repeat(12)}`;
const LONG = 'W'.repeat(150);
const scenario = {
  title: `${MARKUP} & friends`, description: '<script>alert(1)</script>', broker: { name: 'rabbit@عربي' },
  processes: [
    { name: `${MARKUP}@h1`, servers: [{ topic: '<i>t</i>#*..', server: 'خادم', endpoints: [{ methods: { [MARKUP]: { takes: '20ms' }, [LONG]: {} } }] }] },
    { name: `${PILE} 👩\u200d💻`, host: 'h2', threads: [{ start: '300ms', every: '1s', steps: [{ call: MARKUP, topic: '<i>t</i>#*..' }, { fanout: LONG, topic: '<i>t</i>#*..' }] }] },
  ],
  actions: [{ client: `${PILE} 👩\u200d💻`, call: MARKUP, topic: '<i>t</i>#*..', label: '<u>עברית</u>' }],
};

const programs = [];
after(async () => {
  await closeBrowser();
  for (const p of programs) await p.stop();
});
const start = async (args) => {
  programs.push(await startProgram(args));
  return programs.at(-1).url;
};

/** Everything that the page and the map say, to eyes and to others. */
const said = (page) => page.evaluate(() => [document, document.getElementById('frame').contentDocument].map((d) => `${d.title} ${d.body.innerText} ${[...d.querySelectorAll('[title], [aria-label]')].map((e) => `${e.title} ${e.ariaLabel}`).join(' ')}`).join(' '));
const strangers = (page) => page.evaluate(() => [document, document.getElementById('frame').contentDocument].map((d) => d.querySelectorAll('img, u, [onerror], [onload]').length).reduce((a, b) => a + b));

for (const [width, height] of [[1440, 900], [390, 844]]) {
  test(`names are shown and nothing in them is obeyed, ${width} wide`, async () => {
    const page = await openPage(await start([]), { width, height });
    const asked = [];
    page.on('dialog', (d) => { asked.push(d.message()); void d.dismiss(); });
    const before = await strangers(page);
    await page.getByRole('button', { name: /Choose a scenario/ }).click();
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: /Open a file/ }).click()]);
    await chooser.setFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(scenario)) });
    const process = player(page).getByRole('button', { name: /onerror/ }).first();
    await until(page, 'the process with markup for a name', () => process.count(), (n) => n > 0);
    await process.focus();
    await page.keyboard.press('Enter');
    await until(page, 'its name', () => said(page), (s) => s.includes(MARKUP));
    if (width > 1000) {
      await tab(page, 'Log');
      await until(page, 'a pile, counted, in the log', () => page.getByRole('tabpanel').innerText().catch(() => said(page)), (s) => s.includes('‹+10›'));
    }
    assert.equal(await strangers(page), before, 'elements that names made');
    assert.deepEqual(asked, []);
    assert.deepEqual(page.complaints, []);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, 'the page is wider than the window');
    await page.context().close();
  });
}

test('what turns text around in a recording is written out', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'rpcscope-'));
  const bin = globalThis.process.env.RPCSCOPE_BIN ?? fileURLToPath(new URL('../../bin/rpcscope', import.meta.url));
  const capture = readFileSync(fileURLToPath(new URL('../../cmd/serve/testdata/03-call-topic-2servers.jsonl', import.meta.url)), 'utf8');
  writeFileSync(join(dir, 'c.jsonl'), capture.replace(/\btest\b(?!-)/g, 'te\u202etsrever\u200b'));
  execFileSync(bin, ['import', join(dir, 'c.jsonl'), '-o', join(dir, 'c.flow')]);
  const page = await openPage(await start(['replay', join(dir, 'c.flow')]));
  await until(page, 'the queue', () => player(page).getByRole('button', { name: /te‹U\+202E›tsrever‹U\+200B›/ }).count(), (n) => n > 0);
  await player(page).getByRole('button', { name: /^queue.*U\+202E|U\+202E.*queue/i }).first().focus();
  await page.keyboard.press('Enter');
  for (const name of ['Log', 'Calls', 'Sequence']) {
    await tab(page, name);
    await until(page, name, () => said(page), (s) => s.includes('‹U+202E›'));
    assert.doesNotMatch(await said(page), /[\u202a-\u202e\u2066-\u2069\u200b]/, name);
  }
  assert.deepEqual(page.complaints, []);
  await page.context().close();
  rmSync(dir, { recursive: true });
});

test('a scenario that names what is not there is refused with the place and the remedy', async () => {
  const page = await openPage(await start([]));
  const open = async (doc) => {
    await page.getByRole('button', { name: /Choose a scenario/ }).click();
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: /Open a file/ }).click()]);
    await chooser.setFiles({ name: 'faulty.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(doc)) });
  };
  const problem = page.getByRole('region', { name: 'Problem' });
  const [server, client] = scenario.processes;
  await open({ ...scenario, processes: [server, { ...client, threads: [{ steps: [{ call: MARKUP, topic: 'nobody' }] }] }] });
  await problem.getByText(/\$\.processes\[1\]\.threads\[0\]\.steps\[0\]\.topic: no process serves the topic "nobody"/).waitFor();
  assert.match(await problem.innerText(), /write "missing": true/);
  await problem.getByRole('button', { name: 'Dismiss' }).click();
  await open({ ...scenario, title: 'a\u202eb' });
  await problem.getByText(/\$\.title: contains ‹U\+202E›/).waitFor();
  await page.context().close();
});

test('an address that names no scenario, and files that are neither scenario nor recording, are told of with the next step', async () => {
  const url = await start([]);
  const page = await openPage(`${url}/?scenario=${encodeURIComponent('one_cal')}`);
  const problem = page.getByRole('region', { name: 'Problem' });
  await problem.getByText(/Did you mean “one-call”\?/).waitFor();
  const capture = readFileSync(fileURLToPath(new URL('../../cmd/serve/testdata/03-call-topic-2servers.jsonl', import.meta.url)));
  for (const [name, content, want] of [
    ['capture.jsonl', capture, /capture\.jsonl could not be opened.*rpcscope import FILE/s],
    ['capture.txt', capture, /capture\.txt could not be opened.*rpcscope import FILE/s],
    ['a\u202egnp.exe', 'MZ', /a‹U\+202E›gnp\.exe could not be opened.*recording \(\.flow\)/s],
    ['empty.flow', '', /empty\.flow could not be opened.*recording \(\.flow\)/s],
    ['empty.json', '', /empty\.json could not be opened.*the document is empty/s],
  ]) {
    await page.getByRole('button', { name: /Choose a scenario/ }).click();
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: /Open a file/ }).click()]);
    await chooser.setFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) });
    await until(page, name, () => problem.innerText().catch(() => ''), (s) => want.test(s));
    await page.getByRole('button', { name: /One call, there and back/ }).waitFor();
  }
  await page.context().close();
});
