/* The websocket to the rpcscope program. It reconnects by itself, ever more slowly, and says so. */
import type { ServerLink } from './state';

export const SUBPROTOCOL = 'rpcscope.v1';
/** The close code by which the program refuses this page for good reason. */
const POLICY_VIOLATION = 1008;
const FIRST_MS = 500;
const LONGEST_MS = 8000;
/** A stream that lasted so long (ms) was sound: when it is damaged, the next may begin at once. */
const SOUND_MS = 10_000;

/** How long to wait before attempt n (from 0): doubling, up to a bound. */
export function backoff(n: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** n);
}

const OFF: ServerLink = { state: 'off', retryAt: 0, reason: '' };

export interface LinkEvents {
  /** The program has begun to send: its stream begins afresh with a snapshot. */
  opened(): void;
  bytes(bytes: Uint8Array): void;
  state(link: ServerLink): void;
}

export class LiveLink {
  private socket: WebSocket | null = null;
  private timer = 0;
  private attempt = 0;
  /** What was said last: while a further attempt is under way it stays true that nothing answers. */
  private link: ServerLink = OFF;
  private wanted = false;
  /** Streams in a row that were damaged soon after they had begun, and when the present one did. */
  private damaged = 0;
  private begunAt = 0;

  constructor(private readonly url: string, private readonly on: LinkEvents) {}

  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.attempt = 0;
    this.connect();
  }

  stop(): void {
    this.wanted = false;
    clearTimeout(this.timer);
    this.socket?.close(1000);
    this.socket = null;
    this.say(OFF);
  }

  private say(link: ServerLink): void {
    this.link = link;
    this.on.state(link);
  }

  private connect(): void {
    this.say(this.attempt === 0 ? { ...OFF, state: 'connecting' } : { ...this.link, retryAt: 0 });
    const socket = new WebSocket(this.url, SUBPROTOCOL);
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    let begun = false; // one that only opens and closes again has told nothing, and takes nothing away
    socket.addEventListener('message', (e: MessageEvent<unknown>) => {
      if (socket !== this.socket || !(e.data instanceof ArrayBuffer)) return;
      if (!begun) {
        begun = true;
        this.begunAt = performance.now();
        this.attempt = 0;
        this.say({ ...OFF, state: 'open' });
        this.on.opened();
      }
      this.on.bytes(new Uint8Array(e.data));
    });
    socket.addEventListener('close', (e) => {
      if (socket !== this.socket || !this.wanted) return;
      const wait = backoff(this.attempt++);
      const refused = e.code === POLICY_VIOLATION;
      this.say({ state: refused ? 'refused' : 'lost', retryAt: performance.now() + wait, reason: e.reason });
      this.timer = window.setTimeout(() => this.connect(), wait);
    });
  }

  /** The stream cannot be read on: begins again with a fresh one, ever more slowly where that is damaged too. What is said of it once more counts once. */
  renew(): void {
    if (!this.wanted || this.link.state !== 'open') return;
    this.damaged = performance.now() - this.begunAt < SOUND_MS ? this.damaged + 1 : 0;
    this.socket?.close(1000);
    this.socket = null;
    this.say({ ...OFF, state: 'connecting' });
    this.timer = window.setTimeout(() => this.connect(), this.damaged === 0 ? 0 : backoff(this.damaged - 1));
  }

  /** Begins again with a fresh snapshot, as a new player needs one. */
  restart(): void {
    this.stop();
    this.start();
  }
}
