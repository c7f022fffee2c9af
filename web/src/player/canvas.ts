/* How Ebitengine sees this page. Its canvas is sized from the body and its context asks for more than the map needs. */

/**
 * Asks for WebGL 2 without antialiasing, alpha and depth: without a graphics card that is a third of the time of a frame.
 * `none` is called when there is no WebGL 2 at all.
 */
export function leanContext(none: () => void): void {
  type GetContext = (this: HTMLCanvasElement, kind: string, attributes?: object) => RenderingContext | null;
  const prototype = HTMLCanvasElement.prototype as unknown as { getContext: GetContext };
  const original = prototype.getContext;
  const lean = function (this: HTMLCanvasElement, kind: string, attributes?: object): RenderingContext | null {
    if (kind !== 'webgl2') return original.call(this, kind, attributes);
    this.tabIndex = -1; // keys belong to the page; Tab passes by
    this.setAttribute('aria-hidden', 'true');
    const context = original.call(this, kind, { ...attributes, antialias: false, alpha: false, depth: false, powerPreference: 'default' });
    if (!context) none();
    return context;
  };
  prototype.getContext = lean;
}

/** More pixels per CSS pixel are not worth their time. */
const sharp = 2;

/** The view's size: CSS pixels for the page, device pixels – of a ratio that may be lowered – for the canvas. */
export class View {
  private most = sharp;
  private w = 1;
  private h = 1;
  /** There is no canvas. */
  blind = false;

  constructor(private readonly resized: (w: number, h: number) => void) {
    this.measure();
    const body = document.body;
    Object.defineProperty(body, 'clientWidth', { get: () => Math.max(1, Math.round(this.w * this.ratio)) });
    Object.defineProperty(body, 'clientHeight', { get: () => Math.max(1, Math.round(this.h * this.ratio)) });
    window.addEventListener('resize', (e) => {
      if (this.blind) e.stopImmediatePropagation(); // Ebitengine would draw, with nothing to draw on
      this.measure();
    });
  }

  get width(): number { return this.w; }
  get height(): number { return this.h; }

  /** Device pixels per CSS pixel of the canvas. */
  get ratio(): number {
    return Math.min(window.devicePixelRatio || 1, this.most);
  }

  /** Bounds the ratio. */
  limit(most: number): void {
    const before = this.ratio;
    this.most = Math.min(most, sharp);
    if (this.ratio !== before) window.dispatchEvent(new Event('resize'));
  }

  private measure(): void {
    this.w = document.documentElement.clientWidth;
    this.h = document.documentElement.clientHeight;
    this.resized(this.w, this.h);
  }
}
