/*
 * Stands in for the engine while the page around it is worked on: it answers like the player and sends believable panels.
 * Part of no build but `node build.mjs --dev DIR`. ?fake= in the page's address picks a situation, see SITUATIONS.
 */
import type { Command } from '../commands';
import type { ByClass, Counters, Panel, Selection, Seq } from '../model';

const zero: ByClass = { call: 0, reply: 0, cast: 0, fanout: 0, notification: 0, other: 0 };
const counters: Counters = {
  published: { ...zero, call: 1, reply: 1 }, delivered: { ...zero, call: 1 },
  calls: { total: 1, answered_ok: 0, answered_error: 0, unanswered: 0, late_replies: 0, heartbeat_replies: 0, waiting: 1 },
  rest: { requests: 0, answered: 0, refused: 0, no_response: 0 }, unrouted: 0, returned: 0, redelivered: 0, lost: 0,
};

// The comp's axis: 68 px were one hop of 300 ms.
const D = (x: number) => ((x - 232) / 784) * 3460;
const seq: Seq = {
  d0: 0, d1: 3460, cols: 160, bands: [],
  lines: [
    { id: 'p:nova-api', kind: 'process', label: 'nova-api', sub: '' }, { id: 'x:/nova', kind: 'exchange', label: 'nova', sub: 'topic' },
    { id: 'q:/compute', kind: 'queue', label: 'compute', sub: '' }, { id: 'p:nova-compute@host1', kind: 'process', label: 'nova-compute@host1', sub: '' },
    { id: 'x:/', kind: 'exchange', label: '(default)', sub: 'default' }, { id: 'q:/reply', kind: 'queue', label: 'reply_1a18c0ffee4d4425f6', sub: '' },
  ],
  spans: [
    { line: 0, d0: D(232), d1: D(908), cls: 'call', label: '', state: 'waiting' },
    { line: 3, d0: D(412), d1: D(592), cls: 'call', label: 'ping 8.4 ms', state: 'running' },
  ],
  arrows: [
    { from: 0, to: 1, d0: D(232), d1: D(300), cls: 'call', state: 'done', id: 'm:1' }, { from: 1, to: 2, d0: D(300), d1: D(368), cls: 'call', state: 'done', id: 'm:1' },
    { from: 2, to: 3, d0: D(368), d1: D(412), cls: 'call', state: 'done', id: 'm:1' }, { from: 3, to: 4, d0: D(592), d1: D(660), cls: 'reply', state: 'done', id: 'm:2' },
    { from: 4, to: 5, d0: D(660), d1: D(756), cls: 'reply', state: 'ahead', id: 'm:2' }, { from: 5, to: 0, d0: D(756), d1: D(908), cls: 'reply', state: 'ahead', id: 'm:2' },
  ],
  gaps: [{ d0: D(448), d1: D(540), ms: 8 }],
  ticks: [
    { d: D(232), cls: 'call', kind: 'publish', id: 'm:1' }, ...[300, 368, 412].map((x) => ({ d: D(x), cls: 'call' as const, kind: 'route', id: 'm:1' })),
    { d: D(592), cls: 'reply', kind: 'publish', id: 'm:2' }, ...[660, 756, 820, 908].map((x) => ({ d: D(x), cls: 'reply' as const, kind: 'route', id: 'm:2' })),
  ],
};

const reply: Selection = {
  id: 'm:2', kind: 'message', title: 'Reply to ping', sub: 'in flight, default exchange to queue', cls: 'reply',
  facts: [['RPC', '8c5c1f0de7a94f6f8d3b7b10a1c92b6d', true], ['called by', 'nova-api']],
  life: [
    { t: 0, code: 'publish', args: { process: 'nova-api', class: 'call', key: 'compute' }, state: 'past', cls: 'call' },
    { t: 0.41, code: 'route', args: { exchange: 'nova', n: 1 }, state: 'past' }, { t: 0.76, code: 'enqueue', args: { queue: 'compute' }, state: 'past' },
    { t: 0.91, code: 'dispatch', args: { process: 'host1' }, state: 'past' }, { t: 9.31, code: 'publish-reply', args: { process: 'host1' }, state: 'past', cls: 'reply' },
    { t: 9.74, code: 'hop-queue', args: { queue: 'reply_1a18…25f6' }, state: 'now', cls: 'reply' }, { t: 0, code: 'deliver', args: { process: 'nova-api' }, state: 'ahead' }, { t: 0, code: 'return', args: { method: 'ping' }, state: 'ahead' },
  ],
  why: { code: 'reply-queue', args: {}, tried: [{ name: 'reply_1a18…25f6', match: true }, { name: 'compute', match: false }, { name: 'compute.host1', match: false }] },
  envelope: [['exchange', ''], ['routing key', 'reply_1a18…25f6'], ['mandatory', 'yes, so a missing queue is noticed'], ['expiration', 'none']],
  body: '{\n  "result": {"service": "compute",\n             "arg": "hello"},\n  "failure": null, "ending": true,\n  "_msg_id": "8c5c…2b6d"\n}', related: ['r:8c5c1f0de7a94f6f8d3b7b10a1c92b6d', 'm:1', 'q:/reply_1a18'], deeds: [],
};

const log = [
  ['call', 'nova-api published call ping to nova, key compute'], ['', 'exchange nova matched 1 binding'], ['call', 'queue compute took it, 1 ready'], ['call', 'delivered to nova-compute on host1'],
  ['', 'nova-compute acknowledged it'], ['', 'nova-compute runs ping'], ['', 'ping ended after 8.4 ms'], ['reply', 'nova-compute published a reply to (default), key reply_1a18…25f6'], ['', 'default exchange matched 1 queue'],
  ['reply', 'queue reply_1a18…25f6 took it, 1 ready'], ['reply', 'delivered to nova-api'], ['', 'nova-api acknowledged it'], ['', 'ping returned after 10.2 ms'],
] as const;

const base: Panel = {
  v: 1, mode: 'sim', title: 'One call, there and back', carrier: '', scenario: 'call', seed: 1, epochMs: 0,
  play: { playing: false, speed: 1, d: D(700.4), start: 0, end: D(908), live: false, t: 9.74, event: 9, events: 13, canUndo: true, canRedo: false, loop: false, lagMs: 0 },
  actions: [{ kind: 'call', label: 'call', method: 'ping', target: 'compute', enabled: true }, { kind: 'cast', label: 'cast', method: 'note', target: 'compute', enabled: true }, { kind: 'fanout', label: 'fanout', method: 'refresh', target: 'compute', enabled: true }],
  seq, selection: reply, log: log.map(([cls, text], i) => ({ i: i + 1, d: i * 200, t: i * 1.08, kind: 'publish', cls, text, id: cls ? 'm:1' : '' })),
  counters, methods: [{ name: 'ping', cls: 'call', count: 1, p50ms: 0 }], live: null, camera: { zoom: 1 }, summary: 'The reply to ping is on its way to nova-api.', announce: [],
};

const live: Panel = {
  ...base, mode: 'live', title: 'rabbit@ctl1', scenario: '', epochMs: 1_770_000_000_000, selection: null, actions: [],
  play: { ...base.play, playing: true, live: true, event: 1_220_114, events: 1_220_114, canUndo: false },
  counters: { ...counters, published: { call: 284_040, reply: 283_990, cast: 41_207, fanout: 880, notification: 9041, other: 12 }, delivered: { call: 284_039, reply: 283_986, cast: 41_207, fanout: 5280, notification: 18_082, other: 12 }, calls: { total: 284_040, answered_ok: 283_967, answered_error: 23, unanswered: 45, late_replies: 7, heartbeat_replies: 311, waiting: 5 }, returned: 4, redelivered: 2, lost: 9760 },
  methods: [['object_class_action_versions', 212_000, 4.2], ['select_destinations', 3100, 41], ['allocate_for_instance', 2900, 310], ['reserve_block_device_name', 1200, 88], ['get_console_output', 400, 62]].map(([name, n, p]) => ({ name: name as string, cls: 'call' as const, count: n as number, p50ms: p as number })),
  live: { state: 'ok', text: '', remedy: '', broker: 'rabbit@ctl1', vhosts: ['nova'], captured: 1_220_000, delivered: 1_210_240, dropped: { 'tap queue full': 9760 }, lagMs: 420, since: 0, clock: 1_770_000_000_000, zone: '' },
};

const SITUATIONS: Readonly<Record<string, () => Panel>> = {
  call: () => base,
  empty: () => ({ ...base, selection: null }),
  live: () => live,
  'live-off': () => ({ ...live, live: { ...live.live!, state: 'tracing-off', captured: 0, delivered: 0, dropped: {} } }),
  'live-gone': () => ({ ...live, live: { ...live.live!, state: 'broker-gone' } }),
};

const situation = new URLSearchParams(parent.location.search).get('fake') ?? 'call';
let panel = structuredClone((SITUATIONS[situation] ?? SITUATIONS.call!)());
const api = {
  onPanel: null as ((json: string) => void) | null,
  ready: Promise.resolve(),
  idle: () => Promise.resolve(),
  feed: () => undefined,
  send(json: string): string {
    const c = JSON.parse(json) as Command;
    if (c.cmd === 'theme') document.documentElement.dataset.theme = c.name;
    if (c.cmd === 'select' && c.id === '') panel = { ...panel, selection: null };
    else if (c.cmd === 'select') panel = { ...panel, selection: reply };
    if (c.cmd === 'seek') panel.play.d = c.d;
    if (c.cmd === 'speed') panel.play.speed = c.x;
    if (c.cmd === 'loop') panel.play.loop = c.on;
    if (c.cmd === 'pause') panel.play.playing = false;
    if (c.cmd === 'play' && new URLSearchParams(parent.location.search).has('run')) panel.play.playing = true;
    setTimeout(() => api.onPanel?.(JSON.stringify(panel)));
    return '{"ok":true}';
  },
};
document.documentElement.dataset.layout = matchMedia('(max-width: 719px)').matches ? 'phone' : 'wide';
document.documentElement.dataset.boot = 'loading';
setInterval(() => {
  if (!panel.play.playing) return;
  panel.play.d = (panel.play.d + 100) % panel.play.end;
  api.onPanel?.(JSON.stringify(panel));
}, 100);
if (situation === 'failed') queueMicrotask(() => window.dispatchEvent(new CustomEvent('rpcscope-error', { detail: { code: 'no-webgl2', text: '' } })));
else if (situation !== 'loading') Object.assign(window, { rpcscope: api });
Object.assign(window, { rpcscopeBoot: { progress: (report: (l: number, t: number) => void) => report(1_200_000, 2_100_000) } });
