import { html, nothing, type TemplateResult } from 'lit';
import type { Ctx, PopoverName } from '../state';

interface Options {
  /** Accessible name of a button that shows no words; one that does is named by them. */
  label?: string;
  title?: string;
  cls?: string;
  /** What the button opens, for assistive technology. */
  has: 'dialog' | 'menu' | 'listbox';
  disabled?: boolean;
  align?: 'left' | 'right' | 'up-left' | 'up-right';
}

/** A button and what it opens. Focus goes in when it opens and back to the button when it closes; see App.toggle. */
export function popover(ctx: Ctx, name: PopoverName, button: TemplateResult, content: () => TemplateResult, o: Options): TemplateResult {
  const open = ctx.s.popover === name;
  return html`<div class="pop-host" data-pop=${name}>
    <button class=${o.cls ?? 'btn'} type="button" data-pop-button aria-haspopup=${o.has} aria-expanded=${open ? 'true' : 'false'} aria-label=${o.label ?? nothing} title=${o.title ?? o.label ?? nothing}
      ?disabled=${o.disabled ?? false} @click=${() => ctx.toggle(name)}>${button}</button>
    ${open ? html`<div class="pop ${o.align ?? 'left'}">${content()}</div>` : nothing}
  </div>`;
}

/** Moves between the items of a menu with the arrow keys, as menus do everywhere. */
export function menuKeys(e: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1, Home: -1e6, End: 1e6 }[e.key];
  if (step === undefined) return;
  e.preventDefault();
  e.stopPropagation();
  const items = Array.from((e.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[role^="menuitem"]:not([disabled])'));
  const at = items.indexOf(document.activeElement as HTMLElement);
  const next = Math.abs(step) > 1 ? (step < 0 ? 0 : items.length - 1) : (at + step + items.length) % items.length;
  items[next]?.focus();
}
