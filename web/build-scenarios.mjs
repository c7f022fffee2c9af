// Gives the page the list of built-in scenarios at build time, so that the picker needs no request and a static site has it too.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** An esbuild plugin: `import list from 'virtual:scenarios'` is [{name, title, summary, order}] of the documents in dir. */
export function scenarioPlugin(dir) {
  return {
    name: 'scenarios',
    setup(b) {
      b.onResolve({ filter: /^virtual:scenarios$/ }, () => ({ path: 'scenarios', namespace: 'virtual' }));
      b.onLoad({ filter: /.*/, namespace: 'virtual' }, () => ({ loader: 'json', contents: JSON.stringify(list(dir)) }));
    },
  };
}

function list(dir) {
  if (!existsSync(dir)) return [];
  const docs = readdirSync(dir).filter((f) => f.endsWith('.json')).sort().map((f) => {
    const doc = JSON.parse(readFileSync(join(dir, f), 'utf8'));
    return { name: doc.name ?? basename(f, '.json'), title: doc.title ?? basename(f, '.json'), summary: doc.summary ?? doc.description ?? '', order: doc.order ?? 1e6 };
  });
  return docs.sort((a, b) => a.order - b.order || a.name.localeCompare(b.name)).map(({ order: _, ...d }) => d);
}
