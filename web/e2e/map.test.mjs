import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowser, idle, openPage, pause, startProgram, until } from './harness.mjs';

let program;
before(async () => {
  program = await startProgram();
});
after(async () => {
  await closeBrowser();
  await program?.stop();
});

const map = (page) => page.frame({ url: /player\.html/ });

/** Where the node with that id is on the map's screen. */
const place = (page, id) => map(page).evaluate((i) => {
  const r = document.querySelector(`#nodes [data-id="${CSS.escape(i)}"]`)?.getBoundingClientRect();
  return r && { x: r.x, y: r.y, w: r.width, h: r.height };
}, id);

/** A page that stands still, and the id of one of its queues. */
async function stillPage(options) {
  const page = await openPage(program.url, options);
  const id = await until(page, 'a queue on the map', () => map(page).evaluate(() => document.querySelector('#nodes [data-id^="q:"]')?.dataset.id), (v) => v !== undefined);
  await pause(page);
  await idle(page);
  const box = await page.locator('#frame').boundingBox();
  return { page, id, box };
}

const middle = (box, p) => [box.x + p.x + p.w / 2, box.y + p.y + p.h / 2];

test('dragging moves the map, the wheel zooms where the pointer is, F fits again', async () => {
  const { page, id, box } = await stillPage();
  const start = await place(page, id);
  const ground = [box.x + box.width / 2, box.y + box.height - 20];
  await page.mouse.move(...ground);
  await page.mouse.down();
  await page.mouse.move(ground[0] - 60, ground[1] - 40, { steps: 4 });
  await page.mouse.up();
  await idle(page);
  const dragged = await place(page, id);
  assert.ok(Math.abs(dragged.x - start.x + 60) < 1.5 && Math.abs(dragged.y - start.y + 40) < 1.5, `moved by ${dragged.x - start.x}, ${dragged.y - start.y}`);

  const [x, y] = middle(box, dragged);
  await page.mouse.move(x, y);
  await page.mouse.wheel(0, -200);
  const zoomed = await until(page, 'a larger map', () => place(page, id), (p) => p.w > dragged.w * 1.2);
  const [zx, zy] = middle(box, zoomed);
  assert.ok(Math.hypot(zx - x, zy - y) < 2, 'what was under the pointer stays there');

  await map(page).evaluate(() => document.body.focus());
  await page.mouse.click(...ground);
  await page.keyboard.press('f');
  await until(page, 'the fitted map', () => place(page, id), (p) => Math.abs(p.x - start.x) < 1.5 && Math.abs(p.w - start.w) < 1.5);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a click selects what lies under it, and a click beside everything selects nothing', async () => {
  const { page, id, box } = await stillPage();
  const pressed = () => map(page).evaluate(() => document.querySelector('#nodes [aria-pressed="true"]')?.dataset.id ?? '');
  await page.mouse.click(...middle(box, await place(page, id)));
  await until(page, 'the queue selected', pressed, (v) => v === id);
  await page.mouse.click(box.x + 8, box.y + box.height - 8);
  await until(page, 'nothing selected', pressed, (v) => v === '');
  await page.context().close();
});

test('arrows go from node to node in reading order, Enter selects, the ring is in view', async () => {
  const { page } = await stillPage();
  const frame = map(page);
  const order = await frame.evaluate(() => [...document.querySelectorAll('#nodes button')].map((b) => b.dataset.id));
  assert.ok(order.length > 4, `nodes: ${order}`);
  await frame.evaluate(() => document.querySelector('#nodes button[tabindex="0"]').focus());
  const focused = () => frame.evaluate(() => document.activeElement.dataset.id);
  const seen = [await focused()];
  for (let i = 1; i < order.length; i++) {
    await page.keyboard.press('ArrowRight');
    seen.push(await focused());
  }
  assert.deepEqual(seen, order);
  await page.keyboard.press('Home');
  assert.equal(await focused(), order[0]);
  await page.keyboard.press('Enter');
  await until(page, 'the first node selected', () => frame.evaluate(() => document.activeElement.getAttribute('aria-pressed')), (v) => v === 'true');
  assert.equal(await frame.evaluate(() => document.querySelectorAll('#nodes button[tabindex="0"]').length), 1, 'one stop for Tab');
  assert.equal(await frame.evaluate(() => document.querySelector('canvas').tabIndex), -1);
  await page.context().close();
});

test('an idle page draws nothing', async () => {
  const { page } = await stillPage();
  const count = () => map(page).evaluate(() => globalThis.rpcscopeStats().count);
  const before = await count();
  await page.waitForTimeout(1000); // the passing of time is what is tested
  assert.equal(await count(), before);
  await page.context().close();
});

test('a lost drawing context restarts the map alone, and it comes back as it was', async () => {
  const { page, id } = await stillPage();
  const before = await place(page, id);
  await map(page).evaluate(() => {
    globalThis.former = true;
    document.querySelector('canvas').getContext('webgl2').getExtension('WEBGL_lose_context').loseContext();
  });
  await until(page, 'a new frame', () => map(page)?.evaluate(() => globalThis.former === undefined && document.documentElement.dataset.drawn !== undefined).catch(() => false), (v) => v === true);
  const after = await until(page, 'the queue again', () => place(page, id).catch(() => undefined), (v) => v !== undefined && Math.abs(v.x - before.x) < 2);
  assert.ok(Math.abs(after.y - before.y) < 2);
  await page.context().close();
});

test('words stay legible when the map is small, and never more than 150 of them', async () => {
  const { page } = await stillPage({ width: 1024, height: 768 });
  for (let i = 0; i < 4; i++) await page.evaluate(() => document.getElementById('frame').contentWindow.rpcscope.send('{"cmd":"camera","op":"out"}'));
  await idle(page);
  const words = await map(page).evaluate(() => [...document.querySelectorAll('#labels span:not([hidden])')].map((s) => ({ px: Number.parseFloat(s.style.fontSize), box: s.getBoundingClientRect().toJSON(), text: s.textContent })));
  assert.ok(words.length > 0 && words.length <= 150);
  for (const w of words) assert.ok(w.px >= 10.5, `${w.text}: ${w.px} px`);
  await page.context().close();
});

test('without WebGL 2 the page says so, and the panels and nodes still work', async () => {
  const page = await openPage(program.url, { wait: false });
  await page.context().addInitScript(() => {
    const original = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
      return kind === 'webgl2' ? null : original.call(this, kind, ...rest);
    };
  });
  await page.reload();
  await page.getByText('This browser offers no WebGL 2').waitFor();
  await until(page, 'nodes', () => map(page).evaluate(() => document.querySelectorAll('#nodes button').length), (n) => n > 4);
  await until(page, 'calls counted', () => page.evaluate(() => document.body.innerText), (t) => /event [1-9]/.test(t));
  await page.context().close();
});

test('the canvas takes the colours of the theme, at once', async () => {
  const { page } = await stillPage();
  const corner = async () => {
    const box = await page.locator('#frame').boundingBox();
    const png = await page.screenshot({ clip: { x: box.x + 2, y: box.y + box.height - 4, width: 2, height: 2 } });
    return png.toString('base64');
  };
  const dark = await corner();
  await page.evaluate(() => document.getElementById('frame').contentWindow.rpcscope.send('{"cmd":"theme","name":"light"}'));
  await idle(page);
  await until(page, 'other colours', corner, (c) => c !== dark);
  await page.context().close();
});
