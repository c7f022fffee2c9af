import assert from 'node:assert/strict';
import { test } from 'node:test';
import { carrierInLink, carrierOf, linkOf, offered, profileOf, PROFILES, readCarrier, spelled, urlOf, valuesOf } from '../src/carrier';

test('what a form shows and is sent again is what it began with, for every driver', () => {
  for (const p of PROFILES) {
    const transport = Object.fromEntries(p.fields.map((f) => [f.name, f.kind === 'flag' ? true : f.kind === 'number' ? 7 : f.kind === 'choice' ? f.of!.at(-1) : `a-${f.name}`]));
    const was = { profile: p.id, transport: { ...transport, heartbeat_check: '2s' } };
    assert.deepEqual(carrierOf(p, valuesOf(was, p), was), was);
    assert.deepEqual(carrierOf(p, valuesOf({}, p), {}), { profile: p.id, transport: {} }, 'nothing typed is nothing said');
  }
});

test('several hosts are a list, a number that is none is left to the engine', () => {
  const p = profileOf('modern');
  const c = carrierOf(p, { rabbit_host: 'h1, h2:5673', rabbit_port: 'x1', rabbit_userid: ' nova ', amqp_durable_queues: false }, {});
  assert.deepEqual(c.transport, { rabbit_hosts: ['h1', 'h2:5673'], rabbit_port: 'x1', rabbit_userid: 'nova' });
  assert.equal(valuesOf(c, p).rabbit_host, 'h1, h2:5673');
});

test('a host with its port, or in brackets, goes where hosts may have one', () => {
  const p = profileOf('qpid-1');
  const typed = (h: string) => carrierOf(p, { qpid_hostname: h }, {}).transport;
  assert.deepEqual(typed(' ctl1:5673 '), { qpid_hosts: ['ctl1:5673'] });
  assert.deepEqual(typed('[::1]:5673'), { qpid_hosts: ['[::1]:5673'] });
  assert.deepEqual(typed('[::1]'), { qpid_hosts: ['[::1]'] });
  assert.deepEqual(typed('::1'), { qpid_hostname: '::1' });
  assert.deepEqual(typed('ctl1'), { qpid_hostname: 'ctl1' });
});

test('another driver keeps nothing of the old one, a matchmaker other than the ring no ring', () => {
  const was = { profile: 'zmq-1', transport: { ring: { compute: ['h1'] }, rpc_zmq_matchmaker: 'ring' } };
  assert.deepEqual(carrierOf(profileOf('qpid-1'), {}, was), { profile: 'qpid-1', transport: {} });
  assert.deepEqual(carrierOf(profileOf('zmq-1'), { rpc_zmq_matchmaker: 'redis' }, was).transport, { rpc_zmq_matchmaker: 'redis' });
});

test('a choice that another driver has not is not taken over to it', () => {
  const was = { profile: 'zmq-1', transport: { rpc_zmq_matchmaker: 'ring', rpc_response_timeout: '9s' } };
  assert.deepEqual(carrierOf(profileOf('zmq-2'), valuesOf(was, profileOf('zmq-2')), was).transport, { rpc_response_timeout: '9s' });
  assert.deepEqual(offered(profileOf('zmq-2'), valuesOf(was, profileOf('zmq-1'))).rpc_zmq_matchmaker, undefined);
  assert.equal(offered(profileOf('zmq-2'), { rpc_zmq_matchmaker: 'redis', qpid_protocol: 'ssl' }).rpc_zmq_matchmaker, 'redis');
});

test('a link has the URL without passwords, and only where options stand in it', () => {
  const link = linkOf({ profile: 'modern', transport: { url: 'rabbit://a:b%40c@h1:5672,d:e@h2/v?x=y' } });
  assert.deepEqual(carrierInLink(link), { profile: 'modern', transport: { url: 'rabbit://a@h1:5672,d@h2/v?x=y' } });
  assert.equal(linkOf({ profile: 'modern', transport: { rabbit_host: 'h1' } }), '');
  const bare = (url: string) => carrierInLink(linkOf({ transport: { url } }))?.transport?.url;
  assert.equal(bare('rabbit://a:b:c@h1,d:@[::1]:5672/v:w@x'), 'rabbit://a@h1,d@[::1]:5672/v:w@x', 'a colon within a password');
  assert.equal(bare('zmq://?redis_password=s&use_pub_sub=true'), 'zmq://?use_pub_sub=true', 'an option that is a password');
  assert.equal(bare('rabbit://?rabbit_p%61ssword=s'), 'rabbit://');
  assert.equal(carrierInLink('?scenario=call'), null);
  assert.equal(urlOf(readCarrier('{"transport": {"url": "zmq://"}}')), 'zmq://');
  assert.deepEqual(readCarrier('not JSON'), {});
});

test('the options of a form begin with what the URL says', () => {
  const begin = (profile: string, url: string) => {
    const c = spelled({ profile, transport: { control_exchange: 'nova', url } });
    return { shown: valuesOf(c, profileOf(profile)), sent: carrierOf(profileOf(profile), valuesOf(c, profileOf(profile)), c).transport };
  };
  const rabbit = begin('modern', 'rabbit://no%40va:s:x@h1:5672,h2/v%2Fh?amqp_durable_queues=true&kombu_reconnect_delay=2');
  assert.deepEqual(rabbit.sent, { control_exchange: 'nova', rabbit_hosts: ['h1:5672', 'h2'], rabbit_userid: 'no@va', rabbit_password: 's:x', rabbit_virtual_host: 'v/h', amqp_durable_queues: true, kombu_reconnect_delay: '2s' });
  assert.equal(rabbit.shown.rabbit_host, 'h1:5672, h2');
  assert.deepEqual(begin('zmq-2', 'zmq://:pw@redis1:6380?use_router_proxy=true').sent, { control_exchange: 'nova', redis_host: 'redis1', redis_port: 6380, redis_password: 'pw', use_router_proxy: true });
  assert.deepEqual(begin('qpid-1', 'qpid://q1').sent, { control_exchange: 'nova', qpid_hostname: 'q1' });
  assert.deepEqual(begin('modern', 'nonsense').sent, { control_exchange: 'nova' });
});
