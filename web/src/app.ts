import { html, nothing, render } from 'lit';
import list from 'virtual:scenarios';
import { keepOver, keptOver, type Carrier } from './carrier';
import { CommandLog, sendCommand, viewAgain, type Command, type Reply } from './commands';
import { middle, visible } from './format';
import { coded, t } from './i18n/t';
import { keepsKey, keyAction, type Pressed } from './keys';
import { LOW } from './layout';
import { LiveLink } from './live';
import { readPanel, type Config, type Panel, type ScenarioInfo } from './model';
import { PlayerFrame } from './player-frame';
import { isCapture, isScenario, keepOwn, keptOwn, nearest, scenarioText } from './scenario-file';
import { Recording } from './recording';
import { playing, type Ctx, type Notice, type PopoverName, type SourceMode, type State, type Toast } from './state';
import { SeqStrip, stripElement } from './strip/strip';
import { watchWindow } from './window';
import { resolveTheme, storedTheme, storeTheme, type ThemeChoice } from './theme-choice';
import { dock, showsLines } from './ui/dock';
import { showHelp } from './ui/help';
import { inspector } from './ui/inspector';
import { liveBar } from './ui/live-bar';
import { followLog } from './ui/log';
import { sendButtons, zoomGroup } from './ui/map-tools';
import { notice } from './ui/notice';
import { bootOverlay, dropHint, toast } from './ui/overlays';
import { readingNote } from './ui/reading';
import { topbar } from './ui/topbar';

const TOAST_MS = 5000;

/** A text of the engine's as sentences: its parts are set apart by semicolons. */
const sentence = (text: string) => `${text.split('; ').map((s) => s.charAt(0).toUpperCase() + s.slice(1)).join('. ')}.`;

/** Finds a place of the page; index.html has them all. */
function place(id: string): HTMLElement {
  const el = document.getElementById(id);
  if (!el) throw new Error(`the page lacks #${id}`);
  return el;
}

/** The scenario that the page's address asks for; named() is it if there is one of that name. */
const wanted = () => new URLSearchParams(location.search).get('scenario');
const named = () => (list as readonly ScenarioInfo[]).find((x) => x.name === wanted());

/** The page: its state, what changes it, and its drawing. Traffic and model live in the player; this holds only what a person set. */
export class App implements Ctx {
  s: State;
  private readonly player: PlayerFrame;
  private readonly link: LiveLink;
  private readonly log = new CommandLog();
  private readonly strip: SeqStrip = stripElement();
  private readonly places = { bar: place('bar'), live: place('live'), over: place('over'), dock: place('dock'), side: place('side'), layer: place('layer'), say: place('say') };
  private scheduled = false;
  private started = false;
  private toastTimer = 0;
  /** The recording that is open, and how it is read while it is. */
  private recording: Blob | null = null;
  private reading: Recording | null = null;
  /** What a live player that starts anew had before. */
  private had: Panel | null = null;

  constructor(config: Config) {
    this.s = {
      panel: null, panelAt: 0, stepping: false, config, scenarios: list as readonly ScenarioInfo[], opening: config.mode === 'play' ? (named() ?? list[0] ?? null) as ScenarioInfo | null : null, mode: config.mode, recording: config.mode === 'replay' ? config.title : '', theme: storedTheme(),
      layout: 'wide', tab: 'sequence', popover: null, query: '', active: 0, jump: 'reply', stripOpen: !matchMedia(LOW).matches, sheetOpen: false, dropping: false,
      boot: { phase: document.documentElement.dataset.boot === 'ready' ? 'ready' : 'loading', loaded: 0, total: 0, code: '', text: '' }, link: { state: 'off', retryAt: 0, reason: '' }, toast: null, notice: null, reading: null,
    };
    this.link = new LiveLink(new URL('live', location.href.replace(/^http/, 'ws')).href, {
      opened: () => this.liveOpened(),
      bytes: (b) => this.player.feed(b),
      state: (link) => this.set({ link }),
    });
    this.player = new PlayerFrame(place('frame') as HTMLIFrameElement, {
      ready: () => this.playerReady(),
      progress: (loaded, total) => this.s.boot.phase === 'loading' && this.set({ boot: { ...this.s.boot, loaded, total } }),
      failed: (code, text) => this.playerFailed(code, text),
      panel: (json) => this.takePanel(readPanel(json)),
      key: (k) => this.pressed(k, null),
      fold: (id) => this.log.note({ cmd: 'select', id }, this.s.panel?.play.d ?? 0),
      dragged: (dropping) => dropping !== this.s.dropping && this.set({ dropping }),
      file: (f) => this.openFile(f),
    });
    watchWindow(this, {
      theme: () => this.applyTheme(),
      pressed: (e) => this.pressed(e, e),
      dropped: (file) => this.openFile(file),
      tick: () => this.s.link.state === 'lost' && this.schedule(),
      toMap: () => this.player.focus(),
    });
    this.schedule();
  }

  // ── what the templates may do ──

  send(command: Command): void {
    const reply = this.player.send(command);
    if (!reply.ok) {
      if (reply.error?.code !== 'not-ready') this.toast(t('error.command', { text: reply.error ? coded('error', reply.error.code, reply.error.text) : '' }), 'fault');
      return;
    }
    if (command.cmd === 'step' || command.cmd === 'jump') this.set({ stepping: !playing(this.s) });
    else if (command.cmd === 'play' || command.cmd === 'pause') this.set({ stepping: false });
    this.log.note(command, this.s.panel?.play.d ?? 0);
    if (command.cmd === 'send') this.say(command.method ? t('send.done', { kind: command.kind, method: command.method }) : t('send.done.bare', { kind: command.kind }));
  }

  set(patch: Partial<State>): void {
    this.s = { ...this.s, ...patch };
    this.schedule();
  }

  toggle(name: PopoverName): void {
    if (this.s.popover === name) {
      this.closePopover();
      return;
    }
    this.set({ popover: name, query: '', active: Math.max(0, this.s.scenarios.findIndex((x) => x.name === this.s.panel?.scenario)) });
    this.draw();
    const host = document.querySelector(`[data-pop="${name}"] .pop`);
    host?.querySelector<HTMLElement>('[data-autofocus], [aria-checked="true"], button, input')?.focus();
    host?.querySelector('.option.active')?.scrollIntoView({ block: 'nearest' });
  }

  closePopover(): void {
    const open = this.s.popover;
    if (open === null) return;
    const inside = document.querySelector(`[data-pop="${open}"]`)?.contains(document.activeElement) ?? false;
    this.set({ popover: null });
    this.draw();
    if (inside) document.querySelector<HTMLElement>(`[data-pop="${open}"] [data-pop-button]`)?.focus();
  }

  load(scenario: string): void {
    this.closePopover();
    this.leaveSource();
    this.set({ mode: 'play', notice: null });
    this.send({ cmd: 'load', scenario });
    this.send({ cmd: 'play' });
    history.replaceState(null, '', `?scenario=${encodeURIComponent(scenario)}`);
  }

  setMode(mode: SourceMode): void {
    this.closePopover();
    if (mode === this.s.mode) return;
    if (mode === 'play') this.loadLast();
    else if (mode === 'live') {
      this.leaveSource();
      this.log.note({ cmd: 'live' }, 0);
      this.set({ mode, notice: null });
      this.link.start();
    } else void this.openBlob(this.s.recording, this.recording ?? new Blob());
  }

  setTheme(choice: ThemeChoice): void {
    storeTheme(choice);
    this.closePopover();
    this.set({ theme: choice });
    this.applyTheme();
  }

  openFile(file: File): void {
    void isScenario(file).then((is) => (is ? this.openScenario(file) : this.openBlob(file.name, file)))
      .catch((e: unknown) => this.tell({ kind: 'file', title: t('notice.file', { name: visible(file.name) }), text: e instanceof Error ? e.message : String(e) }));
  }

  /** Opens a scenario that a person wrote. One that is not sound leaves the page as it was, and is told of. */
  private async openScenario(file: File): Promise<void> {
    if (await isCapture(file)) throw new Error(t('file.capture'));
    const doc = await scenarioText(file);
    const { ok, error } = this.loads({ cmd: 'load', doc });
    if (!ok) throw new Error(error ? coded('error', error.code, error.text) : '');
    keepOwn(doc);
  }

  /** Loads and plays a scenario, unless the player refuses it. */
  private loads(command: Command): Reply {
    const reply = this.player.send(command);
    if (!reply.ok) return reply;
    this.leaveSource();
    this.log.note(command, 0);
    this.set({ mode: 'play', notice: null });
    this.send({ cmd: 'play' });
    return reply;
  }

  /** What the page's address stands for: a person's own scenario, a built-in one, else the first; over the transport that was asked for. */
  private loadLast(): void {
    const own = keptOwn();
    const over = keptOver();
    if (own !== null && this.loads({ cmd: 'load', doc: own, ...(over && { over }) }).ok) return;
    const scenario = this.firstScenario();
    if (!over || !this.loads({ cmd: 'load', scenario, over }).ok) this.load(scenario);
  }

  carry(over: Carrier | null): Reply {
    const loaded = this.log.loaded;
    if (!loaded) return { ok: true };
    const own = { ...loaded };
    delete own.over;
    const reply = this.loads(over ? { ...own, over } : own);
    if (reply.ok) keepOver(over, own.scenario);
    return reply;
  }

  stopReading(): void {
    this.reading?.stop();
  }

  openHelp(): void {
    this.closePopover();
    showHelp(this.s.config.build);
  }

  retry(): void {
    this.set({ boot: { phase: 'loading', loaded: 0, total: 0, code: '', text: '' } });
    this.player.reload();
  }

  toast(text: string, tone: Toast['tone'] = 'plain'): void {
    clearTimeout(this.toastTimer);
    this.set({ toast: { text, tone } });
    this.say(text);
    this.toastTimer = window.setTimeout(() => this.set({ toast: null }), tone === 'fault' ? 2 * TOAST_MS : TOAST_MS);
  }

  /** Says what went wrong, to stay. */
  private tell(n: Notice): void {
    this.set({ notice: n });
    this.say(`${n.title} ${n.text}`);
  }

  // ── the player ──

  private playerReady(): void {
    const again = this.started;
    this.started = true;
    this.set({ boot: { ...this.s.boot, phase: 'ready' } });
    this.applyTheme();
    if (again) this.restore(this.s.panel);
    else this.begin();
  }

  private playerFailed(code: string, text: string): void {
    if (code === 'stream') {
      // The engine is well, only its stream is not. A recording's reader says so by the answer to its end.
      if (this.s.mode !== 'live') return;
      this.toast(t('error.stream', { text }), 'fault');
      this.link.renew();
      return;
    }
    // Without WebGL 2 the engine still runs: only the picture is missing.
    this.set({ boot: { ...this.s.boot, phase: code === 'no-webgl2' ? this.s.boot.phase : 'failed', code, text } });
  }

  private firstScenario(): string {
    return (named() ?? this.s.scenarios[0])?.name ?? '';
  }

  /** The first minute: something runs before anybody touched anything. */
  private begin(): void {
    if (this.s.mode === 'live') this.link.start();
    else if (this.s.mode === 'replay') void this.fetchRecording();
    else {
      const scenario = this.firstScenario();
      const asked = wanted();
      const own = keptOwn();
      const over = keptOver();
      if (own !== null && this.loads({ cmd: 'load', doc: own, ...(over && { over }) }).ok) return;
      const near = asked && nearest(asked, this.s.scenarios.map((x) => x.name));
      if (asked && !named()) this.tell({ kind: 'unknown', title: t('error.scenario', { name: visible(middle(asked, 80)), title: this.s.opening?.title ?? scenario }), text: `${near ? `${t('error.scenario.near', { name: near })} ` : ''}${t('error.scenario.remedy')}` });
      if (over) {
        const { ok, error } = this.loads({ cmd: 'load', scenario, over });
        if (ok) return;
        this.tell({ kind: 'unknown', title: t('error.carrier'), text: error ? coded('error', error.code, error.text) : '' });
      }
      if (this.player.opened) {
        this.log.note({ cmd: 'load', scenario }, 0); // the player began with it by itself
        return;
      }
      this.send({ cmd: 'load', scenario });
      this.send({ cmd: 'play' });
    }
  }

  /** A restarted player gets back what the old one had: its model from the command log, then what was set on top. */
  private restore(panel: Panel | null): void {
    this.reading?.stop();
    if (this.s.mode === 'live') {
      this.had = panel;
      this.link.restart();
    } else if (this.recording && this.s.mode === 'replay') void this.openBlob(this.s.recording, this.recording, panel);
    else {
      for (const c of this.log.replay(panel?.play.d ?? 0)) this.player.send(c);
      this.restoreView(panel);
    }
  }

  private restoreView(panel: Panel | null): void {
    if (panel) for (const c of viewAgain(panel, this.s.mode, this.log)) this.player.send(c);
  }

  /** A stream begins; what was set before over another one is set again. */
  private liveOpened(): void {
    const now = this.s.panel;
    this.player.send({ cmd: 'live' });
    this.restoreView(this.had ?? (now?.mode === 'live' ? { ...now, camera: { zoom: now.camera.zoom } } : null)); // the camera stays where it is
    this.had = null;
  }

  /** Nothing more of what is open now may reach the player. */
  private leaveSource(): void {
    this.reading?.stop();
    this.reading = null;
    this.link.stop();
    this.set({ reading: null });
  }

  private takePanel(p: Panel): void {
    for (const text of p.announce) this.say(text);
    this.log.sent(p.play.sent);
    const had = this.s.panel?.selection?.id;
    const before = this.s.panel?.play.failed ?? '';
    if (p.play.failed && p.play.failed !== before) this.tell({ kind: 'stopped', title: t('error.stopped'), text: sentence(p.play.failed) });
    else if (!p.play.failed && this.s.notice?.kind === 'stopped') this.set({ notice: null });
    this.set({ panel: p, panelAt: performance.now(), stepping: this.s.stepping && p.play.playing });
    if (p.selection && p.selection.id !== had && this.s.layout === 'phone' && this.s.sheetOpen) this.set({ tab: 'details' });
  }

  private async fetchRecording(): Promise<void> {
    try {
      const r = await fetch('recording.flow');
      if (!r.ok) throw new Error(`${r.status} ${r.statusText}`);
      await this.openBlob(this.s.config.title, await r.blob());
    } catch (e) {
      this.toast(t('error.replay', { text: e instanceof Error ? e.message : String(e) }), 'fault');
    }
  }

  /**
   * Opens a recording, a slice at a time. One of which nothing can be read leaves the page as it was; of a damaged one the
   * good part is shown. A player that started anew is brought to where the old one was.
   */
  private async openBlob(title: string, bytes: Blob, had: Panel | null = null): Promise<void> {
    const before = this.s.panel;
    this.leaveSource();
    const mine = (this.reading = new Recording(title, bytes, this.player));
    let begun = false;
    let told = false;
    const begin = () => {
      if (begun) return;
      begun = true;
      this.recording = bytes;
      this.set({ notice: null });
      if (had === null) this.log.note({ cmd: 'open', title }, 0);
      this.set({ mode: 'replay', recording: title });
      this.send({ cmd: had === null ? 'play' : 'pause' });
    };
    const reply = await mine.read((reading) => {
      begin();
      this.set({ reading });
      if (reading.waiting && !told) {
        told = true;
        this.toast(t('reading.waits', { name: title }));
      }
      if (had && reading.waiting) this.player.send({ cmd: 'seek', d: had.play.d }); // makes room up to there
    }).catch((e: unknown) => ({ ok: false, error: { code: 'no-recording', text: String(e) } }));
    if (this.reading !== mine) return;
    const part = this.s.reading;
    this.reading = null;
    this.set({ reading: null });
    const error = reply?.error;
    if (reply === null) {
      this.player.send({ cmd: 'end' });
      this.toast(t('reading.stopped', { name: title, loaded: Math.round((part?.done ?? 0) / 1e6), total: Math.round(bytes.size / 1e6) }));
    } else if (error?.code === 'not-ready') return;
    else if (error && error.code !== 'no-recording') this.toast(t('error.file.part', { name: title, text: coded('error', error.code, error.text) }), 'fault');
    if (error?.code === 'no-recording') {
      if (before && bytes !== this.recording) this.restore(before);
      else this.loadLast();
      this.tell({ kind: 'file', title: t('notice.file', { name: visible(title) }), text: `${coded('error', error.code, error.text)}. ${t('file.recording')}` });
      return;
    }
    begin();
    this.restoreView(had);
  }

  // ── the world around the page ──

  private pressed(k: Pressed, e: KeyboardEvent | null): void {
    if (e && (e.defaultPrevented || keepsKey(e.target, k.key) || document.querySelector('dialog[open]'))) return;
    const action = keyAction(k);
    if (action === null) return;
    if ('command' in action) {
      e?.preventDefault();
      const { cmd } = action.command;
      const play = this.s.panel?.play;
      if ((cmd === 'undo' && !play?.canUndo) || (cmd === 'redo' && !play?.canRedo)) return; // their buttons are off as well
      this.send(action.command);
      return;
    }
    switch (action.page) {
      case 'toggle':
        e?.preventDefault();
        this.send({ cmd: playing(this.s) ? 'pause' : 'play' });
        break;
      case 'send':
        if (!k.repeat) this.sendFirst(action.kind!); // a key that rests on the desk is no wish for a hundred calls
        break;
      case 'help': this.openHelp(); break;
      case 'escape': this.escape(); break;
    }
  }

  /** Sends the first of a kind that is offered. */
  private sendFirst(kind: string): void {
    const a = this.s.mode === 'play' ? this.s.panel?.actions.find((x) => x.kind === kind && x.enabled) : undefined;
    if (a) this.send(sendCommand(a));
  }

  /** Esc closes the nearest thing that is open, one at a time. */
  private escape(): void {
    if (this.s.popover !== null) this.closePopover();
    else if (this.s.toast) this.set({ toast: null });
    else if (this.s.layout === 'phone' && this.s.sheetOpen) this.set({ sheetOpen: false });
    else if (this.s.panel?.selection) this.send({ cmd: 'select', id: '' });
  }

  private applyTheme(): void {
    const name = resolveTheme(this.s.theme);
    document.documentElement.dataset.theme = name;
    if (this.player.up) this.player.send({ cmd: 'theme', name, reducedMotion: matchMedia('(prefers-reduced-motion: reduce)').matches });
    this.schedule();
  }

  /** Hands a sentence to screen readers; the same one twice must still be heard twice. */
  private say(text: string): void {
    const el = document.createElement('p');
    el.textContent = text;
    this.places.say.append(el);
    while (this.places.say.childElementCount > 5) this.places.say.firstElementChild?.remove();
  }

  // ── drawing ──

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    this.scheduled = false;
    const { s, places } = this;
    const drawer = s.layout === 'drawer';
    const side = s.layout === 'wide' || (drawer && Boolean(s.panel?.selection));
    const root = document.documentElement.dataset;
    root.shell = '';
    root.layout = s.layout;
    root.mode = s.mode;
    root.boot = s.boot.phase;
    root.side = side ? 'open' : 'closed';
    root.strip = s.stripOpen ? 'open' : 'closed';
    root.sheet = s.sheetOpen ? 'open' : 'closed';
    render(topbar(this), places.bar);
    render(html`${liveBar(this)}${notice(this)}`, places.live);
    render(html`${s.layout === 'phone' ? nothing : sendButtons(this)}${zoomGroup(this)}<p class="sr" id="summary">${s.panel?.summary ?? ''}</p>${bootOverlay(this)}${readingNote(this)}`, places.over);
    render(dock(this, this.strip), places.dock);
    this.strip.update(this, showsLines(this));
    followLog(places.dock);
    render(side ? inspector(this) : nothing, places.side);
    render(html`${toast(this, () => this.set({ toast: null }))}${dropHint(this)}`, places.layer);
    document.title = s.panel?.title ? `${s.panel.title} · ${t('app.title')}` : t('app.title');
  }
}
