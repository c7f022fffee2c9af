import type { Carrier } from './carrier';
import type { Command, JumpTarget, Reply } from './commands';
import type { Config, Panel, ScenarioInfo } from './model';
import type { Reading } from './recording';
import type { ThemeChoice } from './theme-choice';

export type Layout = 'wide' | 'drawer' | 'phone';
export type Tab = 'details' | 'sequence' | 'log' | 'calls';
export type PopoverName = 'picker' | 'theme' | 'legend' | 'jump' | 'speed' | 'menu';
export type SourceMode = 'play' | 'live' | 'replay';

/** The connection to the rpcscope program (not to the broker behind it). */
export interface ServerLink {
  state: 'off' | 'connecting' | 'open' | 'lost' | 'refused';
  /** When the next attempt is made, on the clock of performance.now(). */
  retryAt: number;
  /** What the program said when it refused. */
  reason: string;
}

export interface Boot {
  phase: 'loading' | 'ready' | 'failed';
  loaded: number;
  total: number;
  code: string;
  text: string;
}

export interface Toast {
  text: string;
  tone: 'plain' | 'fault';
}

/** A problem that stays on the page until it is dismissed or something else is opened. */
export interface Notice {
  kind: 'stopped' | 'file' | 'unknown';
  title: string;
  text: string;
}

export interface State {
  panel: Panel | null;
  /** A step or a jump is under way: the playhead moves, but nobody pressed play. */
  stepping: boolean;
  /** performance.now() at which the panel arrived; the playhead is carried on from there. */
  panelAt: number;
  config: Config;
  scenarios: readonly ScenarioInfo[];
  /** What the page opens with, known before the player has said anything; null where that is live traffic or a recording. */
  opening: ScenarioInfo | null;
  mode: SourceMode;
  recording: string;
  theme: ThemeChoice;
  layout: Layout;
  tab: Tab;
  popover: PopoverName | null;
  query: string;
  active: number;
  jump: JumpTarget;
  stripOpen: boolean;
  sheetOpen: boolean;
  dropping: boolean;
  boot: Boot;
  link: ServerLink;
  toast: Toast | null;
  notice: Notice | null;
  /** A recording that is on its way into the player. */
  reading: Reading | null;
}

/** Whether it plays in the eyes of a person. */
export function playing(s: State): boolean {
  return (s.panel?.play.playing ?? false) && !s.stepping;
}

/** What the templates may do. */
export interface Ctx {
  readonly s: Readonly<State>;
  /** Sends a person's command; a refusal becomes a toast. */
  send(command: Command): void;
  set(patch: Partial<State>): void;
  toggle(name: PopoverName): void;
  closePopover(): void;
  load(scenario: string): void;
  setMode(mode: SourceMode): void;
  setTheme(choice: ThemeChoice): void;
  openFile(file: File): void;
  /** Lets another transport carry the scenario, null its own; the player's refusal comes back. */
  carry(over: Carrier | null): Reply;
  /** Leaves the rest of a recording unread. */
  stopReading(): void;
  openHelp(): void;
  retry(): void;
  toast(text: string, tone?: Toast['tone']): void;
}
