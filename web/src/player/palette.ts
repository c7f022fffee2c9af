/* Colours for the canvas: the computed values of the style sheet's custom properties. */

/** Reads any CSS colour as straight RGBA, 0..1. */
function reader(): (colour: string) => readonly [number, number, number, number] {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  return (colour) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = '#0000';
    context.fillStyle = colour;
    const css = context.fillStyle; // normalised: #rrggbb or rgba(r, g, b, a), exact where pixels are premultiplied
    const m = /^rgba\((\d+), (\d+), (\d+), ([\d.]+)\)$/.exec(css);
    if (m) return [Number(m[1]) / 255, Number(m[2]) / 255, Number(m[3]) / 255, Number(m[4])];
    const n = Number.parseInt(css.slice(1), 16);
    return [(n >> 16) / 255, ((n >> 8) & 255) / 255, (n & 255) / 255, 1];
  };
}

const read = reader();

/** The colours of the properties, in order, and the opacity of halos. */
export function palette(names: readonly string[]): { rgba: Uint8Array; glow: number } {
  const style = getComputedStyle(document.documentElement);
  const out = new Float32Array(4 * names.length);
  names.forEach((name, i) => {
    if (name !== '') out.set(read(style.getPropertyValue(name).trim()), 4 * i);
  });
  return { rgba: new Uint8Array(out.buffer), glow: Number.parseFloat(style.getPropertyValue('--glow')) || 0 };
}
