// Faults inflicted on what is selected: from the inspector, by mouse, keyboard and touch, and taken back again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowser, idle, openPage, pauseByKey, player, startProgram } from './harness.mjs';

let program;
before(async () => { program = await startProgram(); });
after(async () => {
  await closeBrowser();
  await program.stop();
});

async function withPage(options, fn) {
  const page = await openPage(`${program.url}/?scenario=two-servers`, options);
  try {
    await fn(page);
    assert.deepEqual(page.complaints, []);
  } finally {
    await page.context().close();
  }
}

const node = (page, name) => player(page).getByRole('button', { name });
const fault = (page, name) => page.getByRole('group', { name: 'Let a fault happen' }).getByRole('button', { name, exact: true });

test('a process is paused by mouse, goes on, and both are undone', () => withPage({}, async (page) => {
  await pauseByKey(page);
  await node(page, /^test-client on client1/).dispatchEvent('click');
  await fault(page, 'Pause').click();
  await page.getByText('paused: stands still').waitFor();
  await node(page, /^test-client on client1, paused/).waitFor();
  await page.getByRole('button', { name: 'Undo' }).and(page.locator(':enabled')).click();
  await fault(page, 'Pause').waitFor();
  await page.getByRole('button', { name: 'Redo' }).and(page.locator(':enabled')).click();
  await fault(page, 'Let it continue').click();
  await fault(page, 'Pause').waitFor();
}));

test('the broker is restarted by keyboard', () => withPage({}, async (page) => {
  await pauseByKey(page);
  await node(page, /^broker rabbit@localhost, up/).focus();
  await page.keyboard.press('Enter');
  await fault(page, 'Stop').focus();
  await page.keyboard.press('Enter');
  await node(page, /^broker rabbit@localhost, down/).waitFor();
  await fault(page, 'Start').waitFor();
}));

test('a queue is purged and deleted by touch', () => withPage({ touch: true, width: 1024, height: 768 }, async (page) => {
  await pauseByKey(page);
  await node(page, /^queue test\.server1,/).dispatchEvent('click');
  await fault(page, 'Purge').tap();
  await fault(page, 'Delete').tap();
  // The server declares it anew a second later: seen step by step, however slow the machine, it is gone in between.
  const gone = page.getByText('does not exist at this moment');
  for (let steps = 0; !await gone.isVisible(); steps++) {
    assert.ok(steps < 40, 'the queue is never gone');
    await page.getByRole('button', { name: 'Step forward' }).tap();
    await idle(page);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  }
}));
