/** Structures of Thrift's compact protocol, which Parquet describes itself by; after its specification. */
import { types } from 'node:util';

/** A value: structures are maps of their fields, by number. */
export type Thrift = number | boolean | Buffer | Thrift[] | Map<number, Thrift>;

const DEEPEST = 24;

/** Reads values; no list and no text is longer than the bytes that are left. */
export class ThriftReader {
  constructor(
    private readonly bytes: Buffer,
    public at = 0,
  ) {}

  /** Reads a structure; `undefined` where the bytes are none. */
  struct(): Map<number, Thrift> | undefined {
    try {
      return this.#struct(0);
    } catch (error) {
      // A buffer throws one of the realm of Node, which a test runner leaves.
      if (types.isNativeError(error) && error.name === 'RangeError') return undefined;
      throw error;
    }
  }

  #struct(depth: number): Map<number, Thrift> {
    if (depth > DEEPEST) throw new RangeError('nested too deep');
    const fields = new Map<number, Thrift>();
    let field = 0;
    for (;;) {
      const byte = this.#byte();
      const [type, delta] = [byte & 15, byte >> 4];
      if (type === 0) return fields;
      field = delta === 0 ? this.#signed() : field + delta;
      fields.set(field, this.#value(type, depth));
    }
  }

  #value(type: number, depth: number): Thrift {
    if (type <= 2) return type === 1;
    if (type === 3) return this.#byte();
    if (type <= 6) return this.#signed();
    if (type === 7) return this.#take(8).readDoubleLE();
    if (type === 8) return this.#take(this.#unsigned());
    if (type === 9) return this.#list(depth);
    if (type === 12) return this.#struct(depth + 1);
    throw new RangeError('a type that Parquet does not use');
  }

  #list(depth: number): Thrift[] {
    const byte = this.#byte();
    const [type, short] = [byte & 15, byte >> 4];
    const count = short === 15 ? this.#unsigned() : short;
    if (count > this.bytes.length - this.at) throw new RangeError('a list beyond the end');
    // A truth value in a list is a byte.
    return Array.from({ length: count }, () => this.#value(type <= 2 ? 3 : type, depth + 1));
  }

  #byte(): number {
    return this.#take(1)[0] as number;
  }

  #take(count: number): Buffer {
    if (this.at + count > this.bytes.length) throw new RangeError('beyond the end');
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  /** A number in groups of seven bits; exact up to 2^53. */
  #unsigned(): number {
    let value = 0;
    for (let group = 0; group < 10; group += 1) {
      const byte = this.#byte();
      value += (byte & 127) * 2 ** (7 * group);
      if (byte < 128) return value;
    }
    throw new RangeError('a number of more than ten bytes');
  }

  #signed(): number {
    const value = this.#unsigned();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
