/* The websocket to the rpcscope program. It reconnects by itself, ever more slowly, and says so. */
import type { ServerLink } from './state';

export const SUBPROTOCOL = 'rpcscope.v1';
/** The close code by which the program refuses this page for good reason. */
const POLICY_VIOLATION = 1008;
const FIRST_MS = 500;
const LONGEST_MS = 8000;

/** How long to wait before attempt n (from 0): doubling, up to a bound. */
export function backoff(n: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** n);
}

export interface LinkEvents {
  /** A connection stands and its stream begins afresh with a snapshot. */
  opened(): void;
  bytes(bytes: Uint8Array): void;
  state(link: ServerLink): void;
}

export class LiveLink {
  private socket: WebSocket | null = null;
  private timer = 0;
  private attempt = 0;
  private wanted = false;

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
    this.on.state({ state: 'off', retryAt: 0, reason: '' });
  }

  private connect(): void {
    this.on.state({ state: 'connecting', retryAt: 0, reason: '' });
    const socket = new WebSocket(this.url, SUBPROTOCOL);
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => {
      if (socket !== this.socket) return;
      this.attempt = 0;
      this.on.state({ state: 'open', retryAt: 0, reason: '' });
      this.on.opened();
    });
    socket.addEventListener('message', (e: MessageEvent<unknown>) => {
      if (socket === this.socket && e.data instanceof ArrayBuffer) this.on.bytes(new Uint8Array(e.data));
    });
    socket.addEventListener('close', (e) => {
      if (socket !== this.socket || !this.wanted) return;
      const wait = backoff(this.attempt++);
      const refused = e.code === POLICY_VIOLATION;
      this.on.state({ state: refused ? 'refused' : 'lost', retryAt: performance.now() + wait, reason: e.reason });
      this.timer = window.setTimeout(() => this.connect(), wait);
    });
  }

  /** Begins again with a fresh snapshot, as a new player needs one. */
  restart(): void {
    this.stop();
    this.start();
  }
}
