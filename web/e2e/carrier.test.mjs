// What carries a scenario, said in a form: by options, by a URL, in a link.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { closeBrowser, openPage, player, startProgram, until, violations } from './harness.mjs';

let program;
before(async () => (program = await startProgram()));
after(async () => {
  await closeBrowser();
  await program.stop();
});

/** Opens the form as a person does. */
async function form(page) {
  await page.getByRole('button', { name: /Choose a scenario/ }).click();
  await page.getByRole('button', { name: 'Transport…' }).click();
  const dialog = page.getByRole('dialog', { name: 'What carries it' });
  await dialog.waitFor();
  return dialog;
}


test('a call runs over RabbitMQ, over ZeroMQ without a broker, and over Qpid, as the form says', async () => {
  const page = await openPage(`${program.url}/?scenario=one-call`);
  let dialog = await form(page);
  assert.equal(await dialog.getByLabel('Control exchange').inputValue(), 'nova', 'the form begins with what is');
  assert.deepEqual(await violations(page), []);

  await dialog.getByLabel('Driver').selectOption('zmq-1');
  await dialog.getByLabel('Port', { exact: true }).fill('99999');
  await dialog.getByRole('button', { name: 'Run' }).click();
  await dialog.getByRole('alert').getByText('$.transport.rpc_zmq_port: 99999 is out of range').waitFor();
  assert.equal(await dialog.getByLabel('Port', { exact: true }).getAttribute('aria-invalid'), 'true');
  assert.equal(await dialog.getByLabel('Port', { exact: true }).evaluate((e) => getComputedStyle(e).borderTopWidth), '2px', 'which is seen too');
  await page.setViewportSize({ width: 390, height: 600 });
  const said = await dialog.getByRole('alert').boundingBox();
  assert.ok(said.y > 0 && said.y + said.height <= 600, 'what is wrong is in sight of the field');
  await page.setViewportSize({ width: 1440, height: 900 });
  assert.deepEqual(await violations(page), [], 'with what was refused');
  await dialog.getByLabel('Port', { exact: true }).fill('9501');
  await dialog.getByRole('button', { name: 'Run' }).click();
  await dialog.waitFor({ state: 'detached' });
  await player(page).getByRole('button', { name: /tcp:\/\/host1:9501, PULL/ }).first().waitFor({ state: 'attached' });

  await page.reload(); // which keeps what the form said
  await player(page).getByRole('button', { name: /tcp:\/\/host1:9501, PULL/ }).first().waitFor({ state: 'attached' });

  dialog = await form(page);
  await dialog.getByLabel('Driver').selectOption('qpid-2');
  await dialog.getByLabel('Hosts').fill('q1, q2:5673');
  await dialog.getByRole('button', { name: 'Run' }).click();
  await dialog.waitFor({ state: 'detached' });
  await player(page).getByRole('button', { name: /qpid@q1/ }).first().waitFor({ state: 'attached' });

  dialog = await form(page);
  await dialog.getByRole('button', { name: 'As in the scenario' }).click();
  await player(page).getByRole('button', { name: /rabbit@ctl1/ }).first().waitFor({ state: 'attached' });
  await page.context().close();
});

test('a transport_url is checked, runs, and goes into a link without its password', async () => {
  const page = await openPage(`${program.url}/?scenario=one-call`);
  const dialog = await form(page);
  await dialog.getByLabel('by a transport_url').check();
  const url = dialog.getByRole('textbox', { name: /transport_url/ });
  await url.fill('rabbit://nova:se/cret@h1');
  await dialog.getByRole('button', { name: 'Run' }).click();
  await dialog.getByRole('alert').getByText('$.transport.url').waitFor();
  await url.fill('rabbit://nova:secret@h1:5672,h2:5672');
  await dialog.getByRole('button', { name: 'Run' }).click();
  await dialog.waitFor({ state: 'detached' });
  await player(page).getByRole('button', { name: /rabbit@/ }).first().waitFor({ state: 'attached' });
  const link = page.url();
  assert.equal(new URL(link).searchParams.get('transport'), 'rabbit://nova@h1:5672,h2:5672');
  assert.ok(!link.includes('secret'), link);

  await page.goto(`${program.url}/?scenario=one-call&transport=${encodeURIComponent('zmq://redis1?use_router_proxy=true')}`);
  await player(page).getByRole('button', { name: /tcp:\/\/ctl1:\d+, ROUTER/ }).first().waitFor({ state: 'attached' });

  await page.goto(`${program.url}/?scenario=one-call&transport=${encodeURIComponent('amqp://x')}`);
  const problem = page.getByRole('region', { name: 'Problem' });
  await problem.getByText('"amqp" is no known scheme').waitFor();
  await player(page).getByRole('button', { name: /rabbit@ctl1/ }).first().waitFor({ state: 'attached' });
  await page.context().close();
});

test('what a transport cannot carry is said in the form, and the page goes on', async () => {
  const page = await openPage(`${program.url}/?scenario=link-cut`);
  const dialog = await form(page);
  await dialog.getByLabel('Driver').selectOption('qpid-1');
  await dialog.getByRole('button', { name: 'Run' }).click();
  await dialog.getByRole('alert').getByText(/is modelled for RabbitMQ only/).waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  const events = async () => Number(/of ([\d ]+)/.exec((await page.locator('body').innerText()).replace(/\u2009|\u202f| /g, ' '))?.[1]?.replace(/ /g, '') ?? 0);
  await until(page, 'more events', events, (n) => n > 0);
  await page.context().close();
});
