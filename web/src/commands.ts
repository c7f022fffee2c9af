import type { Action } from './model';

/* Everything a person does is a command. The log of those that change the model is what survives a restart of the player. */

export type SendKind = 'call' | 'cast' | 'fanout' | 'notify';
export type StepUnit = 'event' | 'hop' | 'rpc';
export type JumpTarget = 'reply' | 'timeout' | 'drop' | 'start' | 'end';

export type Command =
  | { cmd: 'load'; scenario?: string; doc?: unknown; seed?: number | string }
  | { cmd: 'open'; title: string }
  | { cmd: 'live' }
  | { cmd: 'play' | 'pause' | 'toggle' | 'undo' | 'redo' | 'end' }
  | { cmd: 'step'; by: StepUnit; dir: 1 | -1 }
  | { cmd: 'seek'; d: number }
  | { cmd: 'jump'; to: JumpTarget; dir: 1 | -1 }
  | { cmd: 'speed'; x: number }
  | { cmd: 'send'; kind: string; client?: string; method?: string; label?: string }
  | { cmd: 'select' | 'hover'; id: string }
  | { cmd: 'camera'; op: string; dx?: number; dy?: number; x?: number; y?: number; zoom?: number }
  | { cmd: 'theme'; name: string; reducedMotion: boolean }
  | { cmd: 'window'; d0: number; d1: number }
  | { cmd: 'loop'; on: boolean };

/** The command that an offered send stands for. */
export function sendCommand(a: Action): Command {
  return { cmd: 'send', kind: a.kind, method: a.method, label: a.label, ...(a.client === undefined ? {} : { client: a.client }) };
}

export interface Reply {
  ok: boolean;
  error?: { code: string; text: string; path?: string };
}

interface Entry {
  /** The display time at which it was done. */
  d: number;
  command: Command;
}

/**
 * CommandLog remembers what made the model what it is: the scenario and what was sent since, minus what was undone.
 * It is bounded by the number of sends a person can make; past {@link CommandLog.LIMIT} the oldest go first.
 */
export class CommandLog {
  static readonly LIMIT = 10_000;
  private origin: Command | null = null;
  private done: Entry[] = [];
  private undone: Entry[] = [];

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
        this.done.push({ d, command });
        this.undone = [];
        if (this.done.length > CommandLog.LIMIT) this.done.shift();
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

  /** The commands that lead a fresh player to where this one was, the playhead at d; empty when nothing was loaded. */
  replay(d: number): Command[] {
    if (!this.origin) return [];
    const out: Command[] = [this.origin, { cmd: 'pause' }];
    for (const e of this.done) out.push({ cmd: 'seek', d: e.d }, e.command);
    out.push({ cmd: 'seek', d });
    return out;
  }
}
