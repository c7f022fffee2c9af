import { DRAWER, layoutNow, LOW, PHONE } from './layout';
import type { Ctx } from './state';
import { takeFiles } from './ui/drop';

/* What happens around the page – the window's size and colours, keys, presses beside an open list, files – goes to the page here. */

export interface WindowEvents {
  /** The system's colours, contrast or motion changed. */
  theme(): void;
  pressed(e: KeyboardEvent): void;
  dropped(file: File): void;
  /** A second went by. */
  tick(): void;
  /** The link that skips the bars was taken. */
  toMap(): void;
}

const COLOURS = ['(prefers-color-scheme: light)', '(prefers-contrast: more)', '(prefers-reduced-motion: reduce)'];

/** Listens to the window for the page, for good. */
export function watchWindow(page: Ctx, on: WindowEvents): void {
  const changed = (query: string, f: (matches: boolean) => void) => matchMedia(query).addEventListener('change', (e) => f(e.matches));
  const layout = () => {
    const { layout: before, stripOpen } = page.s;
    const now = layoutNow();
    // A phone's page has a sheet in the diagram's place: the window's height counts again when it is no phone's any more.
    page.set({ layout: now, stripOpen: before === 'phone' && now !== 'phone' ? !matchMedia(LOW).matches : stripOpen });
  };
  for (const q of [PHONE, DRAWER]) changed(q, layout);
  layout();
  changed(LOW, (low) => page.s.layout !== 'phone' && page.set({ stripOpen: !low }));
  for (const q of COLOURS) changed(q, () => on.theme());

  document.addEventListener('keydown', (e) => on.pressed(e));
  const beside = (e: Event) => {
    if (page.s.popover !== null && !(e.target as Element).closest(`[data-pop="${page.s.popover}"]`)) page.closePopover();
  };
  document.addEventListener('pointerdown', beside);
  document.addEventListener('focusin', beside);
  takeFiles(document, (dropping) => dropping !== page.s.dropping && page.set({ dropping }), (file) => on.dropped(file));
  window.setInterval(() => on.tick(), 1000);
  document.querySelector('.skip')?.addEventListener('click', (e) => {
    e.preventDefault();
    on.toMap();
  });
}
