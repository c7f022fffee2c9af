// Every situation of the live view, brought about in the real page: a stand-in for the program's websocket sends what the
// bridge would send, byte for byte as engine/flow/wire.go frames it. The words are those of livebridge/words.go at their longest.

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0x82f63b78 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function crc32c(bytes) {
  let c = 0xffffffff;
  for (const b of bytes) c = CRC[(c ^ b) & 0xff] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

function uvarint(n) {
  const out = [];
  for (; n > 0x7f; n = Math.floor(n / 128)) out.push((n & 0x7f) | 0x80);
  return [...out, n];
}

function block(type, payload) {
  const body = Buffer.from([type, ...uvarint(payload.length), ...payload]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32c(body));
  return Buffer.concat([body, sum]);
}

const text = (s) => [...uvarint(Buffer.byteLength(s)), ...Buffer.from(s)];

const MAGIC = Buffer.from('rpcflow\x01');

/** What opens a connection: the magic, and a header that says since when, in ms, times count. */
export function hello(title, epochMs = 0) {
  const zigzag = [];
  let n = BigInt(epochMs) * 2_000_000n;
  for (; n > 0x7fn; n >>= 7n) zigzag.push(Number(n & 0x7fn) | 0x80);
  return Buffer.concat([MAGIC, block(1, [...zigzag, Number(n), 0, ...text('live'), ...text(title), ...text('test')])]);
}

/** A recording as a live stream whose times count from then on. */
export function since(recording, epochMs) {
  const size = recording[MAGIC.length + 1]; // a header is short: one byte tells its length
  return Buffer.concat([hello('rabbit@ctl1', epochMs), recording.subarray(MAGIC.length + 2 + size + 4)]);
}

export const statusBlock = (status) => block(6, Buffer.from(JSON.stringify(status)));

const BROKER = 'rabbit.control-plane.example.org:5671';
const BASE = {
  state: 'ok', text: `Connected to ${BROKER}, virtual host nova.`, remedy: '', broker: BROKER, vhosts: ['nova'], captured: 1_220_000, delivered: 1_220_000, dropped: {}, lagMs: 124,
  coverage: null, tracing: 'on', tracingHow: '', management: true, events: true, reconnects: 0, quietMs: 4, since: '2026-02-02T02:40:00Z', clock: '2026-02-02T14:03:11.204+05:30', zone: 'IST', offsetMin: 330,
};
const RIGHTS = String.raw`'^rpcscope\.' '^rpcscope\.' '^(rpcscope\..*|amq\.rabbitmq\.trace)$'`;
const nothing = { captured: 0, delivered: 0, quietMs: -1 };

/** By name: the status, what the bar must say, in which tone, and the command that helps, if there is one. */
export const SITUATIONS = {
  connecting: { status: { ...nothing, state: 'connecting', text: `Connecting to ${BROKER}, virtual host nova.` }, says: /Connecting to/, tone: 'wait' },
  ok: { status: { coverage: 0.992 }, says: /Connected to .* coverage 99\.2 %/, tone: 'up' },
  idle: { status: { state: 'idle', text: 'Connected, no traffic for 12 s.', quietMs: 12_000 }, says: /no traffic for 12 s/, tone: 'up' },
  'idle-unknown': {
    status: { state: 'idle', tracing: 'unknown', text: 'Connected, no traffic for 12 s. Whether tracing is on cannot be told: the management API is not available (401 Unauthorized). The broker was gone in between; a restart switches tracing off.', remedy: 'If there should be traffic: rabbitmqctl trace_on -p nova' },
    says: /cannot be told/, tone: 'warn', command: 'rabbitmqctl trace_on -p nova',
  },
  'tracing-off': {
    status: { ...nothing, state: 'tracing-off', tracing: 'off', text: "Connected, but tracing is off in virtual host my host: no message can be seen.", remedy: "On the broker's machine: rabbitmqctl trace_on -p 'my host' (off again: trace_off; a restart of the broker switches it off too)." },
    says: /tracing is off/, tone: 'warn', command: "rabbitmqctl trace_on -p 'my host'",
  },
  'no-rights': {
    status: { ...nothing, state: 'no-rights', text: 'Connected, but the user lacks a right in virtual host nova: to bind a queue to amq.rabbitmq.trace. Next attempt in 30 s.', remedy: `rabbitmqctl set_permissions -p nova USER ${RIGHTS} – this replaces the rights that USER has there, so a user of its own is best.` },
    says: /lacks a right/, tone: 'warn', command: `rabbitmqctl set_permissions -p nova USER ${RIGHTS}`,
  },
  'bad-credentials': {
    status: { ...nothing, state: 'bad-credentials', text: `The broker at ${BROKER} refuses this user or password. Next attempt in 30 s.`, remedy: "Check user and password in --amqp (or RPCSCOPE_AMQP). The user guest may only connect from the broker's own machine." },
    says: /refuses this user or password/, tone: 'fault',
  },
  'vhost-missing': {
    status: { ...nothing, state: 'vhost-missing', text: 'Virtual host nova cannot be opened: it does not exist. Next attempt in 30 s.', remedy: `Name an existing one with --vhost (rabbitmqctl list_vhosts), or let the user in: rabbitmqctl set_permissions -p nova USER ${RIGHTS}` },
    says: /cannot be opened/, tone: 'warn', command: 'rabbitmqctl list_vhosts',
  },
  'broker-gone': {
    status: { state: 'broker-gone', text: `The broker at ${BROKER} is gone: nothing listens there (connection refused). Next attempt in 16 s.`, remedy: 'It reconnects by itself. If the broker was restarted, tracing is off afterwards: rabbitmqctl trace_on -p nova' },
    says: /is gone/, tone: 'fault', command: 'rabbitmqctl trace_on -p nova',
  },
  'broker-back': { status: { reconnects: 1 }, says: /Connected to/, tone: 'up' },
  'trace-key-too-long': {
    status: { state: 'trace-key-too-long', text: `The broker cut the tap off (541): the name of queue ${'reply_'.repeat(42)} in virtual host nova is too long to be traced (over 247 bytes). Every message through it does this again. Next attempt in 2 s.`, remedy: 'Use a shorter name; messages of the moments in between are missing here.' },
    says: /too long to be traced/, tone: 'warn',
  },
  dropped: { status: { delivered: 1_207_700, dropped: { backlog: 9760, 'slow-viewer': 2540 }, lagMs: 2930, vhosts: ['nova', 'neutron', '/'] }, says: /dropped 12 300/, tone: 'up' },
};

/**
 * Makes the page believe that it watches a broker. stream is what comes first, as of a recording; show(name) brings a
 * situation about; drop() ends the connection, close(code, reason) ends the connection, and every further one, as the program would.
 */
export async function standIn(page, { stream = hello('rabbit@ctl1') } = {}) {
  await page.route('**/config.json', (route) => route.fulfill({ json: { mode: 'live', title: BROKER, build: 'test' } }));
  let socket = null;
  let closing = null;
  let connections = 0;
  await page.routeWebSocket('**/live', (ws) => {
    socket = ws;
    connections++;
    if (closing) return void ws.close(closing);
    ws.send(stream);
  });
  return {
    show: (name) => socket.send(statusBlock({ ...BASE, ...SITUATIONS[name].status })),
    send: (bytes) => socket.send(bytes),
    /** Ends this connection as a program that stops; the next is served again. */
    drop: () => socket.close({ code: 1001, reason: '' }),
    connections: () => connections,
    close(code, reason) {
      closing = { code, reason };
      socket.close(closing);
    },
  };
}
