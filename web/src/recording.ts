import type { Command, Reply } from './commands';

/* A recording is read in slices, so that the page stays alive, can say how far it is, and plays the first part meanwhile. */

/** What a slice is meant to take (ms), and how large one may be (bytes). */
const SLICE_MS = 25;
const FIRST = 256 << 10;
const LEAST = 64 << 10;
const MOST = 512 << 10;
/** How long to wait when the player has no room for more (ms). */
const FULL_MS = 200;

export interface Reading {
  title: string;
  done: number;
  total: number;
  /** The player has no room: the rest follows as it plays. */
  waiting: boolean;
  /** On the clock of performance.now(). */
  since: number;
}

/** What reads needs of the player. */
export interface Reader {
  send(command: Command): Reply;
  feed(bytes: Uint8Array): void;
}

/** Lets the page draw and answer: a timer, as frames do not come while the page is hidden. */
const breathe = (ms = 0) => new Promise<void>((done) => setTimeout(done, ms));

/** One recording on its way into the player. */
export class Recording {
  private stopped = false;

  constructor(readonly title: string, private readonly bytes: Blob, private readonly player: Reader) {}

  /** Leaves the rest unread; what was read stays. */
  stop(): void {
    this.stopped = true;
  }

  /** Whether somebody stopped it meanwhile. */
  private left(): boolean {
    return this.stopped;
  }

  /**
   * Reads all of it. `progress` hears of each slice; the first time, there is something to play. The answer is that to the
   * end, or null when somebody stopped it.
   */
  async read(progress: (r: Reading) => void): Promise<Reply | null> {
    const since = performance.now();
    const total = this.bytes.size;
    this.player.send({ cmd: 'open', title: this.title });
    let done = 0;
    for (let size = FIRST; done < total && !this.left();) {
      const slice = new Uint8Array(await this.bytes.slice(done, done + size).arrayBuffer());
      if (this.left()) break;
      const start = performance.now();
      this.player.feed(slice);
      done += slice.length;
      let { error } = this.player.send({ cmd: 'more' }); // it has worked off the slice when it answers
      const took = performance.now() - start;
      size = Math.round(Math.max(LEAST, Math.min(MOST, 2 * size, (size * SLICE_MS) / Math.max(took, 1))));
      if (error && error.code !== 'full') break; // the end says it again
      if (done === total) break;
      do {
        progress({ title: this.title, done, total, waiting: error !== undefined, since });
        await breathe(error ? FULL_MS : 0);
        if (error) ({ error } = this.player.send({ cmd: 'more' }));
      } while (error?.code === 'full' && !this.left());
    }
    return this.left() ? null : this.player.send({ cmd: 'end' });
  }
}
