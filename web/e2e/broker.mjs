// The real parts of the live tests: a private RabbitMQ node, Debian's oslo.messaging programs, rpcscope watching them.
// Whatever is started here is remembered and ended by its own process; nothing is found by name.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const python = '/usr/bin/python3';
const osloFolder = join(root, 'livebridge/testdata/oslo');

/** What is missing on this machine for tests on a real broker, in words with the remedy; '' when all is there. */
export function missingParts() {
  if (!existsSync('/usr/lib/rabbitmq') && spawnSync('which', ['rabbitmq-server']).status !== 0) return 'RabbitMQ is not installed: apt-get install rabbitmq-server (`make setup` does it)';
  if (spawnSync(python, ['-c', 'import oslo_messaging']).status !== 0) return 'oslo.messaging is not installed: apt-get install python3-oslo.messaging (`make setup` does it)';
  return '';
}

/** Resolves with the exit code and signal of a child, once. */
const ending = (child) => new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));

/**
 * A private broker. Its commands are those of livebridge/rabbittest/cmd/rabbitnode, one at a time:
 * await node.do('trace_on', 'v').
 */
export async function startBroker() {
  const bin = process.env.RPCSCOPE_RABBITNODE ?? join(root, '.cache/rabbitnode');
  if (!process.env.RPCSCOPE_RABBITNODE) {
    mkdirSync(dirname(bin), { recursive: true });
    const built = spawnSync('go', ['build', '-o', bin, './livebridge/rabbittest/cmd/rabbitnode'], { cwd: root, encoding: 'utf8' });
    if (built.status !== 0) throw new Error(`go build rabbitnode: ${built.stderr}`);
  }
  const child = spawn(bin, [], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = ending(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the broker's keeper ended: ${JSON.stringify(await ended)}`);
    return JSON.parse(value);
  };
  const { amqp, management } = await read();
  let last = Promise.resolve();
  const command = async (words) => {
    child.stdin.write(`${words.join(' ')}\n`);
    const answer = await read();
    if (!answer.ok) throw new Error(`${words.join(' ')}: ${answer.error}`);
  };
  return {
    management,
    /** The URL of a virtual host, for a user. */
    url(vhost, user = 'guest', password = 'guest') {
      const u = new URL(amqp);
      [u.username, u.password, u.pathname] = [user, password, vhost];
      return u.href;
    },
    do(...words) {
      const next = last.then(() => command(words));
      last = next.catch(() => undefined);
      return next;
    },
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

/** The programs that still run, by which {@link endPrograms} ends them. */
const running = new Set();

/**
 * Runs one of livebridge/testdata/oslo, or a script by its whole path, and collects what it says it did.
 * done resolves with the last line, the total.
 */
export function oslo(script, url, args = []) {
  const child = spawn(python, [resolve(osloFolder, script), '--url', url.replace(/^amqp:/, 'rabbit:'), ...args.map(String)], {
    stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' }, detached: true,
  });
  running.add(child);
  const said = [];
  let errors = '';
  child.stderr.on('data', (d) => (errors += d));
  const reading = createInterface({ input: child.stdout });
  reading.on('line', (l) => said.push(JSON.parse(l)));
  const read = new Promise((resolve) => reading.once('close', resolve));
  const ended = ending(child).finally(() => running.delete(child));
  const done = (async () => {
    const { code } = await ended;
    await read;
    if (code !== 0) throw new Error(`${script} ended with ${code}: ${errors}`);
    return said.at(-1);
  })();
  // Whoever ends it early does not await it.
  done.catch(() => undefined);
  return { said, done, end: () => child.stdin.end() };
}

/** Ends every program that still runs and the children that it started: each has a process group of its own. */
export async function endPrograms() {
  await Promise.all([...running].map((child) => {
    const ended = ending(child);
    process.kill(-child.pid, 'SIGKILL');
    return ended;
  }));
}
