/* What carries a scenario: a driver of oslo.messaging with its options, as scenario documents write them. The engine checks them. */

export type Family = 'rabbit' | 'qpid' | 'zmq';

export interface Carrier {
  profile?: string;
  transport?: Record<string, unknown>;
}

/** An option that the form offers, by its own name; `many` is one whose value may be a list, of which `name` holds a single one. */
export interface Field {
  name: string;
  kind: 'text' | 'secret' | 'number' | 'flag' | 'choice';
  many?: string;
  of?: readonly string[];
  placeholder?: string;
}

const text = (name: string, placeholder = ''): Field => ({ name, kind: 'text', placeholder });
const number = (name: string, placeholder = ''): Field => ({ name, kind: 'number', placeholder });
const flag = (name: string): Field => ({ name, kind: 'flag' });
const choice = (name: string, ...of: string[]): Field => ({ name, kind: 'choice', of });
const hosts = (name: string, many: string): Field => ({ name, many, kind: 'text', placeholder: 'localhost' });

const EVERY = [text('control_exchange', 'openstack'), text('rpc_response_timeout', '60s')];
const REDIS = [text('redis_host', 'localhost'), number('redis_port', '6379'), { name: 'redis_password', kind: 'secret' } as const];
const RABBIT: readonly Field[] = [
  hosts('rabbit_host', 'rabbit_hosts'), number('rabbit_port', '5672'), text('rabbit_userid', 'guest'), { name: 'rabbit_password', kind: 'secret' }, text('rabbit_virtual_host', '/'),
];

const QPID: readonly Field[] = [
  hosts('qpid_hostname', 'qpid_hosts'), number('qpid_port', '5672'), text('qpid_username'), { name: 'qpid_password', kind: 'secret' }, choice('qpid_protocol', 'tcp', 'ssl'), number('qpid_receiver_capacity', '1'),
  ...EVERY, flag('amqp_durable_queues'), flag('amqp_auto_delete'),
];

export interface Profile {
  id: string;
  family: Family;
  fields: readonly Field[];
  /** A transport_url as one would write it. */
  example: string;
}

const rabbitURL = 'rabbit://user:password@host1:5672,host2:5672/vhost';

/** The drivers, in the order in which the form offers them. */
export const PROFILES: readonly Profile[] = [
  { id: 'modern', family: 'rabbit', fields: [...RABBIT, ...EVERY, flag('amqp_durable_queues'), flag('amqp_auto_delete'), flag('rabbit_ha_queues'), flag('rabbit_quorum_queue')], example: rabbitURL },
  { id: 'classic', family: 'rabbit', fields: [...RABBIT, ...EVERY, flag('rabbit_durable_queues'), flag('rabbit_ha_queues')], example: rabbitURL },
  { id: 'classic-single', family: 'rabbit', fields: [...RABBIT, ...EVERY, flag('rabbit_durable_queues'), flag('rabbit_ha_queues')], example: rabbitURL },
  { id: 'qpid-1', family: 'qpid', fields: QPID, example: 'qpid://user:password@host1:5672' },
  { id: 'qpid-2', family: 'qpid', fields: QPID, example: 'qpid://user:password@host1:5672' },
  { id: 'zmq-1', family: 'zmq', fields: [text('rpc_zmq_bind_address', '*'), number('rpc_zmq_port', '9501'), text('rpc_zmq_ipc_dir', '/var/run/openstack'), number('rpc_zmq_topic_backlog', '0'), choice('rpc_zmq_matchmaker', 'ring', 'localhost', 'redis'), ...REDIS, ...EVERY], example: 'zmq://' },
  { id: 'zmq-2', family: 'zmq', fields: [...REDIS, choice('rpc_zmq_matchmaker', 'redis', 'dummy'), number('rpc_zmq_min_port', '49153'), number('rpc_zmq_max_port', '65536'), text('zmq_target_expire', '300s'), text('zmq_target_update', '180s'), ...EVERY, flag('use_router_proxy'), flag('use_pub_sub')], example: 'zmq://redis-host:6379?use_router_proxy=true' },
];

export function profileOf(id: string | undefined): Profile {
  return PROFILES.find((p) => p.id === id) ?? PROFILES[0]!;
}

/** What the form shows: texts as typed, by option name. */
export type Values = Record<string, string | boolean>;

export function readCarrier(json: string): Carrier {
  try {
    const v: unknown = JSON.parse(json);
    return typeof v === 'object' && v !== null ? v : {};
  } catch {
    return {};
  }
}

export function urlOf(c: Carrier): string {
  const u = c.transport?.url;
  return typeof u === 'string' ? u : '';
}

/** What the parts of a transport_url are called as options. */
const PARTS: Readonly<Record<Family, { hosts?: string; host?: string; port?: string; user?: string; password: string; vhost?: string }>> = {
  rabbit: { hosts: 'rabbit_hosts', user: 'rabbit_userid', password: 'rabbit_password', vhost: 'rabbit_virtual_host' },
  qpid: { hosts: 'qpid_hosts', user: 'qpid_username', password: 'qpid_password' },
  zmq: { host: 'redis_host', port: 'redis_port', password: 'redis_password' },
};

function decoded(s: string): string {
  try {
    return decodeURIComponent(s);
  } catch {
    return s;
  }
}

/** An option of a URL as a document writes it: oslo.messaging counts time in seconds. */
function optionOf(name: string, v: string): unknown {
  if (/^(true|false)$/i.test(v)) return v.toLowerCase() === 'true';
  if (!/^\d+$/.test(v)) return v;
  return /(_timeout|_ttl|_delay|_interval|_backoff|_interval_max|_expire|_update|heartbeat_check|heartbeat_freq)$/.test(name) ? `${v}s` : Number(v);
}

/** The same with what its URL says as options, so that a form can begin with that. Who means the URL sends it as it is: only the engine reads it for good. */
export function spelled(c: Carrier): Carrier {
  const m = /^[\w+]+:\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/.exec(urlOf(c));
  const transport: Record<string, unknown> = { ...c.transport };
  delete transport.url;
  if (!m) return { ...c, transport };
  const part = PARTS[profileOf(c.profile).family];
  const set = (name: string | undefined, v: unknown) => { if (name !== undefined && v !== '' && v !== undefined) transport[name] = v; };
  const all = (m[1] ?? '').split(',').filter(Boolean);
  const at = all[0]?.lastIndexOf('@') ?? -1;
  if (at >= 0) {
    const [user, ...password] = all[0]!.slice(0, at).split(':');
    set(part.user, decoded(user ?? ''));
    set(part.password, decoded(password.join(':')));
  }
  const hosts = all.map((h) => h.slice(h.lastIndexOf('@') + 1));
  if (part.hosts !== undefined) set(part.hosts, hosts.length > 0 ? hosts : undefined);
  else {
    const [, host, port] = /^(.*?)(?::(\d+))?$/.exec(hosts[0] ?? '') ?? [];
    set(part.host, host);
    set(part.port, port === undefined ? undefined : Number(port));
  }
  set(part.vhost, decoded(m[2] ?? ''));
  for (const [k, v] of new URLSearchParams(m[3] ?? '')) set(k, optionOf(k, v));
  return { ...c, transport };
}

/** What was typed that a profile offers as well: another driver may have the same option and not that choice. */
export function offered(p: Profile, typed: Values): Values {
  return Object.fromEntries(Object.entries(typed).filter(([name, v]) => {
    const f = p.fields.find((x) => x.name === name);
    return f !== undefined && (f.of === undefined || v === '' || f.of.includes(String(v)));
  }));
}

/** The values of a profile's fields, from options as a document has them. */
export function valuesOf(c: Carrier, p: Profile): Values {
  const t = c.transport ?? {};
  return Object.fromEntries(p.fields.map((f): [string, string | boolean] => {
    if (f.of !== undefined && !f.of.includes(String(t[f.name]))) return [f.name, ''];
    const v = (f.many === undefined ? undefined : t[f.many]) ?? t[f.name];
    if (f.kind === 'flag') return [f.name, v === true];
    return [f.name, Array.isArray(v) ? v.join(', ') : typeof v === 'string' || typeof v === 'number' ? String(v) : ''];
  }));
}

/** A host that a list of hosts takes and an option of a single one does not: with its port, or an address in brackets. */
const withPort = /^([^:]+:\d+|\[.*)$/;

/** Options from the form: what was left empty is left out. What the form does not offer stays as it was, where the driver is the same. */
export function carrierOf(p: Profile, values: Values, was: Carrier): Carrier {
  const names = new Set(p.fields.flatMap((f) => [f.name, f.many ?? '']));
  const kept = was.profile === p.id ? Object.entries(was.transport ?? {}).filter(([k]) => k !== 'url' && !names.has(k)) : [];
  const transport: Record<string, unknown> = Object.fromEntries(kept);
  for (const f of p.fields) {
    const v = values[f.name];
    if (v === undefined || v === '' || v === false) continue;
    if (v === true) transport[f.name] = true;
    else if (f.kind === 'number') transport[f.name] = /^-?\d+$/.test(v.trim()) ? Number(v) : v; // the engine says what is wrong with anything else
    else if (f.many !== undefined && (v.includes(',') || withPort.test(v.trim()))) transport[f.many] = v.split(',').map((h) => h.trim()).filter(Boolean);
    else transport[f.name] = f.kind === 'secret' ? v : v.trim();
  }
  if (transport.rpc_zmq_matchmaker !== undefined && transport.rpc_zmq_matchmaker !== 'ring') delete transport.ring;
  return { profile: p.id, transport };
}

/** What a link asks for: ?transport=URL&profile=NAME. */
export function carrierInLink(query: string): Carrier | null {
  const q = new URLSearchParams(query);
  const url = q.get('transport');
  const profile = q.get('profile');
  if (!url && !profile) return null;
  return { ...(profile && { profile }), ...(url && { transport: { url } }) };
}

/** A transport_url less the passwords of its hosts, and the options that are passwords. */
function withoutPasswords(url: string): string {
  const [address = '', ...query] = url.split('?');
  const options = query.join('?').split('&').filter((o) => o !== '' && !/password/i.test(new URLSearchParams(o).keys().next().value ?? ''));
  const hosts = address.replace(/(?<=:\/\/)[^/]*/, (all) => all.replace(/:[^@,]*@/g, '@'));
  return hosts + (options.length > 0 ? `?${options.join('&')}` : '');
}

/** The link's part that says so, without passwords: links are given away. A form's options have no place in it and give "". */
export function linkOf(c: Carrier): string {
  const others = Object.keys(c.transport ?? {}).filter((k) => k !== 'url').length;
  if (others > 0) return '';
  const url = withoutPasswords(urlOf(c));
  return new URLSearchParams({ ...(c.profile && { profile: c.profile }), ...(url && { transport: url }) }).toString();
}

/** Keeps what carries the scenario for when the page is loaded again, and in its address what can stand there; null is the scenario's own. */
export function keepOver(over: Carrier | null, scenario: string | undefined): void {
  const asked = [scenario === undefined ? '' : new URLSearchParams({ scenario }).toString(), over ? linkOf(over) : ''].filter(Boolean).join('&');
  const state = { ...(history.state as { over?: Carrier } | null) };
  delete state.over;
  history.replaceState({ ...state, ...(over && { over }) }, '', asked ? `?${asked}` : location.pathname);
}

/** What was kept, or what the address asks for. */
export function keptOver(): Carrier | null {
  return (history.state as { over?: Carrier } | null)?.over ?? carrierInLink(location.search);
}
