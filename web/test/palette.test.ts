import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseColour } from '../src/player/palette';

test('colours as the tokens write them', () => {
  assert.deepEqual(parseColour('#fff'), [1, 1, 1, 1]);
  assert.deepEqual(parseColour('#0a141e'), [10 / 255, 20 / 255, 30 / 255, 1]);
  assert.deepEqual(parseColour('rgb(255 0 51 / .5)'), [1, 0, 0.2, 0.5]);
  assert.deepEqual(parseColour('rgba(255, 0, 51, 50%)'), [1, 0, 0.2, 0.5]);
  assert.deepEqual(parseColour('transparent'), [0, 0, 0, 0]);
});

test('every colour of the style sheet is one that the canvas can take', () => {
  const css = readFileSync('src/styles/tokens.css', 'utf8');
  const colours = [...css.matchAll(/--[\w-]+:\s*(#[^;]+|rgba?\([^;]+\));/g)].map((m) => m[1]!);
  assert.ok(colours.length > 100, `${colours.length} colours`);
  for (const c of colours) assert.ok(parseColour(c)[3] > 0, c);
});
