/*
 * The frame loop of Ebitengine asks for every animation frame for ever. The gate holds its request back while nothing
 * moves, so that an idle page is idle, and watches how late frames are while something does.
 */

/** How much is given up when frames are late: halos, trails, the dot grid, then pixels. */
export interface Quality {
  effects(level: number): void;
  /** The most device pixels per CSS pixel. */
  ratio(most: number): void;
}

/** `ratio` bounds the pixels per CSS pixel; `late` is from how many ms on a frame is late enough to go beyond the step. */
const steps = [
  { effects: 0, ratio: 9, late: 38 }, { effects: 1, ratio: 9, late: 38 }, { effects: 2, ratio: 9, late: 38 }, { effects: 3, ratio: 9, late: 42 },
  { effects: 3, ratio: 1, late: 64 }, { effects: 3, ratio: 0.75, late: Infinity },
] as const;

/** So many late frames, in a row, give up one step; much later ones count more. */
const lateRun = 12;
/** Frames closer than this leave room; as many in a row win one step back, unless that failed before. */
const early = 20;
const earlyRun = 240;

/** How many frames are remembered. */
const remembered = 512;

function keep(list: number[], value: number): void {
  if (list.length >= remembered) list.shift();
  list.push(value);
}

export class Gate {
  private held: FrameRequestCallback | null = null;
  private readonly native = window.requestAnimationFrame.bind(window);
  private lastTime = 0;
  private lateCount = 0;
  private earlyCount = 0;
  private step = 0;
  private ceiling = 0;
  /** The step that motion needed last: gone back to at the first late frame. */
  private learned = 0;
  private waiters: (() => void)[] = [];
  /** Whether another frame is wanted; asked after every one. */
  wanted: () => boolean = () => true;
  quality: Quality | null = null;
  /** Of the last frames while moving, for measuring: their distance, and the time that they took here (ms). */
  readonly intervals: number[] = [];
  readonly times: number[] = [];

  /** Takes the place of requestAnimationFrame in this window. */
  install(): void {
    window.requestAnimationFrame = (cb) => {
      if (this.wanted()) return this.native((t) => this.run(cb, t));
      this.held = cb;
      this.rest();
      return 0;
    };
  }

  /** Lets the loop go on after something has come in. */
  wake(): void {
    const cb = this.held;
    if (!cb) return;
    this.held = null;
    this.lastTime = 0;
    this.native((t) => this.run(cb, t));
  }

  get asleep(): boolean {
    return this.held !== null;
  }

  /** Resolves when the loop sleeps. */
  idle(): Promise<void> {
    return this.asleep ? Promise.resolve() : new Promise((done) => this.waiters.push(done));
  }

  private run(cb: FrameRequestCallback, t: number): void {
    if (this.lastTime > 0) this.judge(t - this.lastTime);
    this.lastTime = t;
    const start = performance.now();
    cb(t); // the whole frame: the engine's goroutine runs before this returns
    keep(this.times, performance.now() - start);
  }

  /** The last picture before the loop sleeps is drawn in full. */
  private rest(): void {
    if (this.step > 0 && this.quality) {
      const learned = this.step;
      this.apply(0);
      this.learned = learned;
      return;
    }
    const waiters = this.waiters;
    this.waiters = [];
    for (const done of waiters) done();
  }

  private judge(interval: number): void {
    keep(this.intervals, interval);
    if (document.hidden) return;
    const { late } = steps[this.step]!;
    if (interval > late) {
      this.earlyCount = 0;
      if (this.learned > this.step) this.apply(this.learned);
      else if ((this.lateCount += interval / late) >= lateRun && this.step + 1 < steps.length) this.apply(this.step + 1);
    } else {
      this.lateCount = Math.max(0, this.lateCount - 1);
      this.earlyCount = interval < early ? this.earlyCount + 1 : 0;
      if (this.earlyCount >= earlyRun && this.step > this.ceiling) {
        this.ceiling = this.step - 1; // one try: going back and forth would be seen
        this.apply(this.step - 1);
      }
    }
  }

  private apply(step: number): void {
    const before = steps[this.step]!;
    const now = steps[step]!;
    this.step = step;
    this.learned = 0;
    this.lateCount = 0;
    this.earlyCount = 0;
    if (before.ratio !== now.ratio) this.quality?.ratio(now.ratio);
    if (before.effects !== now.effects) this.quality?.effects(now.effects);
  }
}
