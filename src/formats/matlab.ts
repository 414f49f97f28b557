/** MATLAB 5 files, as `save` and `scipy.io.savemat` write them; after "MAT-File Format" of MathWorks, level 5. */
import { zlib } from './zlib.js';
import { numbersOf } from './arrays.js';
import { cutShort, refused } from './failure.js';
import { type FoundMatrix, heldNumbers, leftOut, sizesOf, transposedText } from './matrix.js';
import { chooseMember, type Member } from './members.js';
import { MOST_HELD, type Source } from './source.js';
import { meaningOf, type Wanted } from './wanted.js';
import { MOST_GROWTH, SMALL } from './zip.js';

const HEADER = 128;
/** Bytes of a variable in which its name, its sizes and the place of its numbers must lie. */
const LOOKED_AT = 2048;
/** Packed bytes in which they must: behind the tables of deflate, and few, as each may grow a thousandfold. */
const LOOKED_AT_PACKED = 512;
const MOST_VARIABLES = 1000;
const [MATRIX, COMPRESSED] = [14, 15];

/** Element types, as NumPy spells them without a byte order. */
const STORED: Record<number, string> = {
  1: 'i1',
  2: 'u1',
  3: 'i2',
  4: 'u2',
  5: 'i4',
  6: 'u4',
  7: 'f4',
  9: 'f8',
  12: 'i8',
  13: 'u8',
};

/** Kinds of variables, by their number in the format. */
const CLASSES =
  'unknown cell struct object char sparse double single int8 uint8 int16 uint16 int32 uint32 int64 uint64 function opaque'.split(
    ' ',
  );
const [CELL, CHAR, FIRST_NUMERIC, LAST_NUMERIC] = [1, 4, 6, 15];

/** A variable of the file. */
interface Variable extends Member {
  kind: number;
  shape: number[];
  /** The numbers: their type in the format, their first byte in the variable, and how many bytes. */
  type: number;
  start: number;
  length: number;
  /** All bytes of the variable behind its tag; read, or unpacked. */
  all: () => Buffer;
  /** First byte of the variable in the file, if it is not packed. */
  place: number | undefined;
}

/** True for the first bytes of such a file: version 1.0 and the mark of its byte order. */
export function isMatlab(head: Buffer): boolean {
  const mark = head.toString('latin1', 124, 128);
  return mark === '\0\x01IM' || mark === '\x01\0MI';
}

/** Finds the variable asked for, or the only one that is a matrix. */
export function findInMatlab(source: Source, wanted: Wanted): FoundMatrix {
  const variables = new Variables(source).read();
  // Every vector is a matrix of one row or column to MATLAB: it is meant where there is nothing else.
  const isOnly = variables.length === 1;
  const plain = ({ shape }: Variable) => isOnly || shape.length > 2 || !shape.includes(1);
  const matrices = variables.map((one) => ({
    ...one,
    isMatrix: one.isMatrix && (plain(one) || one.name === wanted.member),
  }));
  const chosen = chooseMember(source.file, matrices, wanted);
  const { name, shape, type, start, length, place } = chosen;
  const [rows, dim] = sizesOf(shape) as [number, number];
  const stored = STORED[type] as string;
  const width = Number(stored.at(-1));
  if (length !== rows * dim * width) {
    throw refused(source.file, {
      found: `${length} bytes for variable ${name}`,
      expected: `${rows * dim * width} for ${rows} × ${dim} of ${stored}`,
      hint: 'Save it again',
    });
  }
  const order = width === 1 ? '|' : isLittle(source) ? '<' : '>';
  const numbers = { descr: order + stored, fortran: true, rows, dim };
  const packed = place === undefined ? 'packed' : 'stored';
  const beside = variables.filter((one) => one !== chosen).map(countOf);
  const odd = transposedText(name, { rows, dim }, beside);
  const told = `variable ${name} of a MATLAB file, ${packed}${leftOut(shape)}${odd}`;
  const texts = (meaning: 'names' | 'labels') => {
    const named = variables.find(
      (one) => one !== chosen && meaningOf(one.name, wanted) === meaning && countOf(one) === rows,
    );
    return named && (() => textsOf(source, named));
  };
  const about = { names: texts('names'), labels: texts('labels') };
  if (place !== undefined) {
    return { place: { offset: place + start, length, numbers }, told, ...about };
  }
  return { ...heldNumbers(chosen.all().subarray(start, start + length), numbers, told), ...about };
}

function isLittle({ head }: Source): boolean {
  return head[126] === 0x49;
}

/** An element: its type, and where its bytes are. */
interface Element {
  type: number;
  start: number;
  length: number;
  /** First byte of the next element. */
  next: number;
}

/** The variables of a file, or of a cell. */
class Variables {
  readonly #little: boolean;

  constructor(private readonly source: Source) {
    this.#little = isLittle(source);
  }

  read(): Variable[] {
    const { source } = this;
    const found: Variable[] = [];
    for (let at = HEADER; at < source.size && found.length < MOST_VARIABLES; ) {
      const [type, length] = this.#tag(source.bytes(at, 8, 'the tag of a variable'));
      const start = at + 8;
      if (start + length > source.size) throw cutShort(source.file, 'a variable', source.size);
      if (type === MATRIX) {
        const all = () => source.bytes(start, length, 'a variable');
        const head = source.bytes(start, Math.min(length, LOOKED_AT), 'a variable');
        found.push(this.#variable(head, { all, place: start, size: length }));
      } else if (type === COMPRESSED) {
        found.push(this.#packed(start, length));
      } else throw this.#broken(`an element of type ${type}`, at);
      at = start + length;
    }
    return found;
  }

  /** The texts of a cell, or of the rows of a matrix of characters. */
  texts(variable: Variable): string[] | undefined {
    const bytes = variable.all();
    if (variable.kind === CHAR) return this.#rowsOfText(bytes, variable);
    if (variable.kind !== CELL) return undefined;
    const texts: string[] = [];
    const count = variable.shape.reduce((product, size) => product * size, 1);
    for (let at = variable.start; at < bytes.length && texts.length < count; ) {
      const { start, length, next } = this.#element(bytes, at);
      const body = bytes.subarray(start, start + length);
      const one = this.#variable(body, { all: () => body, place: undefined, size: length });
      const [text, ...more] = one.kind === CHAR ? (this.#rowsOfText(body, one) ?? []) : [];
      if (more.length > 0 || one.kind !== CHAR) return undefined;
      texts.push(text ?? '');
      at = next;
    }
    return texts;
  }

  /** A variable that is packed by zlib: its beginning is unpacked now. */
  #packed(start: number, length: number): Variable {
    const { source } = this;
    const head = this.#inflated(
      source.bytes(start, Math.min(length, LOOKED_AT_PACKED), 'a variable'),
    );
    if (head.length < 8) throw cutShort(source.file, 'a packed variable', start + length);
    const [type, size] = this.#tag(head);
    if (type !== MATRIX) throw this.#broken(`a packed element of type ${type}`, start);
    const all = () => {
      if ((size > SMALL && size > MOST_GROWTH * length) || size > MOST_HELD) {
        throw refused(source.file, {
          offset: start,
          found: `a variable to grow from ${length} bytes to ${size}`,
          expected: `at most ${MOST_GROWTH} times as many, as it would fill the memory`,
          hint: 'Save it without compression',
        });
      }
      const bytes = this.#inflated(source.bytes(start, length, 'a variable'), size + 8);
      if (bytes.length !== size + 8)
        throw cutShort(source.file, 'a packed variable', start + length);
      return bytes.subarray(8);
    };
    return this.#variable(head.subarray(8), { all, place: undefined, size });
  }

  /** Unpacks the beginning of a stream, or the whole of one of a known size. */
  #inflated(packed: Buffer, size?: number): Buffer {
    try {
      return size === undefined
        ? zlib().inflateSync(packed, { finishFlush: zlib().constants.Z_SYNC_FLUSH })
        : zlib().inflateSync(packed, { maxOutputLength: size + 1 });
    } catch (cause) {
      throw refused(this.source.file, {
        found: 'a packed variable with data that zlib does not write',
        expected: 'data as MATLAB packs them',
        hint: `The file was damaged: copy or write it again (${(cause as Error).message})`,
      });
    }
  }

  /** Type and length of an element whose tag has 8 bytes. */
  #tag(bytes: Buffer): [number, number] {
    const read = (at: number) => (this.#little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
    return [read(0), read(4)];
  }

  /** The element at a place; up to four bytes lie in the tag itself. */
  #element(bytes: Buffer, at: number): Element {
    if (at + 8 > bytes.length) throw cutShort(this.source.file, 'a variable', this.source.size);
    const [type, length] = this.#tag(bytes.subarray(at, at + 8));
    const small = type >>> 16;
    if (small > 4) throw this.#broken(`an element of ${small} bytes in its tag`);
    if (small > 0) return { type: type & 0xffff, start: at + 4, length: small, next: at + 8 };
    return { type, start: at + 8, length, next: at + 8 + Math.ceil(length / 8) * 8 };
  }

  /** Describes a variable by its first bytes: flags, sizes, name, and the tag of its numbers. */
  #variable(
    head: Buffer,
    { all, place, size }: Pick<Variable, 'all' | 'place'> & { size: number },
  ): Variable {
    const flags = this.#element(head, 0);
    const sizes = this.#element(head, flags.next);
    const named = this.#element(head, sizes.next);
    const isWhole = [flags, sizes, named].every(
      ({ start, length }) => start + length <= head.length,
    );
    if (!isWhole || flags.type !== 6 || flags.length !== 8 || sizes.type !== 5) {
      throw this.#broken('a variable without its flags, sizes and name');
    }
    const [word] = this.#tag(head.subarray(flags.start, flags.start + 8));
    const shape = Array.from({ length: sizes.length >> 2 }, (_, axis) => {
      const at = sizes.start + 4 * axis;
      return this.#little ? head.readInt32LE(at) : head.readInt32BE(at);
    });
    const name = head.toString('latin1', named.start, named.start + named.length);
    const kind = word & 0xff;
    const isComplex = (word & 0x800) !== 0;
    const about = `${shape.join(' × ')} of ${isComplex ? 'complex ' : ''}${CLASSES[kind] ?? kind}`;
    const isNumeric = kind >= FIRST_NUMERIC && kind <= LAST_NUMERIC && !isComplex;
    const described = { name, about, kind, shape, all, place };
    if (shape.some((axis) => axis < 0)) throw this.#broken(`sizes ${shape.join(' × ')}`);
    if (kind === CELL) {
      return { ...described, isMatrix: false, type: 0, start: named.next, length: 0 };
    }
    if (!isNumeric && kind !== CHAR) {
      return { ...described, isMatrix: false, type: 0, start: 0, length: 0 };
    }
    const { type, start, length } = this.#element(head, named.next);
    if (start + length > size)
      throw cutShort(this.source.file, `variable ${name}`, this.source.size);
    const flat = sizesOf(shape);
    const isMatrix = isNumeric && type in STORED && flat !== undefined;
    return { ...described, isMatrix, type, start, length };
  }

  #rowsOfText(bytes: Buffer, { shape, type, start, length }: Variable): string[] | undefined {
    const [rows = 0, width = 0] = shape;
    const data = bytes.subarray(start, start + length);
    // Two bytes for each character, or one, or UTF-8.
    const wide = type === 4 || type === 17;
    const wider = () => (this.#little ? Buffer.from(data) : Buffer.from(data).swap16());
    if (shape.length !== 2 || (wide && length % 2 !== 0)) return undefined;
    const text = wide
      ? wider().toString('utf16le')
      : data.toString(type === 16 ? 'utf8' : 'latin1');
    if (text.length !== rows * width) return rows === 1 ? [text] : undefined;
    // Any number of rows without a letter would be true to the sizes.
    if (text === '') return rows > 1 ? undefined : [''];
    return Array.from({ length: rows }, (_, row) => {
      const letters = Array.from({ length: width }, (_, column) => text[column * rows + row]);
      return letters.join('').trimEnd();
    });
  }

  #broken(found: string, offset?: number) {
    return refused(this.source.file, {
      ...(offset !== undefined && { offset }),
      found,
      expected: 'variables as MATLAB writes them',
      hint: 'The file was damaged: copy or write it again',
    });
  }
}

/** How many rows a variable could name. */
function countOf({ kind, shape }: Variable): number | undefined {
  if (kind === CHAR) return shape[0];
  const isList = kind === CELL || (kind >= FIRST_NUMERIC && kind <= LAST_NUMERIC);
  return isList && shape.includes(1) ? Math.max(...shape) : undefined;
}

/** Names or classes: texts, or the whole numbers of a vector. */
function textsOf(source: Source, variable: Variable): string[] {
  const { type, start, length, kind } = variable;
  if (kind < FIRST_NUMERIC) return new Variables(source).texts(variable) ?? [];
  const data = variable.all().subarray(start, start + length);
  const descr = `${isLittle(source) ? '<' : '>'}${STORED[type]}`;
  const numbers = numbersOf({ descr, shape: [], fortran: false, data });
  return numbers === undefined ? [] : Array.from(numbers, String);
}
