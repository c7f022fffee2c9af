import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinData } from '../build-wasm.mjs';

/** A module of one exported memory of a page with the given sections behind; each piece is [address as signed LEB128, bytes]. */
function moduleOf(pieces: [number[], number[]][], before: number[] = []): Uint8Array<ArrayBuffer> {
  const content = [pieces.length, ...pieces.flatMap(([address, bytes]) => [0, 0x41, ...address, 0x0b, bytes.length, ...bytes])];
  return new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 0, 1, 7, 5, 1, 1, 0x6d, 2, 0, ...before, 11, content.length, ...content]);
}

function memory(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  return new Uint8Array((exports.m as WebAssembly.Memory).buffer);
}

test('pieces of data near each other are joined, in any order, and fill the memory as before', () => {
  const split = moduleOf([[[0x80, 0x01], [4, 5, 6]], [[3], [1, 2]], [[0xc0, 0x00], [9]], [[0x80, 0xfd, 0x03], [7, 8]]]); // at 128, 3, 64, 65152
  const joined = joinData(split);
  assert.ok(joined);
  const was = memory(split);
  assert.deepEqual([was[3], was[64], was[130], was[65152]], [1, 9, 6, 7]);
  assert.deepEqual(memory(joined), was);
  // The first three are one piece of 128 bytes from 3 on; the last is too far away.
  assert.deepEqual([...joined.subarray(20, 29)], [11, 0x90, 0x01, 2, 0, 0x41, 3, 0x0b, 0x80]);
});

test('a module whose pieces overlap or are named by its code is left alone', () => {
  assert.equal(joinData(moduleOf([[[3], [1, 2]], [[4], [3]]])), null);
  assert.equal(joinData(moduleOf([[[3], [1, 2]]], [12, 1, 1])), null);
});
