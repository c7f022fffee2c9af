/*
 * The panel model: what the engine tells the page about one moment, as JSON, at most ten times a second. It mirrors
 * engine/player/panel.go; times named d are milliseconds on the display axis, those named t milliseconds of stream time.
 */

/** What a message is for; 'rest' never crosses the broker. */
export type Cls = 'call' | 'reply' | 'cast' | 'fanout' | 'notification' | 'rest' | 'other';
export type Mode = 'sim' | 'live' | 'recording';
/** Arguments of a coded text: by name, or by position. */
export type Args = Readonly<Record<string, string | number>> | readonly (string | number)[];

export interface Play {
  playing: boolean;
  speed: number;
  d: number;
  start: number;
  end: number;
  /** The playhead follows the end. */
  live: boolean;
  t: number;
  event: number;
  events: number;
  canUndo: boolean;
  canRedo: boolean;
  loop: boolean;
  lagMs: number;
  /** Nothing more will happen unless something is sent. */
  ended?: boolean;
  /** Why a scenario was stopped before its end; empty when it was not. */
  failed?: string;
  /** Where the last send was carried out; negative when there is none. */
  sent?: number;
  /** Events that went because the log is bounded; start lies after them. */
  droppedEvents?: number;
}

export interface Action {
  kind: string;
  label: string;
  method: string;
  target: string;
  client?: string;
  enabled: boolean;
}

export type LineKind = 'process' | 'exchange' | 'queue';
export interface SeqLine {
  id: string;
  kind: LineKind;
  label: string;
  sub: string;
}
export interface SeqSpan {
  id?: string;
  line: number;
  d0: number;
  d1: number;
  cls: Cls;
  label: string;
  state: string;
}
export interface SeqArrow {
  from: number;
  to: number;
  d0: number;
  d1: number;
  cls: Cls;
  state: 'done' | 'ahead' | 'lost';
  id?: string;
}
export interface SeqGap {
  d0: number;
  d1: number;
  ms: number;
}
export interface SeqTick {
  d: number;
  cls: Cls;
  kind: string;
  id: string;
}
/** How many messages of a class pass a line, in the columns of the window from c0 on, where they are too many to be drawn. */
export interface SeqBand {
  line: number;
  cls: Cls;
  c0: number;
  n: number[];
}
export interface Seq {
  d0: number;
  d1: number;
  cols: number;
  bands: SeqBand[];
  lines: SeqLine[];
  spans: SeqSpan[];
  arrows: SeqArrow[];
  gaps: SeqGap[];
  ticks: SeqTick[];
}

export interface LifeStep {
  t: number;
  d?: number;
  code: string;
  args: Args;
  state: 'past' | 'now' | 'ahead';
  cls?: Cls;
}
export interface Why {
  code: string;
  args: Args;
  tried: { name: string; match: boolean }[];
  /** How many bindings were tried beyond those listed. */
  more?: number;
}
/** Something that can be done to what is selected: a command of that kind, see engine/player/fault_acts.go. */
export interface Deed {
  kind: string;
  client: string;
  queue: string;
  value: number;
  when: string;
  label: string;
}
export interface Selection {
  id: string;
  kind: string;
  title: string;
  sub: string;
  cls: Cls | '';
  facts: [key: string, value: string, mono?: boolean][];
  life: LifeStep[];
  why: Why | null;
  envelope: [key: string, value: string][];
  body: string | null;
  related: string[];
  /** What a person can do to it. */
  deeds: Deed[];
  /** Nobody saw it, it was concluded. */
  deduced?: boolean;
  /** It does not exist any more, or not yet, at this moment. */
  gone?: boolean;
}

export interface LogRow {
  i: number;
  d: number;
  t: number;
  kind: string;
  cls: Cls | '';
  text: string;
  id: string;
}

export type ByClass = Readonly<Record<'call' | 'reply' | 'cast' | 'fanout' | 'notification' | 'other', number>>;
export interface Calls {
  total: number;
  answered_ok: number;
  answered_error: number;
  unanswered: number;
  late_replies: number;
  heartbeat_replies: number;
  waiting: number;
}
export interface Counters {
  published: ByClass;
  delivered: ByClass;
  calls: Calls;
  rest: Readonly<Record<'requests' | 'answered' | 'refused' | 'no_response', number>>;
  unrouted: number;
  returned: number;
  redelivered: number;
  lost: number;
}
export interface MethodRow {
  name: string;
  cls: Cls;
  count: number;
  p50ms: number;
}

export interface LiveStatus {
  state: string;
  text: string;
  remedy: string;
  broker: string;
  vhosts: string[];
  captured: number;
  delivered: number;
  dropped: Readonly<Record<string, number>>;
  lagMs: number;
  /** The share of publishes that the tap saw by the broker's own counters, 0 to 1; null when unknown. */
  coverage?: number | null;
  /** Both in RFC 3339, or ms since 1970. */
  since: string | number;
  clock: string | number;
  zone: string;
  /** Minutes east of UTC of the zone in which events are timed. */
  offsetMin?: number;
}

export interface Panel {
  v: number;
  mode: Mode;
  title: string;
  scenario: string;
  /** What carries it, as JSON that a `load` takes as `over`; "" without a scenario. */
  carrier: string;
  seed: number | string;
  epochMs: number;
  play: Play;
  actions: Action[];
  seq: Seq;
  selection: Selection | null;
  log: LogRow[];
  logFirst?: number;
  logTotal?: number;
  counters: Counters;
  methods: MethodRow[];
  live: LiveStatus | null;
  camera: { zoom: number; x?: number; y?: number };
  summary: string;
  announce: string[];
}

/** What the server says about itself at /config.json; a static site has none. */
export interface Config {
  mode: 'play' | 'live' | 'replay';
  title: string;
  build: string;
}

/** A scenario that the picker offers. */
export interface ScenarioInfo {
  name: string;
  title: string;
  /** The heading it stands under, such as "basics". */
  group: string;
  summary: string;
}

/** Reads a panel. Go writes an empty list as null; here all lists are lists. */
export function readPanel(json: string): Panel {
  const p = JSON.parse(json) as Panel;
  const { seq, selection: sel, live } = p;
  for (const k of ['lines', 'spans', 'arrows', 'gaps', 'ticks', 'bands'] as const) (seq[k] as unknown[] | null) ??= [];
  for (const k of ['actions', 'log', 'methods', 'announce'] as const) (p[k] as unknown[] | null) ??= [];
  if (sel) {
    for (const k of ['facts', 'life', 'envelope', 'related', 'deeds'] as const) (sel[k] as unknown[] | null) ??= [];
    for (const step of sel.life) (step.args as Args | null) ??= {};
    if (sel.why) {
      (sel.why.tried as unknown[] | null) ??= [];
      (sel.why.args as Args | null) ??= {};
    }
  }
  if (live) {
    (live.vhosts as string[] | null) ??= [];
    (live.dropped as Record<string, number> | null) ??= {};
  }
  return p;
}
