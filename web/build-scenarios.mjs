// Gives the page the list of built-in scenarios at build time, so that the picker needs no request and a static site has it too.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** An esbuild plugin: `import list from 'virtual:scenarios'` is [{name, title, group, summary}] of the documents in dir. */
export function scenarioPlugin(dir) {
  return {
    name: 'scenarios',
    setup(b) {
      b.onResolve({ filter: /^virtual:scenarios$/ }, () => ({ path: 'scenarios', namespace: 'virtual' }));
      b.onLoad({ filter: /.*/, namespace: 'virtual' }, () => ({ loader: 'json', contents: JSON.stringify(list(dir)) }));
    },
  };
}

/** The order of the list is decided once, in assets/embed.go; scenarios that are not named there follow by name. */
function order(dir, what) {
  const go = readFileSync(join(dir, '../embed.go'), 'utf8');
  const names = new RegExp(`^var ${what} = \\[\\]string\\{([^}]*)\\}`, 'm').exec(go);
  if (!names) throw new Error(`assets/embed.go no longer says the ${what} of the scenarios`);
  const list = [...names[1].matchAll(/"([^"]+)"/g)].map((m) => m[1]);
  return (name) => (list.indexOf(name) + 1 || list.length + 1);
}

function list(dir) {
  if (!existsSync(dir)) return [];
  const rank = order(dir, 'order');
  const group = order(dir, 'groups');
  const docs = readdirSync(dir).filter((f) => f.endsWith('.json')).sort().map((f) => {
    const doc = JSON.parse(readFileSync(join(dir, f), 'utf8'));
    return { name: doc.name ?? basename(f, '.json'), title: doc.title ?? basename(f, '.json'), group: doc.group ?? '', summary: doc.description ?? '' };
  });
  return docs.sort((a, b) => group(a.group) - group(b.group) || rank(a.name) - rank(b.name) || a.name.localeCompare(b.name));
}
