/* Outlines of messages and icons of controls. A kind of message is told by outline first, then hue, then glyph. */
import { html, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import type { Cls } from './model';

/** The kinds that have a hue in tokens.css. */
export type Hue = 'call' | 'reply' | 'cast' | 'fanout' | 'notify' | 'rest' | 'other';

export function hueOf(cls: Cls | ''): Hue {
  if (cls === 'notification') return 'notify';
  return cls === '' ? 'other' : cls;
}

/** Silhouettes at the nominal radius of 11, centred on 0,0. */
export const SILHOUETTE: Readonly<Record<Hue, string>> = {
  call: 'M-10,0a10,10 0 1 0 20,0a10,10 0 1 0 -20,0Z',
  reply: 'M-2.83,-10.17Q0,-13 2.83,-10.17L10.17,-2.83Q13,0 10.17,2.83L2.83,10.17Q0,13 -2.83,10.17L-10.17,2.83Q-13,0 -10.17,-2.83Z',
  cast: 'M-8.5,-8Q-8.5,-11.5 -5.42,-9.84L9.92,-1.66Q13,0 9.92,1.66L-5.42,9.84Q-8.5,11.5 -8.5,8Z',
  fanout: 'M-10.5,-2.3Q-10.5,-5.5 -7.44,-6.45L7.44,-11.05Q10.5,-12 10.5,-8.8L10.5,8.8Q10.5,12 7.44,11.05L-7.44,6.45Q-10.5,5.5 -10.5,2.3Z',
  notify: 'M-9.5,-4.5Q-9.5,-9.5 -4.5,-9.5L4.5,-9.5Q9.5,-9.5 9.5,-4.5L9.5,4.5Q9.5,9.5 4.5,9.5L-4.5,9.5Q-9.5,9.5 -9.5,4.5Z',
  rest: 'M-15,-5Q-15,-9 -11,-9L11,-9Q15,-9 15,-5L15,5Q15,9 11,9L-11,9Q-15,9 -15,5Z',
  other: 'M-9,0a9,9 0 1 0 18,0a9,9 0 1 0 -18,0Z',
};

const GLYPH: Readonly<Record<Hue, string>> = {
  call: 'M-5.2,-3.2H2.2a3.2,3.2 0 0 1 0,6.4H-4.6M-1.8,.2L-5,3.2L-1.8,6.2',
  reply: 'M5,0H-4.6M-1.2,-3.4L-4.8,0L-1.2,3.4',
  cast: 'M-5,0H4M1,-2.9L4.2,0L1,2.9',
  fanout: 'M-5.6,0H6M-5.6,0L5.6,-5.4M-5.6,0L5.6,5.4',
  notify: 'M-4.8,3H4.8C3.6,1.8 3.6,.6 3.6,-1.2A3.6,3.6 0 0 0 -3.6,-1.2C-3.6,.6 -3.6,1.8 -4.8,3ZM-1.4,5.6H1.4',
  rest: 'M-4.4,-4.6C-7,-4.6 -5.6,-.8 -8,0C-5.6,.8 -7,4.6 -4.4,4.6M4.4,-4.6C7,-4.6 5.6,-.8 8,0C5.6,.8 7,4.6 4.4,4.6M-2,0h.01M2,0h.01',
  other: 'M-3.5,0H3.5',
};

/** A message with its glyph, as it travels on the map. */
export function token(hue: Hue, size: number): TemplateResult {
  return html`<svg class="ic tok t-${hue}" width=${size} height=${size} viewBox="-17 -17 34 34" aria-hidden="true">
    <path class="body" d=${SILHOUETTE[hue]} transform="scale(1.09)"></path><path class="glyph" d=${GLYPH[hue]} transform="scale(1.09)"></path>
  </svg>`;
}

/** A message without its glyph, as it stands in a queue. */
export function mini(hue: Hue, size = 14, r = 5): TemplateResult {
  return html`<svg class="ic tok t-${hue}" width=${size} height=${size} viewBox="-7 -7 14 14" aria-hidden="true">${miniShape(hue, 0, 0, r)}</svg>`;
}

export function miniShape(hue: Hue, x: number, y: number, r: number): SVGTemplateResult {
  const k = r / 11;
  return svg`<path class="mini t-${hue}" d=${SILHOUETTE[hue]} transform="translate(${x},${y}) scale(${k})"></path>`;
}

/** A small bolt: where somebody or something interferes. */
export function bolt(x: number, y: number): SVGTemplateResult {
  return svg`<path class="bolt" d="M1.6-6L-4 1H-.6L-1.8 6L4-1.4H.5Z" transform="translate(${x},${y})"></path>`;
}

const P = {
  undo: 'M7 5L3.5 8.5L7 12M4 8.5H12a4 4 0 0 1 0 8H8',
  redo: 'M13 5L16.5 8.5L13 12M16 8.5H8a4 4 0 0 0 0 8h4',
  moon: 'M16 11.6A6.6 6.6 0 1 1 8.4 4a5.2 5.2 0 0 0 7.6 7.6Z',
  sun: 'M10 6.6a3.4 3.4 0 1 0 0 6.8a3.4 3.4 0 1 0 0-6.8M10 2.5V4M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1.1 1.1M14.2 14.2l1.1 1.1M15.3 4.7l-1.1 1.1M5.8 14.2l-1.1 1.1',
  contrast: 'M10 3.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M10 3.5v13M12 5.5h1.6M12 8h3.8M12 10.5h4M12 13h3',
  system: 'M3.5 4.5h13v9h-13ZM8 16.5h4M10 13.5v3',
  help: 'M10 3a7 7 0 1 0 0 14a7 7 0 1 0 0-14M8 8a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.4M10 13.8h.01',
  chevron: 'M6 8l4 4l4-4',
  chevronUp: 'M6 12l4-4l4 4',
  plus: 'M10 4.5V15.5M4.5 10H15.5',
  minus: 'M4.5 10H15.5',
  close: 'M5.5 5.5l9 9M14.5 5.5l-9 9',
  check: 'M4.5 10.5l3.6 3.6l7.4-8',
  fit: 'M4 7.5V4h3.5M12.5 4H16v3.5M16 12.5V16h-3.5M7.5 16H4v-3.5',
  legend: 'M4 5.5h2.5M9 5.5h7M4 10h2.5M9 10h7M4 14.5h2.5M9 14.5h7',
  copy: 'M7.5 7.5h8.5v8.5h-8.5ZM12.5 7.5V4H4v8.5h3.5',
  search: 'M9 4a5 5 0 1 0 0 10a5 5 0 1 0 0-10M12.7 12.7L16.5 16.5',
  warn: 'M10 3.8l7 12.2H3ZM10 8.5v3.4M10 13.9h.01',
  link: 'M3.5 7.5h13M13 4l3.5 3.5L13 11M16.5 13h-13M7 9.500L3.5 13L7 16.500',
  menu: 'M4 6h12M4 10h12M4 14h12',
  open: 'M3.5 15.5v-10h4.2l1.8 2h7v8ZM3.5 9.5h13',
  loop: 'M5 8.5a5.4 5.4 0 0 1 9.6-1.5M15 4v3.4h-3.4M15 11.5a5.4 5.4 0 0 1-9.6 1.5M5 16v-3.4h3.4',
  info: 'M10 3a7 7 0 1 0 0 14a7 7 0 1 0 0-14M10 9.2v4.6M10 6.4h.01',
  panel: 'M3.5 4.5h13v11h-13ZM3.5 11h13',
  restart: 'M5.2 7.5A5.8 5.8 0 1 1 4.4 11M5 3.8v3.9h3.9',
} as const;

const SOLID = {
  play: 'M6.5 4.2v11.6a.8.8 0 0 0 1.2.7l9-5.8a.8.8 0 0 0 0-1.4l-9-5.8a.8.8 0 0 0-1.2.7Z',
  pause: 'M6.2 4h1.2a1.2 1.2 0 0 1 1.2 1.2v9.6a1.2 1.2 0 0 1-1.2 1.2h-1.2a1.2 1.2 0 0 1-1.2-1.2v-9.6a1.2 1.2 0 0 1 1.2-1.2ZM12.6 4h1.2a1.2 1.2 0 0 1 1.2 1.2v9.6a1.2 1.2 0 0 1-1.2 1.2h-1.2a1.2 1.2 0 0 1-1.2-1.2v-9.6a1.2 1.2 0 0 1 1.2-1.2Z',
  stepF: 'M4.5 5v10a.7.7 0 0 0 1.1.6l7-5a.7.7 0 0 0 0-1.2l-7-5a.7.7 0 0 0-1.1.6ZM15 4.4h.2a1 1 0 0 1 1 1v9.2a1 1 0 0 1-1 1h-.2a1 1 0 0 1-1-1v-9.2a1 1 0 0 1 1-1Z',
  stepB: 'M15.5 5v10a.7.7 0 0 1-1.1.6l-7-5a.7.7 0 0 1 0-1.2l7-5a.7.7 0 0 1 1.1.6ZM4.8 4.4h.2a1 1 0 0 1 1 1v9.2a1 1 0 0 1-1 1h-.2a1 1 0 0 1-1-1v-9.2a1 1 0 0 1 1-1Z',
  jump: 'M3 5.2v9.6a.6.6 0 0 0 1 .5l5.4-4.8a.7.7 0 0 0 0-1L4 4.7a.6.6 0 0 0-1 .5ZM10.4 5.2v9.6a.6.6 0 0 0 1 .5l5.4-4.8a.7.7 0 0 0 0-1l-5.4-4.8a.6.6 0 0 0-1 .5Z',
} as const;

export type IconName = keyof typeof P | keyof typeof SOLID;

export function icon(name: IconName, size = 20): TemplateResult {
  if (name in SOLID) {
    return html`<svg class="ic" width=${size} height=${size} viewBox="0 0 20 20" fill="currentColor" aria-hidden="true"><path d=${SOLID[name as keyof typeof SOLID]}></path></svg>`;
  }
  return html`<svg class="ic" width=${size} height=${size} viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${P[name as keyof typeof P]}></path></svg>`;
}

/** The product's mark: a call goes out, its reply comes back. */
export const mark = (size: number) => html`<svg class="mark" width=${size} height=${size} viewBox="0 0 24 24" aria-hidden="true">
  <path class="arc" d="M5.2,8.2A7.6,7.6 0 0 1 18.8,8.2"></path><path class="arc" d="M18.8,15.8A7.6,7.6 0 0 1 5.2,15.8"></path>
  <circle class="mini t-call" cx="4.2" cy="12" r="3"></circle>
  <path class="mini t-reply" d="M19.29,8.91Q20,8.2 20.71,8.91L23.09,11.29Q23.8,12 23.09,12.71L20.71,15.09Q20,15.8 19.29,15.09L16.91,12.71Q16.2,12 16.91,11.29Z"></path></svg>`;

/** Shapes of lifelines at half size: what kind of thing the line belongs to. */
export const LINE_SHAPE = {
  process: 'M-7.8,-3.7A2.6,2.6 0 0 1 -5.2,-6.3H5.2A2.6,2.6 0 0 1 7.8,-3.7V3.7A2.6,2.6 0 0 1 5.2,6.3H-5.2A2.6,2.6 0 0 1 -7.8,3.7Z',
  exchange: 'M-1.5,-7.4Q0,-8.8 1.5,-7.4L7.4,-1.5Q8.8,0 7.4,1.5L1.5,7.4Q0,8.8 -1.5,7.4L-7.4,1.5Q-8.8,0 -7.4,-1.5Z',
  default: 'M-7.3,0a7.3,7.3 0 1 0 14.6,0a7.3,7.3 0 1 0 -14.6,0Z',
  fanout: 'M-5.7,-1.4Q-5.7,-2.9 -4.3,-3.5L3.6,-6.9Q5.2,-7.5 5.2,-5.8V5.8Q5.2,7.5 3.6,6.9L-4.3,3.5Q-5.7,2.9 -5.7,1.4Z',
  direct: 'M-6.2,-4.2Q-6.2,-6.2 -4.2,-6.2H4.2Q6.2,-6.2 6.2,-4.2V4.2Q6.2,6.2 4.2,6.2H-4.2Q-6.2,6.2 -6.2,4.2Z',
  headers: 'M-7.8,0L-4.4,-5.6Q-4,-6.5 -3,-6.5H3Q4,-6.5 4.4,-5.6L7.8,0L4.4,5.6Q4,6.5 3,6.5H-3Q-4,6.5 -4.4,5.6Z',
  broker: 'M-9,-4.5A3,3 0 0 1 -6,-7.5H6A3,3 0 0 1 9,-4.5V4.5A3,3 0 0 1 6,7.5H-6A3,3 0 0 1 -9,4.5ZM-5,-2.5H5M-5,2.5H1',
  queue: 'M-4.2,-4.7H4.2a4.7,4.7 0 0 1 0,9.4H-4.2a4.7,4.7 0 0 1 0,-9.4Z',
} as const;
