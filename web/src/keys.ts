/* The page's keys. They work wherever focus is, except where the same key means something else: in a field, a menu, a slider. */
import type { Command } from './commands';

export interface Pressed {
  key: string;
  shiftKey?: boolean;
  ctrlKey?: boolean;
  metaKey?: boolean;
  altKey?: boolean;
  repeat?: boolean;
}

export type KeyAction = { command: Command } | { page: 'toggle' | 'help' | 'escape' | 'send'; kind?: string } | null;

const SENDS: Readonly<Record<string, string>> = { a: 'call', s: 'cast', d: 'fanout' };

export function keyAction(k: Pressed): KeyAction {
  const key = k.key.length === 1 ? k.key.toLowerCase() : k.key;
  if (k.ctrlKey || k.metaKey) {
    if (key === 'z') return { command: { cmd: k.shiftKey ? 'redo' : 'undo' } };
    if (key === 'y') return { command: { cmd: 'redo' } };
    return null;
  }
  if (k.altKey) return null;
  const kind = SENDS[key];
  if (kind !== undefined && !k.shiftKey) return { page: 'send', kind };
  switch (key) {
    case ' ': return { page: 'toggle' };
    case 'ArrowLeft': return { command: { cmd: 'step', by: k.shiftKey ? 'hop' : 'event', dir: -1 } };
    case 'ArrowRight': return { command: { cmd: 'step', by: k.shiftKey ? 'hop' : 'event', dir: 1 } };
    case '+': case '=': return { command: { cmd: 'camera', op: 'in' } };
    case '-': case '_': return { command: { cmd: 'camera', op: 'out' } };
    case '0': return { command: { cmd: 'camera', op: 'reset' } };
    case 'f': return { command: { cmd: 'camera', op: 'fit' } };
    case '?': return { page: 'help' };
    case 'Escape': return { page: 'escape' };
    default: return null;
  }
}

/** Whether the focused element wants this key for itself. */
export function keepsKey(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (key === 'Escape') return false;
  const tag = target.tagName;
  if (tag === 'TEXTAREA' || target.isContentEditable || (tag === 'INPUT' && (target as HTMLInputElement).type !== 'range')) return true;
  if (tag === 'INPUT' && key.startsWith('Arrow')) return true;
  if ((tag === 'BUTTON' || tag === 'A' || tag === 'SUMMARY') && (key === ' ' || key === 'Enter')) return true;
  return key.startsWith('Arrow') && target.closest('[role="menu"],[role="listbox"],[role="tablist"]') !== null;
}
