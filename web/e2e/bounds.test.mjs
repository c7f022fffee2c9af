// Scenarios of one's own that are too much: what grows without bound is stopped with words, what cannot be read is told of, and the page goes on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axis, closeBrowser, openPage, pause, player, ready, startProgram, until } from './harness.mjs';
import { standIn } from './situations.mjs';

let program;
before(async () => { program = await startProgram(); });
after(async () => {
  await closeBrowser();
  await program?.stop();
});

async function withPage(options, fn) {
  const page = await openPage(program.url, options);
  try {
    await fn(page);
    assert.deepEqual(page.complaints, []);
  } finally {
    await page.context().close();
  }
}

async function open(page, name, content) {
  await page.getByRole('button', { name: /Choose a scenario/ }).click();
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: /Open a file/ }).click()]);
  await chooser.setFiles({ name, mimeType: 'application/json', buffer: Buffer.from(content) });
}

const cast = { cast: 'm', topic: 't' };
/** A document in which each m does steps; the first one comes after a second. */
const document = (title, steps) => JSON.stringify({
  title,
  processes: [
    { name: 'takes@h', servers: [{ topic: 't', executor_pool_size: 1000, endpoints: [{ methods: { m: { steps } } }] }] },
    { name: 'casts@h', threads: [{ start: '1s', steps: [cast] }] },
  ],
});

const problem = (page) => page.getByRole('region', { name: 'Problem' });
const chosen = (page, title) => page.getByRole('button', { name: title }).first().waitFor();

test('a cast that doubles itself is stopped with words, which stay until something else is opened; before it one can look around', () => withPage({}, async (page) => {
  await open(page, 'storm.json', document('Storm of casts', [cast, cast]));
  await chosen(page, /Storm of casts/);
  await problem(page).getByText('The scenario was stopped').waitFor();
  const says = (await problem(page).innerText()).replace(/\s+/g, ' ');
  assert.match(says, /grows without bound \(at \d+ms: more than [\d]+ events within a second\)/);
  assert.match(says, /Most threads are those of "takes@h"/);
  assert.match(says, /Let less happen at a time: make its threads slower/);

  await pause(page);
  await page.getByRole('slider', { name: 'Time' }).focus();
  await page.keyboard.press('Home');
  const start = await until(page, 'the start', () => axis(page), (a) => a.now === 0);
  for (let i = 0; i < 3; i++) await page.getByRole('button', { name: 'Step forward' }).click();
  await until(page, 'three steps', () => axis(page), (a) => a.event >= start.event + 3);
  for (let i = 0; i < 3; i++) await page.getByRole('button', { name: 'Step back' }).click(); // as many as there were, however late they are drawn
  await until(page, 'three steps back', () => axis(page), (a) => a.event <= start.event);
  assert.ok(await problem(page).isVisible(), 'the words stay');

  await open(page, 'calm.json', document('One cast', [{ sleep: '10ms' }]));
  await chosen(page, /One cast/);
  await problem(page).waitFor({ state: 'detached' });
  await until(page, 'its messages', () => axis(page), (a) => a.events > 10);
}));

test('a file that is no scenario is told of with its remedy, and the page stays as it was', () => withPage({}, async (page) => {
  await chosen(page, /One call, there and back/);
  for (const [name, content, says] of [
    ['large.json', document('x'.repeat(1_100_000), []), /large\.json could not be opened.*It has 1\.1 MB; a scenario may have 1\.0 MB\. Let threads repeat/],
    ['latin.json', Buffer.from('{"title": "caf\xe9"}', 'latin1'), /latin\.json could not be opened.*not UTF-8 text\. Save it as UTF-8/],
    ['notes.json', 'Dear diary', /notes\.json could not be opened.*\$: not JSON: .*line 1, column 1/],
    ['empty.json', '', /empty\.json could not be opened.*\$: the document is empty; write an object/],
    ['many.json', JSON.stringify({ title: 'x', processes: Array.from({ length: 10_000 }, (_, i) => ({ name: `p${i}` })) }), /many\.json could not be opened.*\$\.processes: has 10000 entries; the limit is 200/],
    ['deep.json', '['.repeat(100_000), /deep\.json could not be opened.*nested too deeply; the limit is 40/],
  ]) {
    await open(page, name, content);
    await until(page, name, async () => (await problem(page).innerText()).replace(/\s+/g, ' '), (text) => says.test(text));
    await chosen(page, /One call, there and back/);
  }
}));

test("a person's own scenario is there again after a look at live traffic", () => withPage({ prepare: (page) => standIn(page) }, async (page) => {
  const source = page.getByRole('group', { name: 'Source' });
  await open(page, 'own.json', document('My own model', [{ sleep: '10ms' }]));
  await chosen(page, /My own model/);
  await source.getByRole('button', { name: 'Live' }).click();
  await page.getByRole('region', { name: 'Broker and capture' }).waitFor();
  await source.getByRole('button', { name: 'Play' }).click();
  await chosen(page, /My own model/);
  await until(page, 'its processes', () => player(page).getByRole('button', { name: /takes/ }).count(), (n) => n > 0);
  assert.equal(await page.getByText('could not be opened').count(), 0);
  await page.reload();
  await ready(page);
}));
