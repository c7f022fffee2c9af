/* What the engine tells after every frame lies in its memory; this mirrors bridge.Frame (wasm/bridge/frame.go). */

/** The engine's functions, set by wasm/bridge. */
export interface Engine {
  readonly address: number;
  /** JSON: what the indices in labels mean. */
  readonly tables: string;
  send(json: string): string;
  feed(bytes: Uint8Array): boolean;
  colours(rgba: Uint8Array, glow: number): void;
  resize(w: number, h: number, top: number): void;
  pan(dx: number, dy: number, glided: number): void;
  zoomAt(x: number, y: number, factor: number): void;
  effects(level: number): void;
  reveal(id: string): void;
  hit(x: number, y: number, slack: number): string;
  /** Allocations so far, for measuring. */
  mallocs(): number;
}

/** Fields of the frame, 32 bits each, in order. */
const enum At {
  Want, Count, X, Y, Zoom, LabelVersion, LabelsPtr, LabelsLen, PlacesPtr, PlacesLen, ProxyVersion, ProxiesPtr, ProxiesLen,
  ProxyPlacesPtr, ProxyPlacesLen, PanelVersion, PanelPtr, PanelLen, Effects, Moved, BoundsX, BoundsY, BoundsW, BoundsH, Vertices, StageMicros, PaintMicros, PanelMicros, Fields,
}

const none = new Float32Array(0);

/** Views into the engine's memory. They are made anew when it has grown. */
export class FrameMemory {
  private buffer: ArrayBufferLike | null = null;
  private u32 = new Uint32Array(At.Fields);
  private f32 = new Float32Array(At.Fields);
  private readonly decoder = new TextDecoder();

  constructor(private readonly memory: WebAssembly.Memory, private readonly address: number) {}

  private fresh(): void {
    if (this.buffer === this.memory.buffer) return;
    this.buffer = this.memory.buffer;
    this.u32 = new Uint32Array(this.buffer, this.address, At.Fields);
    this.f32 = new Float32Array(this.buffer, this.address, At.Fields);
  }

  private word(at: At): number {
    this.fresh();
    return this.u32[at]!;
  }

  private float(at: At): number {
    this.fresh();
    return this.f32[at]!;
  }

  private text(ptr: At, length: At): string {
    const len = this.word(length);
    return len === 0 ? '' : this.decoder.decode(new Uint8Array(this.memory.buffer, this.word(ptr), len));
  }

  private floats(ptr: At, length: At): Float32Array {
    const len = this.word(length);
    return len === 0 ? none : new Float32Array(this.memory.buffer, this.word(ptr), len / 4);
  }

  get want(): boolean { return this.word(At.Want) !== 0; }
  get count(): number { return this.word(At.Count); }
  get x(): number { return this.float(At.X); }
  get y(): number { return this.float(At.Y); }
  get zoom(): number { return this.float(At.Zoom); }
  get labelVersion(): number { return this.word(At.LabelVersion); }
  get labels(): string { return this.text(At.LabelsPtr, At.LabelsLen); }
  /** x, y, alpha of every dynamic label. */
  get places(): Float32Array { return this.floats(At.PlacesPtr, At.PlacesLen); }
  get proxyVersion(): number { return this.word(At.ProxyVersion); }
  get proxies(): string { return this.text(At.ProxiesPtr, At.ProxiesLen); }
  /** x, y, w, h of every message's proxy. */
  get proxyPlaces(): Float32Array { return this.floats(At.ProxyPlacesPtr, At.ProxyPlacesLen); }
  get panel(): string { return this.text(At.PanelPtr, At.PanelLen); }
  get effects(): number { return this.word(At.Effects); }
  get moved(): number { return this.word(At.Moved); }
  /** Whether there is anything to see. */
  get filled(): boolean { return this.float(At.BoundsW) > 0; }
  get vertices(): number { return this.word(At.Vertices); }
  /** What all frames so far spent on the engine, the painter and the panels (µs, modulo 2³²). */
  get spent(): { stageMicros: number; paintMicros: number; panelMicros: number } {
    return { stageMicros: this.word(At.StageMicros), paintMicros: this.word(At.PaintMicros), panelMicros: this.word(At.PanelMicros) };
  }
}
