import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowser, openPage, pause, pauseByKey, player, startProgram, tab, until, violations } from './harness.mjs';

let program;
before(async () => {
  program = await startProgram();
});
after(async () => {
  await closeBrowser();
  await program?.stop();
});

const SIZES = [[1440, 900], [1024, 768], [390, 844]];

for (const theme of ['dark', 'light', 'contrast']) {
  for (const [width, height] of SIZES) {
    test(`axe finds nothing: ${theme}, ${width}×${height}`, async () => {
      const page = await openPage(program.url, { width, height, theme, touch: width < 700 });
      await pause(page);
      assert.deepEqual(await violations(page), [], 'at rest');
      await player(page).getByRole('button').first().focus();
      await page.keyboard.press('Enter');
      await until(page, 'a selection', () => page.evaluate(() => document.body.innerText), (text) => text.length > 0);
      if (width < 700) await page.getByRole('button', { name: /Show details/ }).click();
      assert.deepEqual(await violations(page), [], 'with a selection');
      for (const name of ['Log', 'Calls']) {
        await tab(page, name);
        assert.deepEqual(await violations(page), [], name);
      }
      await page.getByRole('button', { name: /Choose a scenario/ }).click();
      await page.getByRole('combobox').waitFor();
      assert.deepEqual(await violations(page), [], 'the picker');
      await page.keyboard.press('Escape');
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Help' }).waitFor();
      assert.deepEqual(await violations(page), [], 'help');
      await page.context().close();
    });
  }
}

/** Where focus is, looked up through the frame. */
const focused = (page) => page.evaluate(() => {
  const name = (e) => (e ? `${e.tagName.toLowerCase()}${e.id ? `#${e.id}` : ''} ${e.getAttribute('aria-label') ?? e.textContent?.trim().slice(0, 30) ?? ''}` : '');
  const a = document.activeElement;
  if (a?.tagName === 'IFRAME') return `map: ${name(a.contentDocument?.activeElement)}`;
  return a === document.body ? '' : name(a);
});

test('Tab walks through the whole page, the map included, and out again; Shift+Tab walks back', async () => {
  const page = await openPage(program.url);
  await pauseByKey(page);
  const walk = async (key) => {
    const seen = [];
    for (let i = 0; i < 150; i++) {
      await page.keyboard.press(key);
      const at = await focused(page);
      if (at === '' || (seen.length > 0 && at === seen[0])) return seen;
      seen.push(at);
    }
    assert.fail(`focus never left: ${seen.slice(-10).join(' | ')}`);
  };
  const forward = await walk('Tab');
  assert.match(forward[0], /Skip to the map/);
  for (const want of [/Choose a scenario/, /Theme/, /^map: .*nova-api/, /call/, /Zoom in/, /Play/, /Step back/, /Speed|#speed/, /Time/, /Sequence/]) assert.ok(forward.some((f) => want.test(f)), `${want} is reached; seen: ${forward.join(' | ')}`);
  const lastInMap = forward.findLastIndex((f) => f.startsWith('map:'));
  assert.ok(lastInMap < forward.length - 1, 'focus leaves the map');
  const backward = await walk('Shift+Tab');
  assert.ok(backward.some((f) => f.startsWith('map:')), 'and comes back into it from the other side');
  await page.context().close();
});

test('without a mouse: skip to the map, inspect, send, play, search a scenario, read the help', async () => {
  const page = await openPage(program.url);
  await pauseByKey(page);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  assert.match(await focused(page), /^map: button/);
  await page.keyboard.press('Enter');
  const close = page.getByRole('button', { name: 'Close the inspector' });
  await close.waitFor();
  await page.keyboard.press('Escape');
  await close.waitFor({ state: 'detached' });
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Help' });
  await help.waitFor();
  await page.keyboard.press('Escape');
  await help.waitFor({ state: 'detached' });
  const pick = page.getByRole('button', { name: /Choose a scenario/ });
  await pick.focus();
  await page.keyboard.press('Enter');
  await page.keyboard.type('fanout');
  await page.keyboard.press('Escape');
  await until(page, 'focus returns to the button', () => focused(page), (f) => /Choose a scenario/.test(f));
  await page.context().close();
});

test('with reduced motion the player is told so and the page moves nothing of its own', async () => {
  const page = await openPage(program.url, { reducedMotion: 'reduce' });
  const d = await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--dur-panel').trim());
  assert.equal(d, '0ms');
  await page.context().close();
});
