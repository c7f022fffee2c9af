/* The player runs in a frame of its own, so that its canvas, its handling of keys and its reloads stay inside. This is the page's end. */
import type { Command, Reply } from './commands';
import { takeFiles } from './ui/drop';

interface PlayerApi {
  send(json: string): string;
  feed(bytes: Uint8Array): void;
  onPanel: ((json: string) => void) | null;
  idle(): Promise<void>;
  ready: Promise<void>;
  /** Whether it began with the scenario that the page's address names. */
  opened: boolean;
}

/** What the frame's window carries; see web/src/player. */
type PlayerWindow = Omit<Window, 'rpcscope' | 'rpcscopeBoot'> & {
  rpcscope?: PlayerApi;
  rpcscopeBoot?: { progress(report: (loaded: number, total: number) => void): void; failure: { code: string; text: string } | null };
};

export interface KeyDetail {
  key: string;
  shiftKey?: boolean;
  ctrlKey?: boolean;
  metaKey?: boolean;
  altKey?: boolean;
  repeat?: boolean;
}

export interface PlayerEvents {
  /** A player came up: the first one, or a new one after a restart. */
  ready(): void;
  progress(loaded: number, total: number): void;
  failed(code: string, text: string): void;
  panel(json: string): void;
  key(k: KeyDetail): void;
  /** Something was opened or folded on the map. */
  fold(id: string): void;
  /** Whether a file is held over the map. */
  dragged(over: boolean): void;
  file(file: File): void;
}

export class PlayerFrame {
  private api: PlayerApi | null = null;
  /** The document whose window is listened to; the window's own identity survives a reload, its listeners do not. */
  private bound: Document | null = null;

  constructor(private readonly frame: HTMLIFrameElement, private readonly on: PlayerEvents) {
    frame.addEventListener('load', () => this.attach());
    // The frame's script may be further than this one already.
    if (this.frame.contentDocument?.readyState === 'complete' && this.win?.location.href !== 'about:blank') this.attach();
    else this.listen();
  }

  private get win(): PlayerWindow | null {
    return this.frame.contentWindow;
  }

  /** Whether the player began by itself with what the page's address asks for. */
  get opened(): boolean {
    return this.api?.opened ?? false;
  }

  get up(): boolean {
    return this.api !== null;
  }

  /** Starts the player anew, as after an error. */
  reload(): void {
    this.api = null;
    if (this.frame.contentDocument) this.win?.location.reload();
    else this.frame.src = this.frame.src; // what stands there is the browser's own page about a failure: only its address can be set
  }

  send(command: Command): Reply {
    if (!this.api) return { ok: false, error: { code: 'not-ready', text: 'the engine is not running' } };
    try {
      return JSON.parse(this.api.send(JSON.stringify(command))) as Reply;
    } catch (e) {
      return this.stopped(e);
    }
  }

  feed(bytes: Uint8Array): void {
    try {
      // Go accepts only the Uint8Array of its own window; this one views the same memory.
      const There = (this.win as unknown as { Uint8Array: typeof Uint8Array }).Uint8Array;
      this.api?.feed(new There(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    } catch (e) {
      this.stopped(e);
    }
  }

  /** The engine has ended: nothing can be asked of it until it is started again. */
  private stopped(e: unknown): Reply {
    this.api = null;
    const text = e instanceof Error ? e.message : String(e);
    this.on.failed('engine', text);
    return { ok: false, error: { code: 'not-ready', text } };
  }

  /** Resolves when nothing moves and no work is pending. */
  idle(): Promise<void> {
    return this.api?.idle() ?? Promise.resolve();
  }

  focus(): void {
    this.frame.focus();
  }

  private listen(): void {
    const win = this.win;
    const doc = this.frame.contentDocument;
    if (!win || !doc || doc === this.bound || win.location.href === 'about:blank') return;
    this.bound = doc;
    const detail = (e: Event) => (e as CustomEvent<Record<string, unknown>>).detail;
    win.addEventListener('rpcscope-progress', (e) => this.on.progress(Number(detail(e).loaded), Number(detail(e).total)));
    win.addEventListener('rpcscope-error', (e) => this.on.failed(String(detail(e).code), String(detail(e).text)));
    win.addEventListener('rpcscope-key', (e) => this.on.key(detail(e) as unknown as KeyDetail));
    win.addEventListener('rpcscope-fold', (e) => this.on.fold(String(detail(e).id)));
    takeFiles(doc, (over) => this.on.dragged(over), (file) => this.on.file(file));
    const boot = win.rpcscopeBoot;
    boot?.progress((loaded, total) => this.on.progress(loaded, total));
    if (boot?.failure) this.on.failed(boot.failure.code, boot.failure.text);
  }

  private attach(): void {
    this.api = null;
    if (!this.frame.contentDocument) {
      this.on.failed('no-map', '');
      return;
    }
    this.listen();
    const win = this.win;
    if (!win) return;
    const start = (api: PlayerApi) => {
      api.ready.then(() => {
        if (this.win !== win || this.api === api) return;
        this.api = api;
        api.onPanel = (json) => this.on.panel(json);
        this.on.ready();
      }, (err: unknown) => this.on.failed('wasm', err instanceof Error ? err.message : String(err)));
    };
    if (win.rpcscope) start(win.rpcscope);
    else {
      win.addEventListener('rpcscope-ready', () => win.rpcscope && start(win.rpcscope));
      if (!win.rpcscopeBoot) this.on.failed('no-player', '');
    }
  }
}
