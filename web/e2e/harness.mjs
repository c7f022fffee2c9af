// What the tests in a browser share: the program on a port of its own, Chromium, and ways to wait for what the page says.
// RPCSCOPE_BIN names the program (default ../bin/rpcscope), CHROMIUM the browser (default /usr/bin/chromium),
// RPCSCOPE_SLOWER how many times slower the page's processor is made, to look for tests that depend on speed.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = dirname(fileURLToPath(import.meta.url));
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const START_MS = 20_000;
/** How long the page may take for anything; machines without a GPU are slow, and no test depends on speed. */
export const PATIENCE = 60_000;
const FLAGS = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** Starts the program and resolves once it says where it listens. stop() ends it by its own signal and waits. */
export async function startProgram(args = []) {
  const bin = process.env.RPCSCOPE_BIN ?? join(here, '../../bin/rpcscope');
  if (!existsSync(bin)) throw new Error(`${bin} is missing: make build, or name it in RPCSCOPE_BIN`);
  const child = spawn(bin, args.some((a) => a === 'replay') ? [...args, '--listen', '127.0.0.1:0'] : ['serve', '--listen', '127.0.0.1:0', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const url = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no address within ${START_MS} ms; it said: ${said}`)), START_MS);
    const listen = (chunk) => {
      said += chunk;
      const m = /https?:\/\/127\.0\.0\.1:\d+/.exec(said);
      if (m) {
        clearTimeout(timer);
        resolve(m[0]);
      }
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${said}`)));
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

let browser = null;
/** The one browser of a test file; closed by {@link closeBrowser}. */
export async function openBrowser() {
  browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
  return browser;
}

export async function closeBrowser() {
  await browser?.close();
  browser = null;
}

/**
 * Opens the page in a profile of its own, after prepare has had it, and waits until the engine is up. Whatever the console, the policy or a script
 * complains about is collected in page.complaints.
 */
export async function openPage(url, { width = 1440, height = 900, theme = 'dark', reducedMotion = 'no-preference', touch = false, wait = true, prepare = async () => {} } = {}) {
  const context = await (await openBrowser()).newContext({ viewport: { width, height }, colorScheme: theme === 'light' ? 'light' : 'dark', reducedMotion, hasTouch: touch });
  await context.addInitScript((t) => {
    if (localStorage.getItem('rpcscope.theme') === null) localStorage.setItem('rpcscope.theme', t);
    window.addEventListener('securitypolicyviolation', (e) => console.error(`policy: ${e.violatedDirective} ${e.blockedURI}`));
  }, theme);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.complaints = [];
  page.on('console', (m) => m.type() === 'error' && page.complaints.push(m.text()));
  page.on('pageerror', (e) => page.complaints.push(`uncaught: ${e.message}`));
  await prepare(page);
  const slower = Number(process.env.RPCSCOPE_SLOWER ?? 1);
  if (slower > 1) await (await context.newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate: slower });
  page.response = await page.goto(url, wait ? {} : { waitUntil: 'commit' });
  if (wait) await ready(page);
  return page;
}

export async function ready(page) {
  await page.waitForFunction(() => document.documentElement.dataset.boot === 'ready', null, { timeout: PATIENCE, polling: 100 });
  await page.getByRole('button', { name: /^(Play|Pause)$/ }).and(page.locator(':enabled')).first().waitFor();
}

export const player = (page) => page.frameLocator('#frame');

/** Resolves when the player has nothing left to do or to move. */
export async function idle(page) {
  await page.evaluate(() => document.getElementById('frame').contentWindow.rpcscope.idle());
}

/** Waits until read() gives what ok() accepts; says the last value when it never does. */
export async function until(page, what, read, ok) {
  const end = Date.now() + PATIENCE;
  let last;
  do {
    last = await read();
    if (ok(last)) return last;
    await page.waitForTimeout(50);
  } while (Date.now() < end);
  throw new Error(`${what}: still ${JSON.stringify(last)}`);
}

/** The time axis as a screen reader hears it. */
export async function axis(page) {
  const el = page.getByRole('slider', { name: 'Time' });
  const [now, text] = [Number(await el.getAttribute('aria-valuenow')), await el.getAttribute('aria-valuetext')];
  const m = /event ([\d\u00a0]+) of ([\d\u00a0]+)/.exec(text ?? '');
  const n = (s) => Number((s ?? '').replaceAll('\u00a0', ''));
  return { now, text, event: n(m?.[1]), events: n(m?.[2]) };
}

/** Pauses without touching the mouse, so that Tab still begins at the top of the page. */
export async function pauseByKey(page) {
  await page.getByRole('button', { name: 'Pause', exact: true }).waitFor();
  await page.keyboard.press(' ');
  await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
}

export const tab = (page, name) => page.getByRole('tab', { name, exact: true }).click();

/** A counter of the Calls view by its key, such as "published.call". */
export async function counter(page, key) {
  return Number((await page.locator(`.calls [data-counter="${key}"]`).textContent()).replaceAll('\u00a0', ''));
}

export async function pause(page) {
  const button = page.getByRole('button', { name: 'Pause', exact: true });
  if (await button.count()) await button.click();
  await page.getByRole('button', { name: 'Play', exact: true }).and(page.locator('.play')).waitFor();
}

/** Waits until the theme that is chosen has come to the page and its map, and nothing is on its way to its colour any more. */
export async function settled(page) {
  await page.waitForFunction(() => {
    const is = (query) => matchMedia(query).matches;
    const choice = localStorage.getItem('rpcscope.theme') ?? 'system';
    const light = is('(prefers-color-scheme: light)') ? 'light' : 'dark';
    const contrast = choice === 'contrast' || (choice === 'system' && is('(prefers-contrast: more)'));
    const want = contrast ? `contrast-${light}` : choice === 'system' ? light : choice;
    const still = (a) => a.playState !== 'running' || a.effect?.getComputedTiming().endTime === Infinity; // what turns for ever is at rest
    return [document, document.getElementById('frame').contentDocument].every((d) => d.documentElement.dataset.theme === want && d.getAnimations().every(still));
  }, null, { timeout: PATIENCE, polling: 50 });
}

/** Runs axe in the page and in the player's frame. */
export async function violations(page) {
  await settled(page);
  const found = [];
  for (const frame of page.frames()) {
    await frame.evaluate(axeSource);
    const r = await frame.evaluate(() => globalThis.axe.run(document, { iframes: false, runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
    for (const v of r.violations) found.push(`${frame === page.mainFrame() ? 'page' : 'map'}: ${v.id} (${v.help}): ${v.nodes.slice(0, 4).map((n) => `${n.target.join(' ')} – ${n.failureSummary?.split('\n')[1]?.trim()}`).join('; ')}`);
  }
  return found;
}
