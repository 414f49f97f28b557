/** Names of the rows of a matrix, found by their bytes. */
import { HackfaceError } from '../errors.js';
import { nearestName } from '../nearest.js';

/** Row of a name that there is not. */
export const UNKNOWN = -1;

/** Numbers in a slot. */
const SLOT = 4;

/** Most bytes of all names together. */
const MOST_BYTES = 2 ** 31 - 1;

/** Names that an error compares an unknown one with. */
const COMPARED = 10_000;

/**
 * Distinct names, each with its row. They are held as bytes, and found by the bytes of a cell, so a list
 * of a million lines makes no text. Cost: the bytes, and about 40 bytes a name.
 */
export class Names {
  /** Number of names. */
  count = 0;
  private bytes = Buffer.allocUnsafeSlow(1 << 12);
  private ends = new Int32Array(1 << 8);
  /**
   * By hash, {@link SLOT} numbers a name: its row counted from 1, or 0 where there is none; its hash, the
   * start and the number of its bytes. They lie in one line of the cache.
   */
  private slots = new Int32Array(SLOT << 9);
  // Drawn anew, so that no file can be made whose names all meet.
  private readonly seed = (Math.random() * 2 ** 32) | 0;

  /** `file`: where the names come from; named in errors. `open`: whether lists may add names. */
  constructor(
    readonly file: string,
    readonly open = false,
  ) {}

  /** The row of a name in a range of bytes; `UNKNOWN` for none. An open table takes it. */
  row(bytes: Uint8Array, start: number, end: number): number {
    return this.open ? this.add(bytes, start, end) : this.find(bytes, start, end);
  }

  /** The row of a text. */
  rowOf(text: string): number {
    const bytes = Buffer.from(text);
    return this.row(bytes, 0, bytes.length);
  }

  /** True for a name that there is. */
  has(text: string): boolean {
    const bytes = Buffer.from(text);
    return this.find(bytes, 0, bytes.length) !== UNKNOWN;
  }

  find(bytes: Uint8Array, start: number, end: number): number {
    return (this.slots[this.slotOf(bytes, start, end, this.hash(bytes, start, end))] as number) - 1;
  }

  /** Adds a name; returns its row, which is an earlier one if it was there. */
  add(bytes: Uint8Array, start: number, end: number): number {
    const hash = this.hash(bytes, start, end);
    const slot = this.slotOf(bytes, start, end, hash);
    const known = this.slots[slot] as number;
    if (known !== 0) return known - 1;
    this.append(bytes, start, end);
    this.slots.set([this.count, hash, this.start(this.count - 1), end - start], slot);
    if (2 * SLOT * this.count > this.slots.length) this.spread();
    return this.count - 1;
  }

  /** The name of a row. */
  name(row: number): string {
    return this.bytes.toString('utf8', this.start(row), this.ends[row] as number);
  }

  /** All names in the order of the rows. */
  *texts(): Generator<string> {
    for (let row = 0; row < this.count; row += 1) yield this.name(row);
  }

  /** The name nearest to one that is not there, among the first of about its length. */
  nearest(text: string): string | undefined {
    const length = Buffer.byteLength(text);
    const near: string[] = [];
    for (let row = 0; row < this.count && near.length < COMPARED; row += 1) {
      const difference = (this.ends[row] as number) - this.start(row) - length;
      if (Math.abs(difference) <= 5) near.push(this.name(row));
    }
    return nearestName(near, text);
  }

  private start(row: number): number {
    return row === 0 ? 0 : (this.ends[row - 1] as number);
  }

  /** Place in {@link slots} of a name, or of the free slot for it. */
  private slotOf(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const { slots, bytes: own } = this;
    const mask = slots.length - SLOT;
    const length = end - start;
    let slot = Math.imul(hash, SLOT) & mask;
    while (slots[slot] !== 0) {
      if (slots[slot + 1] === hash && slots[slot + 3] === length) {
        // `| 0` keeps the compiler's numbers whole.
        let at = (slots[slot + 2] as number) | 0;
        let position = start | 0;
        while (position < end && own[at] === bytes[position]) {
          at += 1;
          position += 1;
        }
        if (position === end) break;
      }
      slot = (slot + SLOT) & mask;
    }
    return slot;
  }

  private hash(bytes: Uint8Array, start: number, end: number): number {
    let hash = this.seed;
    for (let position = start; position < end; position += 1) {
      hash = Math.imul(hash ^ (bytes[position] as number), 0x01000193);
      hash ^= hash >>> 15;
    }
    return Math.imul(hash ^ (hash >>> 13), 0x5bd1e995);
  }

  private append(bytes: Uint8Array, start: number, end: number): void {
    const row = this.count;
    const from = this.start(row);
    const until = from + end - start;
    if (until > MOST_BYTES) throw tooLong(this.file, row);
    if (until > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(
        Math.min(MOST_BYTES, Math.max(2 * this.bytes.length, until)),
      );
      this.bytes.copy(grown, 0, 0, from);
      this.bytes = grown;
    }
    if (row === this.ends.length) {
      const ends = new Int32Array(2 * row);
      ends.set(this.ends);
      this.ends = ends;
    }
    this.bytes.set(bytes.subarray(start, end), from);
    this.ends[row] = until;
    this.count = row + 1;
  }

  private spread(): void {
    const { slots: old } = this;
    const slots = new Int32Array(2 * old.length);
    const mask = slots.length - SLOT;
    for (let from = 0; from < old.length; from += SLOT) {
      if (old[from] === 0) continue;
      let slot = Math.imul(old[from + 1] as number, SLOT) & mask;
      while (slots[slot] !== 0) slot = (slot + SLOT) & mask;
      slots.set(old.subarray(from, from + SLOT), slot);
    }
    this.slots = slots;
  }
}

function tooLong(file: string, row: number): HackfaceError {
  return new HackfaceError('EMEMORY', 'io', {
    file,
    row,
    found: `names of more than ${MOST_BYTES} bytes`,
    expected: 'fewer',
    hint: 'Use shorter names',
  });
}
