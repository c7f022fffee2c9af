// The live path end to end, on real parts: RabbitMQ, oslo.messaging's own programs, the bridge, Chromium. What the page
// says must be what the programs did. Waits are for what the page or a program says, never for time to pass.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { endPrograms, missingParts, oslo, startBroker } from './broker.mjs';
import { closeBrowser, openBrowser, openPage, player, startProgram, tab, until } from './harness.mjs';

// The bridge tells its zone to the page: one that is not the browser's, and not whole hours from UTC.
process.env.TZ = 'Asia/Kolkata';
const OFFSET_MS = 330 * 60_000;

const missing = missingParts();
const skip = missing !== '' && !process.env.RPCSCOPE_NEED_RABBITMQ ? missing : false;

let broker;
const programs = [];
before(async () => {
  if (skip) {
    console.log(`SKIP: live.test.mjs needs real parts. ${missing}`);
    return;
  }
  await openBrowser();
  broker = await startBroker();
}, { timeout: 120_000 });
after(async () => {
  await closeBrowser();
  await Promise.all([endPrograms(), ...programs.map((p) => p.stop())]);
  await broker?.stop();
}, { timeout: 60_000 });

/** Starts rpcscope on a URL and opens its page. */
async function watch(url, options) {
  const program = await startProgram(['--amqp', url, '--management', broker.management]);
  programs.push(program);
  return openPage(program.url, options);
}

/** A virtual host that is traced, and the page that watches it. */
async function watchTraced(vhost) {
  await broker.do('vhost', vhost);
  await broker.do('trace_on', vhost);
  const page = await watch(broker.url(vhost));
  await until(page, 'the tap', () => said(page), (s) => s.startsWith('Connected to ') || /no traffic/.test(s));
  return page;
}

const bar = (page) => page.getByRole('region', { name: 'Broker and capture' });

/** What the live bar says, figures included, as one line. */
async function said(page) {
  return (await bar(page).innerText()).replace(/\s+/g, ' ');
}

const says = (page, words) => until(page, String(words), () => said(page), (s) => words.test(s));

/** The figures of the live bar. */
async function capture(page) {
  const n = (s, name) => Number(new RegExp(`${name} ([\\d ]+)`).exec(s)?.[1].replaceAll(' ', ''));
  const s = await said(page);
  return { captured: n(s, 'captured'), delivered: n(s, 'delivered'), dropped: n(s, 'dropped') };
}

const number = (s) => Number(s.replace(/\s/g, ''));

/**
 * Everything that the Calls view says, in numbers. It is read in one go: the view changes ten times a second, and figures
 * of two moments do not add up.
 */
async function counts(page) {
  const said = await page.getByRole('region', { name: 'Calls' }).evaluate((region) => {
    const text = (e) => e.textContent.trim();
    const rows = (caption) => {
      const all = [...region.querySelectorAll('table')].find((t) => t.caption && text(t.caption) === caption || t.getAttribute('aria-label') === caption);
      return Object.fromEntries([...all?.querySelectorAll('tbody tr') ?? []].map((r) => [text(r.querySelector('th')), [...r.querySelectorAll('td')].map(text)]));
    };
    const facts = Object.fromEntries([...region.querySelectorAll('dl dt')].map((t) => [text(t), t.nextElementSibling.textContent]));
    return { messages: rows('Messages'), methods: rows('Methods'), facts };
  });
  const numbers = (rows, at) => Object.fromEntries(Object.entries(rows).map(([k, cells]) => [k, number(cells[at])]));
  return {
    published: numbers(said.messages, 0),
    delivered: numbers(said.messages, 1),
    calls: Object.fromEntries(Object.entries(said.facts).map(([k, v]) => [k, number(v)])),
    methods: numbers(said.methods, 0),
    replyTimes: Object.fromEntries(Object.entries(said.methods).map(([k, [, p50]]) => [k, p50])),
  };
}

/** A reply time in ms; NaN when the page tells none. */
function ms(text) {
  const m = /^([\d.]+)\s(µs|ms|s)$/.exec(text ?? '');
  return m ? Number(m[1]) * { 'µs': 0.001, ms: 1, s: 1000 }[m[2]] : NaN;
}

/** Waits until the page counts exactly that, and fails with the difference when it never does. */
async function countsAre(page, want) {
  let last;
  const pick = (c) => ({ published: c.published, delivered: c.delivered, calls: c.calls, methods: c.methods });
  const same = () => {
    try {
      assert.deepEqual(pick(last), want(last));
      return true;
    } catch {
      return false;
    }
  };
  try {
    await until(page, 'the counts', async () => (last = await counts(page)), same);
  } catch {
    assert.deepEqual(pick(last), want(last));
  }
  return last;
}

/** The names of the map's nodes, each with what it is. */
const nodes = async (page) => (await player(page).locator('#nodes button').evaluateAll((all) => all.map((b) => b.getAttribute('aria-label') ?? b.textContent)));

async function addsUp(page) {
  const c = await capture(page);
  assert.equal(c.captured, c.delivered + c.dropped, `captured ${c.captured}, delivered ${c.delivered}, dropped ${c.dropped}`);
  return c;
}

const none = { 'in all': 0, answered: 0, 'answered in error': 0, 'waiting now': 0, unanswered: 0, 'answered late': 0, heartbeats: 0, unrouted: 0, returned: 0, redelivered: 0, 'lost records': 0 };

test('the reference program, in both versions, is on the page call by call', { skip, timeout: 120_000 }, async () => {
  const page = await watchTraced('reference');
  await tab(page, 'Calls');
  const began = Date.now();
  const one = await oslo('reference.py', broker.url('reference')).done;
  const two = await oslo('reference.py', broker.url('reference'), ['--as-printed', '--calls', 3]).done;
  const [ok, failed] = [one.answered_ok, two.answered_error];
  assert.deepEqual([ok, failed], [2, 3]);
  const c = await countsAre(page, () => ({
    published: { call: 5, reply: 5, cast: 2, fanout: 0 },
    delivered: { call: 5, reply: 5, cast: 2, fanout: 0 },
    calls: { ...none, 'in all': 5, answered: ok, 'answered in error': failed },
    methods: { test: 5, stop: 2 },
  }));
  assert.ok(ms(c.replyTimes.test) > 0, `reply time of test: ${c.replyTimes.test}`);

  // Live events carry the wall clock of the bridge, in its zone.
  assert.match(await said(page), /\d\d:\d\d:\d\d (IST|UTC\+05:30)/);
  await tab(page, 'Log');
  const row = page.getByRole('listbox', { name: 'Event log' }).getByRole('option').filter({ hasText: /publish/i }).last();
  const shown = await row.locator('time').textContent();
  assert.match(shown, /^\d\d:\d\d:\d\d\.\d{3}$/);
  const midnight = Math.floor((began + OFFSET_MS) / 86_400_000) * 86_400_000 - OFFSET_MS;
  const [h, m, s] = shown.split(':').map(Number);
  let at = midnight + ((h * 60 + m) * 60 + s) * 1000;
  if (at < began - 43_200_000) at += 86_400_000; // past midnight by now
  assert.ok(at >= began - 1000 && at <= Date.now() + 1000, `${shown} lies between the start and now`);
  await addsUp(page);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

/** The page of the mixed load: it falls silent while the next test runs. */
let silent = null;

test('a mixed load is counted exactly, and its parts are on the map', { skip, timeout: 150_000 }, async () => {
  const page = await watchTraced('load');
  await tab(page, 'Calls');
  const load = oslo('mixed.py', broker.url('load'), ['--monitored', 1]);
  const seen = new Set();
  const wanted = [/load-client1/, /load-client2/, /load-server1/, /load-server2/, /load-server3/, /load-listener/, /\bload\b.*queue|queue.*\bload\b/i, /openstack/, /load_fanout/, /reply_/, /notifications\.info/];
  await until(page, 'nodes for all parts', async () => {
    for (const n of await nodes(page)) seen.add(n);
    return wanted.filter((w) => ![...seen].some((n) => w.test(n))).map(String);
  }, (left) => left.length === 0).catch((e) => {
    throw new Error(`${e.message}; seen: ${[...seen].join(' | ')}`);
  });
  const did = await load.done;
  const beats = (c) => c.calls.heartbeats;
  const want = (c) => ({
    published: { ...did.published, reply: did.replies + beats(c) },
    delivered: { ...did.delivered, reply: did.replies + beats(c) },
    calls: { ...none, 'in all': did.calls.total, answered: did.calls.answered_ok, 'answered in error': did.calls.answered_error, unanswered: did.calls.unanswered, 'answered late': did.calls.late_replies, heartbeats: beats(c), unrouted: did.unrouted },
    methods: { echo: 22, broken: 6, slow: 2, long: 2, note: did.published.cast, refresh: did.published.fanout },
  });
  const c = await countsAre(page, want);
  assert.ok(beats(c) >= did.heartbeats_at_least, `${beats(c)} heartbeats`);
  for (const m of ['echo', 'broken']) assert.ok(ms(c.replyTimes[m]) > 0, `reply time of ${m}: ${c.replyTimes[m]}`);
  assert.ok(ms(c.replyTimes.long) >= 3000, `reply time of long: ${c.replyTimes.long}`);
  assert.ok(ms(c.replyTimes.slow) >= 1500, `a late answer has a time too: ${c.replyTimes.slow}`);
  for (const m of ['note', 'refresh']) assert.equal(c.replyTimes[m], '–');

  silent = { page, same: () => countsAre(page, want) };
});

test('tracing off, a missing right and a wrong password are said with the remedy', { skip, timeout: 120_000 }, async () => {
  await broker.do('vhost', 'plain');
  await broker.do('user', 'blind', 'secret-of-blind');
  await broker.do('permit', 'plain', 'blind', '^rpcscope\\.', '^rpcscope\\.', '^rpcscope\\.');
  const [off, blind, wrong] = await Promise.all([
    watch(broker.url('plain'), { width: 1024, height: 768 }),
    watch(broker.url('plain', 'blind', 'secret-of-blind'), { width: 390, height: 844 }),
    watch(broker.url('plain', 'guest', 'secret-and-wrong'), { theme: 'light' }),
  ]);
  await says(off, /tracing is off in virtual host plain.*rabbitmqctl trace_on -p plain/);
  await says(blind, /lacks a right in virtual host plain.*rabbitmqctl set_permissions -p plain USER.*amq\\\.rabbitmq\\\.trace/);
  await says(wrong, /refuses this user or password.*Check user and password/);

  // What the remedies say is done: the pages notice by themselves.
  await broker.do('trace_on', 'plain');
  await says(off, /Connected to |no traffic/);
  await broker.do('permit', 'plain', 'blind', '^rpcscope\\.', '^rpcscope\\.', '^(rpcscope\\..*|amq\\.rabbitmq\\.trace)$');
  await says(blind, /^Connected/);
  for (const page of [off, blind, wrong]) {
    assert.doesNotMatch(await page.content(), /secret-/);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }
});

test('silence is called so, and what is over is gone from the map', { skip, timeout: 60_000 }, async () => {
  const { page, same } = silent;
  await says(page, /Connected, no traffic for (1[2-9]|[2-9]\d) s/);
  const { dropped } = await addsUp(page);
  assert.equal(dropped, 0);
  await same();
  await until(page, 'the map without the programs', () => nodes(page), (all) => all.length > 0 && !all.some((n) => /load-(client|server|listener)\d?/.test(n)));
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a rush over many queues and of many short lives folds, answers to the user, and loses nothing uncounted', { skip, timeout: 120_000 }, async () => {
  const page = await watchTraced('rush');
  await tab(page, 'Calls');
  const rush = oslo(fileURLToPath(new URL('rush.py', import.meta.url)), broker.url('rush'));
  await until(page, 'the rush', () => counts(page), (c) => c.published.call > 100);
  // In the thick of it the page still does as it is told.
  await tab(page, 'Log');
  await page.getByRole('listbox', { name: 'Event log' }).waitFor();
  await tab(page, 'Calls');
  assert.match(await said(page), /lag [\d.]+ (µs|ms|s)/);
  await until(page, 'all that was sent', async () => rush.said.length, (n) => n === 1);
  const { calls } = rush.said[0];
  await countsAre(page, (c) => ({
    published: { call: calls, reply: calls, cast: 0, fanout: 0 }, delivered: { call: calls, reply: calls, cast: 0, fanout: 0 },
    calls: { ...none, 'in all': calls, answered: calls }, methods: c.methods,
  }));
  const { captured } = await addsUp(page);
  assert.ok(captured >= 4 * calls);
  const left = await until(page, 'a map without those who are gone', () => nodes(page), (all) => !all.some((n) => /short-lived/.test(n)));
  assert.ok(left.some((n) => /rush-server/.test(n)) && left.some((n) => /rush-client/.test(n)), left.join(' | '));
  assert.ok(left.length <= 30, `${left.length} nodes for 30 queues and 21 reply queues: ${left.join(' | ')}`);
  rush.end();
  await rush.done;
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a broker that is killed in full traffic and comes back', { skip, timeout: 150_000 }, async () => {
  const page = await watchTraced('storm');
  await tab(page, 'Calls');
  oslo('mixed.py', broker.url('storm'), ['--calls', 400, '--casts', 200, '--late', 0, '--absent', 0, '--notifications', 0, '--failures', 0]);
  await until(page, 'traffic', () => counts(page), (c) => c.published.call > 20 && c.published.cast > 10);
  await broker.do('kill');
  await says(page, /The broker at 127\.0\.0\.1:\d+ is gone.*reconnects by itself.*rabbitmqctl trace_on -p storm/);
  await endPrograms();
  // Another one that starts while the broker is away.
  const second = await watch(broker.url('storm'));
  await says(second, /The broker at .* is gone: nothing listens there/);
  const atDeath = await addsUp(page);
  assert.ok(atDeath.captured > 30);

  await broker.do('restart');
  await Promise.all([page, second].map((p) => says(p, /^Connected, but tracing is off in virtual host storm.*rabbitmqctl trace_on -p storm/)));
  await broker.do('trace_on', 'storm');
  await Promise.all([page, second].map((p) => says(p, /Connected to |no traffic/)));

  const before = await counts(page);
  const did = await oslo('reference.py', broker.url('storm')).done;
  assert.equal(did.answered_ok, 2);
  // The methods of the reference program are no others': exactly what it did was added.
  await tab(second, 'Calls');
  const c = await until(page, 'the reference program', () => counts(page), (n) => n.methods.test === 2 && n.methods.stop === 1 && n.published.reply >= before.published.reply + 2);
  assert.equal(c.published.call, before.published.call + 2);
  assert.equal(c.published.cast, before.published.cast + 1);
  assert.equal(c.delivered.call, before.delivered.call + 2);
  assert.equal(c.calls.answered, before.calls.answered + 2);
  await countsAre(second, () => ({
    published: { call: 2, reply: 2, cast: 1, fanout: 0 }, delivered: { call: 2, reply: 2, cast: 1, fanout: 0 },
    calls: { ...none, 'in all': 2, answered: 2 }, methods: { test: 2, stop: 1 },
  }));
  const end = await addsUp(page);
  assert.ok(end.captured > atDeath.captured);
  await addsUp(second);
  for (const p of [page, second]) {
    assert.deepEqual(p.complaints, []);
    await p.context().close();
  }
});
