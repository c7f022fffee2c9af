import { html, type TemplateResult } from 'lit';
import type { Args } from '../model';
import { en, type Key } from './en';

export type { Key };

type Named = Readonly<Record<string, string | number | undefined>>; // a list answers to its positions just as well

function fill(text: string, args: Args): string {
  return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one?: string, many?: string) => {
    const v = (args as Named)[name];
    if (v === undefined) return whole;
    return one === undefined ? String(v) : Number(v) === 1 ? one : many!;
  });
}

/** Drops the groups in brackets whose arguments are missing, and the brackets of the others. */
function groups(text: string, args: Args): string {
  return text.replace(/\[([^\]]*)\]/g, (_, group: string) => {
    const names = [...group.matchAll(/\{(\w+)/g)].map((m) => m[1]!);
    return names.every((n) => ((args as Named)[n] ?? '') !== '') ? group : '';
  });
}

/** The text for a key. */
export function t(key: Key, args: Args = {}): string {
  return fill(en[key], args);
}

/** The text for a code that may be unknown to this page, else the fallback. */
export function coded(prefix: string, code: string, fallback: string, args: Args = {}): string {
  const text: string | undefined = (en as Readonly<Record<string, string>>)[`${prefix}.${code}`];
  return text === undefined ? fallback : fill(groups(text, args), args);
}

/** Sets *…* strong and `…` in mono. Arguments are put in after the marks were read, so nothing in a name can act as one. */
export function rich(text: string, args: Args = {}): (TemplateResult | string)[] {
  return groups(text, args).split(/(\*[^*]+\*|`[^`]+`)/).filter((p) => p !== '').map((part) => {
    const inner = fill(part.slice(1, -1), args);
    if (part.length > 2 && part.startsWith('*')) return html`<b>${inner}</b>`;
    if (part.length > 2 && part.startsWith('`')) return html`<span class="mono">${inner}</span>`;
    return fill(part, args);
  });
}

/** {@link rich} for a code of the engine: its own text, or the code with its arguments when this page does not know it. */
export function codedRich(prefix: string, code: string, args: Args): (TemplateResult | string)[] {
  const all = en as Readonly<Record<string, string | undefined>>;
  const key = `${prefix}.${code}`;
  const text = (Number((args as Named).n ?? 1) > 1 ? all[`${key}.many`] : undefined) ?? all[key];
  if (text !== undefined) return rich(text, args);
  const values = Object.values(args as Readonly<Record<string, string | number>>).map(String).filter((v) => v !== '');
  return [[code.replaceAll('-', ' ').replaceAll('_', ' '), ...values].join(' ')];
}
