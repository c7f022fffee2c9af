// Components as a person meets them: found in the list by the keyboard, a service's card, a request and how far it came.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { axis, closeBrowser, openPage, pause, player, startProgram, tab, until } from './harness.mjs';

let program;
before(async () => (program = await startProgram()));
after(async () => {
  await closeBrowser();
  await program.stop();
});

test('the list is found through by headings and typing, a service says what it is, and a request how far it came', async () => {
  const page = await openPage(program.url);
  await page.getByRole('button', { name: /Choose a scenario/ }).click();
  const box = page.getByRole('combobox');
  await box.waitFor();
  for (const name of ['Basics', 'OpenStack: components and their RPC', 'Profiles and transports', 'Faults']) await page.getByRole('group', { name, exact: true }).waitFor();
  await box.press('PageDown');
  const active = () => box.getAttribute('aria-activedescendant');
  assert.equal(await until(page, 'the next heading', active, (id) => id === 'pick-nova-boot'), 'pick-nova-boot');
  await box.fill('wsgi pipeline');
  await until(page, 'what was found', () => page.getByRole('option').count(), (n) => n === 1);
  await box.press('Enter');
  await until(page, 'the scenario', () => page.locator('.pick-name').textContent(), (text) => text === 'A request and the WSGI pipeline');

  await until(page, 'all requests', async () => (await axis(page)).event, (n) => n >= 62);
  await pause(page);
  await player(page).getByRole('button', { name: /nova-api/ }).first().focus();
  await page.keyboard.press('Enter');
  const side = page.locator('#side');
  for (const text of ['nova, its door for the others', 'nova-api = nova.cmd.api:main', 'sizelimit → authtoken → keystonecontext → ratelimit → osapi_compute_app_v2']) await side.getByText(text).waitFor();

  await tab(page, 'Log');
  await page.getByText('nova-api@ctl1 (its filter authtoken) answers horizon with 401').click();
  await side.getByRole('heading', { name: 'POST /v2/servers' }).waitFor();
  await side.getByText('401 Unauthorized').waitFor();
  assert.deepEqual(await side.locator('.match li.yes .nm').allTextContents(), ['compute_req_id', 'faultwrap', 'sizelimit']);
  assert.deepEqual((await side.locator('.match li:not(.yes) .nm').allTextContents())[0], 'authtoken');

  await tab(page, 'Calls');
  const rest = page.locator('.calls [data-counter="rest.refused"]');
  assert.ok(Number(await rest.textContent()) >= 2, 'refusals are counted');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
