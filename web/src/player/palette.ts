/* Colours for the canvas: the computed values of the style sheet's custom properties. */

type RGBA = readonly [number, number, number, number];

const hexDigits = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i;
const rgb = /^rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)(?:\s*[,/]\s*([\d.]+)(%?))?\s*\)$/;

/**
 * Straight RGBA, 0..1, of a colour as tokens.css writes them: #rgb, #rrggbb, rgb(r g b / a), transparent. Asking a canvas
 * for it would start the browser's whole painting of canvases, half a second on a machine without a graphics card.
 */
export function parseColour(css: string): RGBA {
  const hex = hexDigits.exec(css)?.[1];
  if (hex !== undefined) {
    const full = hex.length === 3 ? hex.replace(/./g, '$&$&') : hex;
    const n = Number.parseInt(full, 16);
    return [(n >> 16) / 255, ((n >> 8) & 255) / 255, (n & 255) / 255, 1];
  }
  const m = rgb.exec(css);
  if (!m) return [0, 0, 0, 0];
  const alpha = m[4] === undefined ? 1 : Number(m[4]) / (m[5] === '%' ? 100 : 1);
  return [Number(m[1]) / 255, Number(m[2]) / 255, Number(m[3]) / 255, alpha];
}

/** The colours of the properties, in order, and the opacity of halos. */
export function palette(names: readonly string[]): { rgba: Uint8Array; glow: number } {
  const style = getComputedStyle(document.documentElement);
  const out = new Float32Array(4 * names.length);
  names.forEach((name, i) => {
    if (name !== '') out.set(parseColour(style.getPropertyValue(name).trim()), 4 * i);
  });
  return { rgba: new Uint8Array(out.buffer), glow: Number.parseFloat(style.getPropertyValue('--glow')) || 0 };
}
