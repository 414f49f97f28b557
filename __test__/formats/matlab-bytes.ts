/** Writes MATLAB 5 files after the description of the format, right ones and wrong ones. */
import { deflateSync } from 'node:zlib';

type Stored = 'i1' | 'u1' | 'i2' | 'u2' | 'i4' | 'i8' | 'f4' | 'f8';

/** A variable, and what is to be said of it where that is not the truth. */
export interface Cell {
  name: string;
  shape: number[];
  /** Column after column. */
  numbers?: number[];
  /** The rows of a matrix of characters. */
  text?: string[];
  /** The texts of a cell. */
  texts?: string[];
  kind?: keyof typeof KINDS;
  stored?: Stored;
  flags?: number;
  /** Claimed bytes of the variable. */
  claimed?: number;
}

const KINDS = {
  cell: 1,
  struct: 2,
  char: 4,
  sparse: 5,
  double: 6,
  single: 7,
  uint8: 9,
  function: 16,
};
const TYPES = { i1: 1, u1: 2, i2: 3, u2: 4, i4: 5, i8: 12, f4: 7, f8: 9 };

/** How the file is written. */
export interface MatlabOptions {
  packed?: boolean;
  big?: boolean;
}

export function matlabFile(cells: readonly Cell[], options: MatlabOptions = {}): Buffer {
  const head = Buffer.alloc(128, ' ');
  head.write('MATLAB 5.0 MAT-file', 0, 'latin1');
  head.write(options.big ? '\x01\0MI' : '\0\x01IM', 124, 'latin1');
  const { element, variable } = writer(options.big ?? false);
  const parts = cells.map((cell) => {
    const bytes = variable(cell);
    return options.packed ? element(15, deflateSync(bytes), { padded: false }) : bytes;
  });
  return Buffer.concat([head, ...parts]);
}

function writer(big: boolean) {
  const number = (value: number, stored: Stored | 'u4'): Buffer => {
    const bytes = Buffer.alloc(Number(stored[1]));
    if (stored === 'f4') bytes.writeFloatLE(value);
    else if (stored === 'f8') bytes.writeDoubleLE(value);
    else if (stored === 'i8') bytes.writeBigInt64LE(BigInt(value));
    else if (stored.startsWith('i')) bytes.writeIntLE(value, 0, bytes.length);
    else bytes.writeUIntLE(value, 0, bytes.length);
    return big ? bytes.reverse() : bytes;
  };
  const numbers = (values: readonly number[], stored: Stored | 'u4') =>
    Buffer.concat(values.map((value) => number(value, stored)));
  const element = (
    type: number,
    data: Uint8Array,
    { padded = true, claimed = data.length } = {},
  ): Buffer => {
    if (padded && claimed === data.length && data.length > 0 && data.length <= 4) {
      const bytes = Buffer.alloc(8);
      number(data.length * 65536 + type, 'u4').copy(bytes);
      bytes.set(data, 4);
      return bytes;
    }
    const rest = padded ? Buffer.alloc((8 - (data.length % 8)) % 8) : Buffer.alloc(0);
    return Buffer.concat([numbers([type, claimed], 'u4'), data, rest]);
  };
  const variable = (cell: Cell): Buffer => {
    const { name, shape, numbers: values = [], text, texts, flags = 0, claimed } = cell;
    const kind = cell.kind ?? (text ? 'char' : texts ? 'cell' : 'single');
    const { stored = text ? 'u2' : 'f4' } = cell;
    const letters = text
      ? Array.from(text[0] ?? '', (_, column) => text.map((row) => row.charCodeAt(column))).flat()
      : values;
    const content = texts
      ? Buffer.concat(
          texts.map((one) => variable({ name: '', shape: [1, one.length], text: [one] })),
        )
      : element(TYPES[stored], numbers(letters, stored));
    const body = Buffer.concat([
      element(6, numbers([KINDS[kind] + flags, 0], 'u4')),
      element(5, numbers(shape, 'i4')),
      element(1, Buffer.from(name)),
      content,
    ]);
    return element(14, body, claimed === undefined ? {} : { claimed });
  };
  return { element, variable };
}
