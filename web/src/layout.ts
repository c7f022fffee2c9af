/** How the page is divided: an inspector beside the map, one that lies over it, or a sheet below it. */
export type Layout = 'wide' | 'drawer' | 'phone';

export const PHONE = '(max-width: 719px)';
export const DRAWER = '(max-width: 1179px)';
/** So low that map and diagram together leave room for neither. */
export const LOW = '(max-height: 519px)';

export function layoutNow(): Layout {
  return matchMedia(PHONE).matches ? 'phone' : matchMedia(DRAWER).matches ? 'drawer' : 'wide';
}
