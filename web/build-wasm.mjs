// Makes the engine's module smaller to download without changing what it does.

const DATA = 11;
const DATA_COUNT = 12;

/**
 * The module with its memory's first content in as few pieces as possible. Go's linker leaves out every run of some zeros and so cuts it
 * into 100,000 pieces, each with an address and a length that compress badly; the zeros themselves compress to nothing: 120 kB
 * less to download, and fewer pieces to lay out at the start. Null when the module is not of the form that Go's linker gives it.
 * @param {Uint8Array} bytes
 * @returns {Uint8Array | null}
 */
export function joinData(bytes) {
  const parts = [bytes.subarray(0, 8)];
  const r = new Reader(bytes, 8);
  while (r.at < bytes.length) {
    const from = r.at;
    const id = r.byte();
    const size = r.unsigned();
    const end = r.at + size;
    if (id === DATA_COUNT) return null; // the code names pieces by number
    if (id === DATA) {
      const pieces = readPieces(r);
      const joined = pieces && r.at === end ? join(pieces) : null;
      if (!joined) return null;
      const content = Buffer.concat([unsigned(joined.length), ...joined.flatMap((p) => [Buffer.from([0, 0x41]), signed(p.address), Buffer.from([0x0b]), unsigned(p.bytes.length), p.bytes])]);
      parts.push(Buffer.from([DATA]), unsigned(content.length), content);
    } else parts.push(bytes.subarray(from, end));
    r.at = end;
  }
  const module = Buffer.concat(parts);
  return WebAssembly.validate(module) ? module : null;
}

/** The pieces of a data section, each put at a constant address of the only memory; null when one is of another kind. */
function readPieces(r) {
  const pieces = [];
  for (let n = r.unsigned(); n > 0; n--) {
    if (r.unsigned() !== 0 || r.byte() !== 0x41) return null;
    const address = r.signed();
    if (r.byte() !== 0x0b || address < 0) return null;
    pieces.push({ address, bytes: r.take(r.unsigned()) });
  }
  return pieces;
}

/** Longer runs of zeros than this stay left out: the browser holds the module with them in memory while it compiles it. */
const MAX_GAP = 4096;

/** Pieces that follow each other closely made one, with zeros between them; null when some overlap, where the order counts. */
function join(pieces) {
  const runs = [];
  let end = -Infinity;
  for (const p of pieces.toSorted((a, b) => a.address - b.address)) {
    if (p.address < end) return null;
    if (p.address - end <= MAX_GAP) runs.at(-1).content.push(Buffer.alloc(p.address - end), p.bytes);
    else runs.push({ address: p.address, content: [p.bytes] });
    end = p.address + p.bytes.length;
  }
  return runs.map(({ address, content }) => ({ address, bytes: Buffer.concat(content) }));
}

/** Reads what WebAssembly's binary format is made of. */
class Reader {
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
  }

  byte() { return this.bytes[this.at++]; }

  take(n) {
    this.at += n;
    return this.bytes.subarray(this.at - n, this.at);
  }

  /** LEB128 of up to 32 bits. */
  unsigned() { return this.leb()[0] >>> 0; }

  signed() {
    const [value, bits, last] = this.leb();
    return bits < 32 && last & 0x40 ? value | (-1 << bits) : value;
  }

  leb() {
    let value = 0;
    let bits = 0;
    let b;
    do {
      b = this.byte();
      value |= (b & 0x7f) << bits;
      bits += 7;
    } while (b & 0x80);
    return [value, bits, b];
  }
}

function unsigned(n) {
  const out = [];
  for (; n > 0x7f; n >>>= 7) out.push((n & 0x7f) | 0x80);
  return Buffer.from([...out, n]);
}

/** LEB128 of a number that is not negative, with room for its sign. */
function signed(n) {
  const out = [];
  for (; n > 0x3f; n >>>= 7) out.push((n & 0x7f) | 0x80);
  return Buffer.from([...out, n]);
}
