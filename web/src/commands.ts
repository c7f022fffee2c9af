import type { Carrier } from './carrier';
import type { Action, Panel } from './model';
import type { SourceMode } from './state';

/* Everything a person does is a command. The log of those that change the model is what survives a restart of the player. */

export type SendKind = 'call' | 'cast' | 'fanout' | 'notify';
export type StepUnit = 'event' | 'hop' | 'rpc';
export type JumpTarget = 'reply' | 'timeout' | 'drop' | 'fault' | 'start' | 'end';

export type Command =
  | { cmd: 'load'; scenario?: string; doc?: unknown; over?: Carrier; seed?: number | string }
  | { cmd: 'open'; title: string }
  | { cmd: 'live' }
  | { cmd: 'play' | 'pause' | 'toggle' | 'undo' | 'redo' | 'end' }
  | { cmd: 'step'; by: StepUnit; dir: 1 | -1 }
  | { cmd: 'seek'; d: number }
  | { cmd: 'jump'; to: JumpTarget; dir: 1 | -1 }
  | { cmd: 'speed'; x: number }
  | { cmd: 'send'; kind: string; client?: string; method?: string; label?: string; target?: string; queue?: string; value?: number; when?: string }
  | { cmd: 'select' | 'hover'; id: string }
  | { cmd: 'fold'; id: string; on: boolean }
  | { cmd: 'more' }
  | { cmd: 'camera'; op: string; dx?: number; dy?: number; x?: number; y?: number; zoom?: number }
  | { cmd: 'theme'; name: string; reducedMotion: boolean }
  | { cmd: 'window'; d0: number; d1: number }
  | { cmd: 'loop'; on: boolean };

/** The command that an offered send stands for. */
export function sendCommand(a: Action): Command {
  return { cmd: 'send', kind: a.kind, method: a.method, label: a.label, target: a.target, ...(a.client === undefined ? {} : { client: a.client }) };
}

export interface Reply {
  ok: boolean;
  error?: { code: string; text: string; path?: string };
}

interface Entry {
  /** The display time at which it was done, on the axis of how many times slower than the stream. */
  d: number;
  slow: number;
  /** The player has said where exactly. */
  placed: boolean;
  command: Command;
}

/** How many times slower than the stream the axis runs at a speed; a display time means nothing without. */
function slowness(speed: number): number {
  return speed >= 1 ? 1 : Math.round(1 / speed);
}

function toggle(set: Set<string>, value: string): void {
  if (!set.delete(value)) set.add(value);
}

/** A press on something that opens and folds. */
function isFold(c: Command): c is { cmd: 'select'; id: string } {
  return c.cmd === 'select' && c.id.startsWith('f:');
}

/**
 * CommandLog remembers what made model and map what they are: the scenario, what was sent and what was opened since, minus what was undone.
 * It is bounded by the number of sends a person can make; past {@link CommandLog.LIMIT} the oldest go first.
 */
export class CommandLog {
  static readonly LIMIT = 10_000;
  private origin: Command | null = null;
  private done: Entry[] = [];
  private undone: Entry[] = [];
  private speed = 1;

  /** What was loaded, null when that was no scenario. */
  get loaded(): Extract<Command, { cmd: 'load' }> | null {
    return this.origin?.cmd === 'load' ? this.origin : null;
  }

  note(command: Command, d: number): void {
    switch (command.cmd) {
      case 'load':
        this.origin = command;
        this.done = [];
        this.undone = [];
        break;
      case 'open':
      case 'live':
        this.origin = null;
        this.done = [];
        this.undone = [];
        break;
      case 'send':
        this.add(command, d);
        break;
      case 'select':
        if (isFold(command)) this.add(command, d);
        break;
      case 'speed':
        this.speed = command.x;
        break;
      case 'undo': {
        const e = this.done.pop();
        if (e) this.undone.push(e);
        break;
      }
      case 'redo': {
        const e = this.undone.pop();
        if (e) this.done.push(e);
        break;
      }
      default:
    }
  }

  private add(command: Command, d: number): void {
    this.done.push({ d, slow: slowness(this.speed), placed: false, command });
    this.undone = [];
    if (this.done.length > CommandLog.LIMIT) this.done.shift();
  }

  /** The player's word on where the last send was carried out: while it plays, the page knows that only roughly. */
  sent(d: number | undefined): void {
    const last = this.done.findLast((e) => e.command.cmd === 'send');
    if (!last || last.placed || d === undefined || d < 0) return;
    last.placed = true;
    if (last.slow === slowness(this.speed)) last.d = d;
  }

  /** The commands that lead a fresh player to where this one was, the playhead at d; only what is open when nothing was loaded. */
  replay(d: number): Command[] {
    if (!this.origin) return this.folds();
    const out: Command[] = [this.origin, { cmd: 'pause' }];
    let axis = 1;
    const onAxis = (slow: number) => {
      if (slow !== axis) out.push({ cmd: 'speed', x: 1 / slow });
      axis = slow;
    };
    for (const { d: at, slow, command } of this.done) {
      if (!isFold(command)) {
        onAxis(slow);
        out.push({ cmd: 'seek', d: at });
      }
      out.push(command);
    }
    onAxis(slowness(this.speed));
    out.push({ cmd: 'seek', d });
    return out;
  }

  /** What is open, as commands that may be given twice. */
  private folds(): Command[] {
    const open = new Set<string>();
    for (const { command } of this.done) if (isFold(command)) toggle(open, command.id.split('.')[0]!); // one fold may be pressed in several places
    return [...open].map((id) => ({ cmd: 'fold', id, on: true }));
  }
}

/** What was set on top of the model, as commands for a player that starts anew. The past of a live stream is gone with the old player, and the numbers of its messages: it follows the newest again. */
export function viewAgain(panel: Panel, mode: SourceMode, log: CommandLog): Command[] {
  const { play, selection, camera: { zoom, x, y } } = panel;
  const out: Command[] = [{ cmd: 'speed', x: play.speed }, { cmd: 'loop', on: play.loop }];
  if (mode !== 'play') out.push(...log.replay(0)); // what is open; a model's log says so in its place
  if (mode !== 'live') out.push({ cmd: 'seek', d: play.d });
  if (selection && (mode !== 'live' || !selection.id.startsWith('m:'))) out.push({ cmd: 'select', id: selection.id });
  if (x !== undefined && y !== undefined) out.push({ cmd: 'camera', op: 'set', zoom, x, y });
  out.push({ cmd: play.playing || mode === 'live' ? 'play' : 'pause' });
  return out;
}
