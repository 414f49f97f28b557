/** Pickles as data: the machine of Python's `pickle` that knows values and arrays, and calls nothing. */
import { quoteText } from '../printable.js';
import { cutShort, refused } from './failure.js';
import { type Bytes, type PickledArray, STORAGES, torchArray } from './arrays.js';

/** A value of Python, as far as matrices need it. Lists and tuples are arrays, dictionaries are maps. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Buffer
  | Value[]
  | Map<Value, Value>
  | PickledArray
  | Named;

/** Something that a pickle names instead of holding: a class, or a type of elements. */
export class Named {
  /** Byte order and code, for a type of elements. */
  descr = '';
  constructor(readonly name: string) {}
}

/** The names that may occur, and what they make of arguments. Nothing else is known, so nothing can be called. */
const MAKERS: Readonly<Record<string, (args: Value[]) => Value | undefined>> = {
  'numpy.core.multiarray._reconstruct': emptyArray,
  'numpy._core.multiarray._reconstruct': emptyArray,
  'numpy.core.multiarray.scalar': scalar,
  'numpy._core.multiarray.scalar': scalar,
  'numpy.core.numeric._frombuffer': fromBuffer,
  'numpy._core.numeric._frombuffer': fromBuffer,
  'numpy.dtype': dtype,
  'numpy.ndarray': () => undefined,
  '_codecs.encode': ([text, code]) =>
    typeof text === 'string' && typeof code === 'string' && /^latin-?1$/.test(code)
      ? Buffer.from(text, 'latin1')
      : undefined,
  'collections.OrderedDict': (args) => (args.length === 0 ? new Map() : mapOf(args[0])),
  'collections.defaultdict': () => new Map(),
  'builtins.list': ([list]) => (list === undefined ? [] : list),
  'builtins.dict': (args) => (args.length === 0 ? new Map() : undefined),
  'builtins.bytearray': ([bytes]) => bytes,
  '__builtin__.list': ([list]) => (list === undefined ? [] : list),
  'torch._utils._rebuild_tensor_v2': torchArray,
  'torch._utils._rebuild_parameter': ([tensor]) => tensor,
  ...Object.fromEntries(Object.keys(STORAGES).map((name) => [`torch.${name}`, () => undefined])),
};

const MARK = Symbol('mark');
type Slot = Value | typeof MARK;

/** Lists, dictionaries and arrays that one pickle may make. */
const MOST_VALUES = 4_000_000;

/**
 * Entries and bytes that makers look at, for each byte of a pickle. Each is there once: where one is named
 * again and again, it multiplies.
 */
const MOST_LOOKS = 16;

/** How a pickle reaches what lies outside of it: storages of torch. */
export type Persistent = (id: Value) => Value | undefined;

/** True for the first bytes of a pickle; those of protocols 0 and 1 are lines of text. */
export function isPickle(head: Buffer): boolean {
  if (head[0] === 0x80) return (head[1] as number) >= 2 && (head[1] as number) <= 5;
  return /^(\([dl]p\d+\n|c(numpy|collections|copy_reg)[\w.]*\n\w+\n)/.test(
    head.toString('latin1', 0, 99),
  );
}

/**
 * Reads a pickle. Whatever names something that is not in the list of makers is refused with that name;
 * instructions that build objects or run code do not exist.
 */
export function unpickle(
  file: string,
  bytes: Buffer,
  persistent: Persistent = () => undefined,
): Value {
  return new Machine(file, bytes, persistent).run();
}

class Machine {
  #at = 0;
  #made = 0;
  #looks = 0;
  readonly #stack: Slot[] = [];
  readonly #memo: Value[] = [];

  constructor(
    private readonly file: string,
    private readonly bytes: Buffer,
    private readonly persistent: Persistent,
  ) {}

  run(): Value {
    for (;;) {
      const code = this.#byte();
      if (code === 0x2e) return this.#pop();
      const step = STEPS[code];
      if (step === undefined) {
        throw this.refuse(`the instruction ${quoteText(String.fromCharCode(code))}`);
      }
      step(this);
    }
  }

  refuse(found: string, cure = 'Save the vectors with numpy.save') {
    return refused(this.file, {
      offset: this.#at,
      found: `${found} in a pickle`,
      expected: 'numbers, texts, lists, dictionaries, and arrays of NumPy and torch only',
      hint: `Nothing of it was run. ${cure}`,
    });
  }

  #byte(): number {
    return this.take(1)[0] as number;
  }

  take(count: number): Buffer {
    if (!(this.#at + count <= this.bytes.length)) {
      throw cutShort(this.file, 'a pickle', this.bytes.length);
    }
    this.#at += count;
    return this.bytes.subarray(this.#at - count, this.#at);
  }

  line(): string {
    const end = this.bytes.indexOf(10, this.#at);
    if (end < 0) throw cutShort(this.file, 'a pickle', this.bytes.length);
    const text = this.bytes.toString('latin1', this.#at, end);
    this.#at = end + 1;
    return text;
  }

  /** Bytes behind their length of one, four or eight bytes. */
  counted(width: 1 | 4 | 8): Buffer {
    const length = this.take(width);
    return this.take(width === 8 ? Number(length.readBigUInt64LE()) : length.readUIntLE(0, width));
  }

  push(value: Slot): void {
    if (typeof value === 'object' && value !== null) {
      this.#made += 1;
      if (this.#made > MOST_VALUES) throw this.refuse(`more than ${MOST_VALUES} values`);
    }
    this.#stack.push(value);
  }

  #pop(): Value {
    return this.pop();
  }

  pop(): Value {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK) throw this.refuse('a value missing');
    return value as Value;
  }

  top(): Value {
    const value = this.pop();
    this.#stack.push(value);
    return value;
  }

  /** The values above the last mark. */
  marked(): Value[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at < 0) throw this.refuse('a mark missing');
    return this.#stack.splice(at).slice(1) as Value[];
  }

  last(count: number): Value[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  store(place: number): void {
    if (!(place <= this.#memo.length + 1)) throw this.refuse(`place ${place} of its memory`);
    this.#memo[place] = this.top();
  }

  memoize(): void {
    this.#memo.push(this.top());
  }

  recall(place: number): void {
    const value = this.#memo[place];
    if (value === undefined) throw this.refuse(`an empty place ${place} of its memory`);
    this.#stack.push(value);
  }

  appendAll(values: Value[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw this.refuse('entries for what is no list');
    for (const value of values) list.push(value);
  }

  setAll(values: Value[]): void {
    const map = this.top();
    if (!(map instanceof Map)) throw this.refuse('keys for what is no dictionary');
    for (let i = 0; i + 1 < values.length; i += 2)
      map.set(values[i] as Value, values[i + 1] as Value);
  }

  named(module: Value, name: Value): void {
    if (typeof module !== 'string' || typeof name !== 'string') {
      throw this.refuse('a name that is no text');
    }
    const full = `${module}.${name}`;
    if (!Object.hasOwn(MAKERS, full)) {
      const cure = /^pandas\b/.test(module)
        ? 'Write the frame with to_parquet or to_csv'
        : undefined;
      throw this.refuse(`the name ${quoteText(full)}`, cure);
    }
    this.push(new Named(full));
  }

  reduce(): void {
    const [maker, args] = this.last(2);
    this.#lookAt(args);
    const made =
      maker instanceof Named && Array.isArray(args) ? MAKERS[maker.name]?.(args) : undefined;
    if (made === undefined) {
      const name = maker instanceof Named ? maker.name : 'what is no name';
      throw this.refuse(`arguments for ${name}`);
    }
    this.push(made);
  }

  build(): void {
    const state = this.pop();
    const value = this.top();
    this.#lookAt(state);
    if (value instanceof Named && value.name === 'numpy.dtype' && Array.isArray(state)) {
      const [, order] = state;
      if (typeof order === 'string' && /^[<>|=]$/.test(order)) {
        value.descr = order + value.descr.slice(1);
      }
      return;
    }
    const isState = Array.isArray(state) && state.length === 5;
    if (isArray(value) && isState) {
      const [, shape, type, fortran, data] = state;
      const filled = arrayOf(type, shape, fortran === true, data);
      if (filled !== undefined) {
        Object.assign(value, filled);
        return;
      }
    }
    // The attributes of an ordered dictionary of torch.
    if (value instanceof Map && state instanceof Map) return;
    throw this.refuse('a state for what has none');
  }

  /** Counts the entries of arguments, which makers look at and copy. */
  #lookAt(args: Value | undefined): void {
    for (const one of Array.isArray(args) ? args : []) this.#looks += sizeOf(one);
    if (this.#looks > MOST_LOOKS * this.bytes.length) {
      throw this.refuse('the same values named again and again');
    }
  }

  outside(): void {
    const value = this.persistent(this.pop());
    if (value === undefined) throw this.refuse('something outside of it');
    this.push(value);
  }
}

type Step = (machine: Machine) => void;

/** The instructions, by their byte. */
const STEPS: Readonly<Record<number, Step>> = {
  128: (m) => void m.take(1),
  149: (m) => void m.take(8),
  40: (m) => m.push(MARK),
  48: (m) => void m.pop(),
  49: (m) => void m.marked(),
  50: (m) => m.push(m.top()),
  78: (m) => m.push(null),
  136: (m) => m.push(true),
  137: (m) => m.push(false),
  // Numbers.
  73: (m) => {
    const text = m.line();
    m.push(text === '01' ? true : text === '00' ? false : wholeNumber(m, text));
  },
  76: (m) => m.push(wholeNumber(m, m.line().replace(/L$/, ''))),
  70: (m) => m.push(Number(m.line())),
  71: (m) => m.push(m.take(8).readDoubleBE()),
  74: (m) => m.push(m.take(4).readInt32LE()),
  75: (m) => m.push(m.take(1).readUInt8()),
  77: (m) => m.push(m.take(2).readUInt16LE()),
  138: (m) => m.push(longOf(m, m.counted(1))),
  139: (m) => m.push(longOf(m, m.counted(4))),
  // Texts and bytes. A string of Python 2 is bytes, and a text where one is wanted.
  85: (m) => m.push(m.counted(1).toString('latin1')),
  84: (m) => m.push(m.counted(4).toString('latin1')),
  83: (m) => m.push(quotedText(m.line())),
  86: (m) => m.push(rawText(m.line())),
  88: (m) => m.push(m.counted(4).toString('utf8')),
  140: (m) => m.push(m.counted(1).toString('utf8')),
  141: (m) => m.push(m.counted(8).toString('utf8')),
  66: (m) => m.push(m.counted(4)),
  67: (m) => m.push(m.counted(1)),
  142: (m) => m.push(m.counted(8)),
  150: (m) => m.push(m.counted(8)),
  // Lists, tuples, dictionaries.
  93: (m) => m.push([]),
  41: (m) => m.push([]),
  125: (m) => m.push(new Map()),
  100: (m) => {
    const entries = m.marked();
    m.push(new Map());
    m.setAll(entries);
  },
  97: (m) => m.appendAll(m.last(1)),
  101: (m) => m.appendAll(m.marked()),
  115: (m) => m.setAll(m.last(2)),
  117: (m) => m.setAll(m.marked()),
  108: (m) => m.push(m.marked()),
  116: (m) => m.push(m.marked()),
  133: (m) => m.push(m.last(1)),
  134: (m) => m.push(m.last(2)),
  135: (m) => m.push(m.last(3)),
  // Names, and what is made with them.
  99: (m) => m.named(m.line(), m.line()),
  147: (m) => m.named(...(m.last(2) as [Value, Value])),
  82: (m) => m.reduce(),
  98: (m) => m.build(),
  81: (m) => m.outside(),
  // Memory.
  113: (m) => m.store(m.take(1).readUInt8()),
  114: (m) => m.store(m.take(4).readUInt32LE()),
  112: (m) => m.store(Number(m.line())),
  148: (m) => m.memoize(),
  104: (m) => m.recall(m.take(1).readUInt8()),
  106: (m) => m.recall(m.take(4).readUInt32LE()),
  103: (m) => m.recall(Number(m.line())),
};

function wholeNumber(machine: Machine, text: string): number | bigint {
  if (!/^-?\d{1,40}$/.test(text)) throw machine.refuse('a number that is none');
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

/** A text as Python 2 writes it, in quotes. */
function quotedText(line: string): string {
  const plain: Record<string, string> = { n: '\n', r: '\r', t: '\t' };
  return line
    .slice(1, -1)
    .replace(/\\(x([0-9a-f]{2})|.)/g, (_, one: string, code?: string) =>
      code === undefined ? (plain[one] ?? one) : String.fromCharCode(Number.parseInt(code, 16)),
    );
}

/** A text of protocol 0: letters beyond Latin-1 are escaped. */
function rawText(line: string): string {
  return line.replace(/\\u([0-9a-f]{4})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** A whole number in two's complement, of any length up to 32 bytes. */
function longOf(machine: Machine, bytes: Buffer): number | bigint {
  if (bytes.length > 32) throw machine.refuse(`a number of ${bytes.length} bytes`);
  let value = 0n;
  for (const [i, byte] of bytes.entries()) value |= BigInt(byte) << BigInt(8 * i);
  if ((bytes.at(-1) ?? 0) >= 0x80) value -= 1n << BigInt(8 * bytes.length);
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

/** Entries of a list, letters of a text, bytes. */
function sizeOf(value: Value): number {
  return typeof value === 'string' || Array.isArray(value) || Buffer.isBuffer(value)
    ? value.length
    : 1;
}

export function isArray(value: Value | undefined): value is PickledArray {
  return typeof value === 'object' && value !== null && 'shape' in value;
}

function emptyArray([type]: Value[]): Value | undefined {
  if (!(type instanceof Named) || type.name !== 'numpy.ndarray') return undefined;
  return { descr: '', shape: [], fortran: false, data: Buffer.alloc(0) };
}

function dtype([code]: Value[]): Value | undefined {
  if (typeof code !== 'string' || !/^[a-zA-Z]\d{0,9}$/.test(code)) return undefined;
  const named = new Named('numpy.dtype');
  named.descr = `|${code}`;
  return named;
}

/** An array of these parts; `undefined` if they do not fit. */
function arrayOf(
  type: Value | undefined,
  shape: Value | undefined,
  fortran: boolean,
  data: Value | undefined,
): PickledArray | undefined {
  if (!(type instanceof Named) || type.descr === '' || !Array.isArray(shape)) return undefined;
  const sizes = shape.filter((size): size is number => typeof size === 'number' && size >= 0);
  const count = sizes.reduce((product, size) => product * size, 1);
  if (sizes.length !== shape.length || !Number.isSafeInteger(count)) return undefined;
  const { descr } = type;
  if (/O/.test(descr)) {
    const isWhole = Array.isArray(data) && data.length === count;
    return isWhole
      ? { descr, shape: sizes, fortran, data: Buffer.alloc(0), objects: data }
      : undefined;
  }
  const bytes: Bytes | undefined =
    typeof data === 'string'
      ? Buffer.from(data, 'latin1')
      : Buffer.isBuffer(data)
        ? data
        : undefined;
  const width = Number(/(?<!\d)\d+$/.exec(descr)?.[0] ?? 0) * (/U/.test(descr) ? 4 : 1);
  if (bytes === undefined || bytes.length !== count * width) return undefined;
  return { descr, shape: sizes, fortran, data: bytes };
}

function fromBuffer([data, type, shape, order]: Value[]): Value | undefined {
  return arrayOf(type, shape, order === 'F', data);
}

function scalar([type, data]: Value[]): Value | undefined {
  return arrayOf(type, [1], false, data);
}

function mapOf(pairs: Value | undefined): Value | undefined {
  if (!Array.isArray(pairs)) return undefined;
  const map = new Map<Value, Value>();
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) return undefined;
    map.set(pair[0] as Value, pair[1] as Value);
  }
  return map;
}
