/** Parquet, read by the optional package `hyparquet` in a thread: a column of vectors, or columns of numbers. */
import type * as Hyparquet from 'hyparquet';
import { cutShort, refused } from './failure.js';
import { quoted } from './lists.js';
import { type Follower, type FoundMatrix, heldNumbers, namesOrClasses } from './matrix.js';
import { chooseMember, type Member } from './members.js';
import { PARQUET } from './signatures.js';
import { MOST_HELD, type Source } from './source.js';
import { type Answering, BoundedThread } from './thread.js';
import { type Thrift, ThriftReader } from './thrift.js';
import { meaningOf, type Wanted } from './wanted.js';
import { MOST_GROWTH, SMALL } from './zip.js';
import { zlib } from './zlib.js';

/** A column: numbers, vectors or texts. */
interface Column extends Member {
  kind: 'number' | 'vector' | 'text' | 'other';
  /** True if its numbers are singles. */
  single: boolean;
}

/** A part to read: the description at the end of the file, or rows of a column by the bytes of its chunk. */
type Question =
  | { kind: 'description'; end: Uint8Array }
  | { kind: 'numbers' | 'texts'; name: string; from: number; to: number; chunk: Chunk };

/** Bytes of the file, and where they lie. */
interface Chunk {
  at: number;
  bytes: Uint8Array;
}

/** The description of a file. */
interface Description {
  metadata: Hyparquet.FileMetaData;
  columns: Hyparquet.SchemaTree[];
}

/** Rows of numbers one behind the other, or the first that is none. */
type Block =
  | { dim: number; numbers: Float64Array }
  | { fault: { row: number; found: string; expected: string } };

/** Finds the column of vectors asked for, or the only one; without one, the columns of numbers. */
export async function findInParquet(
  source: Source,
  wanted: Wanted,
  follower: Follower,
): Promise<FoundMatrix> {
  const end = requireFooter(source);
  const given = { size: source.size };
  const { signal } = follower;
  const thread = await BoundedThread.open(source, 'hyparquet', serve, given, signal);
  try {
    const question = { kind: 'description', end } as const;
    const described = (await thread.ask(question, 0, 'its description')) as Description;
    return await readColumns(source, described, wanted, { thread, follower });
  } finally {
    await thread.close();
  }
}

async function readColumns(
  source: Source,
  { metadata, columns: trees }: Description,
  wanted: Wanted,
  { thread, follower }: { thread: BoundedThread<Question>; follower: Follower },
): Promise<FoundMatrix> {
  const columns = trees.map(columnOf);
  const chosen = chosenIn(source.file, columns, wanted);
  const texts = (['names', 'labels'] as const).map((meaning) => {
    const isScalar = ({ kind }: Column) => kind === 'text' || kind === 'number';
    const found = columns.find((one) => meaningOf(one.name, wanted) === meaning && isScalar(one));
    // pandas names its rows in an index.
    const index = columns.find((one) => isIndex(one.name) && one.kind === 'text');
    return found ?? (meaning === 'names' && wanted.names === undefined ? index : undefined);
  });
  const read = [...chosen, ...texts.filter((one) => one !== undefined)];
  const chunks = requireChunks(source, metadata, new Set(read.map(({ name }) => name)));
  const rows = new Rows(source, chosen, texts, wanted);
  const total = Number(metadata.num_rows);
  let from = 0;
  for (const [group, { num_rows }] of metadata.row_groups.entries()) {
    const to = from + Number(num_rows);
    const ask = async (kind: 'numbers' | 'texts', { name }: Column) => {
      const placed = chunks[group]?.get(name);
      if (placed === undefined) throw tooMany(source.file, to - from);
      const { at, length, unpacked } = placed;
      const chunk = { at, bytes: source.bytes(at, length, `column ${name}`) };
      return thread.ask({ kind, name, from, to, chunk }, unpacked, `column ${name}`);
    };
    for (const column of chosen) rows.addNumbers((await ask('numbers', column)) as Block, from);
    for (const [place, column] of texts.entries()) {
      if (column !== undefined) rows.addTexts(place, (await ask('texts', column)) as string[]);
    }
    rows.endGroup();
    from = to;
    follower.onProgress?.({ phase: 'read', done: from, total });
  }
  return rows.finish();
}

const NUMBERS = new Set(['FLOAT', 'DOUBLE', 'INT32', 'INT64']);

/** A column by the schema: a leaf, or a list of one leaf. */
function columnOf(node: Hyparquet.SchemaTree): Column {
  // A damaged schema has a number there.
  const name = String(node.element.name ?? '');
  let leaf = node;
  let lists = leaf.element.repetition_type === 'REPEATED' ? 1 : 0;
  while (leaf.children.length === 1) {
    leaf = leaf.children[0] as Hyparquet.SchemaTree;
    lists += leaf.element.repetition_type === 'REPEATED' ? 1 : 0;
  }
  const { type, converted_type, logical_type } = leaf.element;
  const half = logical_type?.type === 'FLOAT16';
  const whole = converted_type === undefined || /^U?INT_/.test(converted_type);
  const isNumber = half || (NUMBERS.has(type ?? '') && whole);
  const isText = type === 'BYTE_ARRAY' && lists === 0;
  const isLeaf = leaf.children.length === 0;
  const kind =
    !isLeaf || lists > 1
      ? 'other'
      : isNumber
        ? lists
          ? 'vector'
          : 'number'
        : isText
          ? 'text'
          : 'other';
  const what = half ? 'FLOAT16' : (logical_type?.type ?? converted_type ?? type ?? 'a group');
  const about = lists > 0 ? `lists of ${what}` : what;
  return { name, about, isMatrix: kind === 'vector', kind, single: half || type === 'FLOAT' };
}

/** The column of vectors, or the columns of numbers that are neither names nor classes nor an index. */
function chosenIn(file: string, columns: readonly Column[], wanted: Wanted): Column[] {
  const numbers = columns.filter(
    ({ name, kind }) =>
      kind === 'number' &&
      !/^(names|labels)$/.test(meaningOf(name, wanted) ?? '') &&
      !isIndex(name),
  );
  const hasVectors = columns.some(({ isMatrix }) => isMatrix);
  if (wanted.member === undefined && !hasVectors && numbers.length > 1) return numbers;
  return [chooseMember(file, columns, wanted)];
}

/** The index that pandas writes beside the columns. */
function isIndex(name: string): boolean {
  return name === '' || /^(__index_level_\d+__|index|Unnamed: 0)$/.test(name);
}

/** Collects rows as they are read. */
class Rows {
  #dim = 0;
  #rows = 0;
  /** Numbers of the chosen columns of a group of rows. */
  #group: Float64Array[] = [];
  readonly #parts: (Float32Array | Float64Array)[] = [];
  readonly #texts: [names: string[], labels: string[]] = [[], []];

  constructor(
    private readonly source: Source,
    private readonly chosen: readonly Column[],
    private readonly texts: readonly (Column | undefined)[],
    private readonly wanted: Wanted,
  ) {}

  /** Adds the numbers of one column of a group, whose first row has this number. */
  addNumbers(block: Block, first: number): void {
    if ('fault' in block) {
      const { row, found, expected } = block.fault;
      throw this.#refuse(`${found} in row ${first + row}`, expected);
    }
    const dim = this.chosen.length === 1 ? block.dim : this.chosen.length;
    this.#dim ||= dim;
    if (dim !== this.#dim) {
      throw this.#refuse(`${dim} numbers in row ${first}`, `${this.#dim}, as in row 0`);
    }
    this.#group.push(block.numbers);
  }

  addTexts(place: number, texts: readonly string[]): void {
    for (const text of texts) this.#texts[place as 0 | 1].push(text);
  }

  /** Puts the columns of a group beside each other. */
  endGroup(): void {
    const columns = this.#group;
    this.#group = [];
    const [first = new Float64Array()] = columns;
    const all = new (this.#single ? Float32Array : Float64Array)(first.length * columns.length);
    if (columns.length === 1) all.set(first);
    else {
      for (const [place, column] of columns.entries()) {
        for (const [row, value] of column.entries()) all[row * columns.length + place] = value;
      }
    }
    this.#parts.push(all);
    this.#rows += this.#dim === 0 ? 0 : all.length / this.#dim;
  }

  get #single(): boolean {
    return this.chosen.every((column) => column.single);
  }

  finish(): FoundMatrix {
    if (this.#rows === 0) throw this.#refuse('no rows', 'at least one');
    const all = new (this.#single ? Float32Array : Float64Array)(this.#rows * this.#dim);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    const little = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
    const descr = `${little ? '<' : '>'}f${all.BYTES_PER_ELEMENT}`;
    const numbers = { descr, fortran: false, rows: this.#rows, dim: this.#dim };
    const [{ name = '', kind } = {}, ...more] = this.chosen;
    const what = kind === 'vector' ? `column ${name}` : `columns ${name} … ${more.at(-1)?.name}`;
    const [names, labels] = this.texts.map(
      (column, place) => column && this.#texts[place as 0 | 1],
    );
    return {
      ...heldNumbers(new Uint8Array(all.buffer), numbers, `${what} of a Parquet file`),
      ...namesOrClasses({ names, labels }, this.wanted),
    };
  }

  #refuse(found: string, expected: string) {
    const names = quoted(this.chosen.map(({ name }) => name));
    return refused(this.source.file, {
      found: `${found} of ${names}`,
      expected,
      hint: 'Drop or repair such rows, or name another column',
    });
  }
}

/** The end of the file: a description whose lists are no longer than it is, and what follows. */
function requireFooter(source: Source): Uint8Array {
  const { file, size } = source;
  const tail = source.bytes(Math.max(size - 8, 0), Math.min(size, 8), 'its end');
  const length = size >= 12 ? tail.readUInt32LE(0) : 0;
  const damage = {
    expected: 'a description of its columns at its end',
    hint: 'The file was cut short: copy or write it again',
  };
  if (tail.toString('latin1', 4) !== PARQUET || length + 12 > size) {
    throw refused(file, { found: 'a Parquet file without its end', ...damage });
  }
  const end = source.bytes(size - 8 - length, length + 8, 'its description');
  if (new ThriftReader(end.subarray(0, length)).struct() === undefined) {
    throw refused(file, {
      found: 'a description that breaks its format',
      offset: size - 8 - length,
      ...damage,
    });
  }
  return end;
}

/** Where the chunk of a column lies, and the bytes that it unpacks to. */
interface Placed {
  at: number;
  length: number;
  unpacked: number;
}

/**
 * The chunks of the columns in each group of rows. Requires their pages to lie in the file, and to grow to no
 * more than embeddings do.
 */
function requireChunks(
  source: Source,
  { row_groups, num_rows }: Hyparquet.FileMetaData,
  columns: ReadonlySet<string>,
): Map<string, Placed>[] {
  const { file } = source;
  const groups: Map<string, Placed>[] = [];
  let rows = 0;
  const sums = { stored: 0, unpacked: 0, values: 0 };
  for (const group of row_groups) {
    rows += Number(group.num_rows);
    const chunks = new Map<string, Placed>();
    groups.push(chunks);
    if (!(Number(group.num_rows) >= 0)) throw tooMany(file, Number(group.num_rows));
    for (const { meta_data } of group.columns) {
      if (meta_data === undefined) continue;
      const path: readonly string[] | undefined = meta_data.path_in_schema;
      // What the package reads from damaged bytes is not what its types say.
      if (!Array.isArray(path)) throw undescribed(file, 'a column without a name');
      const [name = ''] = path;
      if (!columns.has(name)) continue;
      const start = Number(meta_data.dictionary_page_offset || meta_data.data_page_offset);
      const length = Number(meta_data.total_compressed_size);
      const what = `column ${name}`;
      if (![start, length].every(Number.isSafeInteger)) throw undescribed(file, `${what} nowhere`);
      requireCodec(file, what, meta_data.codec);
      sums.stored += length;
      // Each byte once: hundreds of groups could name the same.
      if (sums.stored > source.size) throw cutShort(file, what, source.size);
      const before = sums.unpacked;
      const values = valuesOf(source, source.bytes(start, length, what), start, sums);
      const unpacked = sums.unpacked - before + 8 * values;
      chunks.set(name, { at: start, length, unpacked });
      const repeated = path.length > 1;
      if (!repeated && values !== Number(group.num_rows))
        throw tooMany(file, Number(group.num_rows));
      if (Number(group.num_rows) > values) throw tooMany(file, Number(group.num_rows));
    }
  }
  if (rows !== Number(num_rows)) throw tooMany(file, Number(num_rows));
  return groups;
}

/** Bytes and values that all pages until now announce. */
interface Announced {
  stored: number;
  unpacked: number;
  values: number;
}

/** The values that the pages of a column announce; adds them to what others announced. */
function valuesOf(source: Source, chunk: Buffer, start: number, sums: Announced): number {
  const before = sums.values;
  const most = Math.max(SMALL, MOST_GROWTH * sums.stored);
  for (let at = 0; at < chunk.length; ) {
    const reader = new ThriftReader(chunk, at);
    const page = reader.struct();
    const [size, packed] = [numberIn(page, 2), numberIn(page, 3)];
    if (page === undefined || !(size >= 0) || !(packed >= 0) || reader.at + packed > chunk.length) {
      throw cutShort(source.file, 'a page', start + at);
    }
    sums.unpacked += size;
    const held = numberIn(page.get(7), 1) || 0;
    sums.values += (numberIn(page.get(5), 1) || 0) + (numberIn(page.get(8), 1) || 0);
    const { unpacked, values } = sums;
    if (unpacked > most || 4 * values > most || held > size || !(values >= 0) || held < 0) {
      throw refused(source.file, {
        offset: start + at,
        found: `a page that grows to ${unpacked} bytes and ${values} values`,
        expected: `at most ${MOST_GROWTH} times as many as are stored, as they would fill the memory`,
        hint: 'Write the file again without dictionaries and compression',
      });
    }
    at = reader.at + packed;
  }
  if (8 * sums.values > MOST_HELD) throw source.tooLarge(8 * sums.values, 'numbers');
  return sums.values - before;
}

/** Refuses what this version of Node cannot unpack. */
function requireCodec(file: string, what: string, codec: string): void {
  if (codec !== 'ZSTD' || 'zstdDecompressSync' in zlib()) return;
  throw refused(file, {
    found: `${what} packed by Zstandard, with Node ${process.versions.node}`,
    expected: 'Node 22.15 or newer, which unpacks it',
    hint: "Use a newer Node, or write the file with compression='gzip'",
  });
}

function numberIn(fields: Thrift | undefined, field: number): number {
  const value = fields instanceof Map ? fields.get(field) : undefined;
  return typeof value === 'number' ? value : Number.NaN;
}

function undescribed(file: string, found: string) {
  return refused(file, {
    found,
    expected: 'the name and the place of each column in each group of rows',
    hint: 'The file was damaged: copy or write it again',
  });
}

function tooMany(file: string, rows: number) {
  return refused(file, {
    found: `${rows} rows announced`,
    expected: 'as many as its pages hold',
    hint: 'The file was damaged: copy or write it again',
  });
}

/** Reads a Parquet file in a thread. */
function serve(
  hyparquet: typeof Hyparquet,
  { size }: { size: number },
  require: NodeJS.Require,
): Answering<Question> {
  const zlib = require('node:zlib');
  // Unpacking what hyparquet leaves to others, never to more than the page says.
  const packed = (unpack: typeof zlib.gunzipSync) => (input: Uint8Array, maxOutputLength: number) =>
    unpack(input, { maxOutputLength });
  const compressors: Hyparquet.Compressors = {
    GZIP: packed(zlib.gunzipSync),
    BROTLI: packed(zlib.brotliDecompressSync),
    // Node 22.15 and newer.
    ...(zlib.zstdDecompressSync && { ZSTD: packed(zlib.zstdDecompressSync) }),
  };
  let metadata: Hyparquet.FileMetaData;
  const numbersOf = (rows: readonly unknown[]): Block => {
    let dim = 0;
    let numbers = new Float64Array();
    for (const [row, value] of rows.entries()) {
      const fault = (found: string, expected: string) => ({ fault: { row, found, expected } });
      if (value === null || value === undefined) {
        return fault('a missing value', 'a value in every row');
      }
      const isList = Array.isArray(value) || ArrayBuffer.isView(value);
      const vector = (isList ? value : [value]) as ArrayLike<unknown>;
      if (row === 0) {
        dim = vector.length;
        numbers = new Float64Array(rows.length * dim);
      }
      if (vector.length !== dim || dim === 0) {
        return fault(`${vector.length} numbers`, `${dim || 'some'}, as in row 0`);
      }
      for (let at = 0; at < dim; at += 1) {
        const one = vector[at];
        const number = typeof one === 'bigint' ? Number(one) : one;
        const isExact = typeof one === 'number' || Number.isSafeInteger(number);
        if (!isExact) {
          const found = one === null || one === undefined ? 'a missing value' : String(one);
          return fault(found, 'a number that a double holds');
        }
        numbers[row * dim + at] = number as number;
      }
    }
    return { dim, numbers };
  };
  return async (question) => {
    if (question.kind === 'description') {
      const { buffer, byteOffset, length } = question.end;
      metadata = hyparquet.parquetMetadata(
        buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer,
      );
      return { metadata, columns: hyparquet.parquetSchema(metadata).children };
    }
    const { kind, name, from, to, chunk } = question;
    const slice = (start: number, end = size) => {
      const bytes = chunk.bytes.slice(start - chunk.at, end - chunk.at);
      if (start < chunk.at || bytes.length !== end - start) throw new RangeError('other bytes');
      return bytes.buffer as ArrayBuffer;
    };
    let rows: unknown[] = [];
    await hyparquet.parquetRead({
      file: { byteLength: size, slice },
      metadata,
      columns: [name],
      rowStart: from,
      rowEnd: to,
      compressors,
      onComplete: (part) => {
        rows = part.map(([value]) => value);
      },
    });
    return kind === 'texts' ? rows.map((text) => String(text ?? '')) : numbersOf(rows);
  };
}
