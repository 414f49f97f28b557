/** Parquet, read by the optional package `hyparquet`: a column of vectors, or columns of numbers. */
import * as zlib from 'node:zlib';
import type * as Hyparquet from 'hyparquet';
import { quoteText } from '../printable.js';
import { cutShort, refused } from './failure.js';
import { quoted } from './lists.js';
import { type FoundMatrix, heldNumbers } from './matrix.js';
import { chooseMember, type Member } from './members.js';
import { guarded, optionalPackage } from './optional.js';
import { MOST_HELD, type Source } from './source.js';
import { type Thrift, ThriftReader } from './thrift.js';
import { meaningOf, type Wanted } from './wanted.js';
import { MOST_GROWTH, SMALL } from './zip.js';

const MAGIC = 'PAR1';

/** A column: numbers, vectors or texts. */
interface Column extends Member {
  kind: 'number' | 'vector' | 'text' | 'other';
  /** True if its numbers are singles. */
  single: boolean;
}

/** True for the first bytes of such a file. */
export function isParquet(head: Buffer): boolean {
  return head.toString('latin1', 0, 4) === MAGIC;
}

/** Finds the column of vectors asked for, or the only one; without one, the columns of numbers. */
export async function findInParquet(source: Source, wanted: Wanted): Promise<FoundMatrix> {
  const hyparquet = await optionalPackage<typeof Hyparquet>(source.file, 'hyparquet');
  requireFooter(source);
  return guarded(source.file, 'hyparquet', async () => {
    const file: Hyparquet.AsyncBuffer = {
      byteLength: source.size,
      slice: (start, end = source.size) => {
        const bytes = source.bytes(start, end - start, 'its data');
        return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
      },
    };
    const metadata = await hyparquet.parquetMetadataAsync(file);
    const columns = hyparquet.parquetSchema(metadata).children.map(columnOf);
    const chosen = chosenIn(source.file, columns, wanted);
    const texts = (['names', 'labels'] as const).map((meaning) => {
      const isScalar = ({ kind }: Column) => kind === 'text' || kind === 'number';
      const found = columns.find((one) => meaningOf(one.name, wanted) === meaning && isScalar(one));
      // pandas names its rows in an index.
      const index = columns.find((one) => isIndex(one.name) && one.kind === 'text');
      return found ?? (meaning === 'names' && wanted.names === undefined ? index : undefined);
    });
    const read = [...new Set([...chosen, ...texts.filter((one) => one !== undefined)])];
    requireChunks(source, metadata, new Set(read.map(({ name }) => name)));
    const rows = new Rows(source, chosen, texts);
    let start = 0;
    for (const group of metadata.row_groups) {
      const end = start + Number(group.num_rows);
      const values = new Map<string, readonly unknown[]>();
      // One column at a time: of several, hyparquet leaves the errors of all but one unhandled.
      for (const { name } of read) {
        await hyparquet.parquetRead({
          file,
          metadata,
          columns: [name],
          rowStart: start,
          rowEnd: end,
          compressors: COMPRESSORS,
          onComplete: (part) => {
            values.set(
              name,
              part.map(([value]) => value),
            );
          },
        });
      }
      rows.add(values, end - start);
      start = end;
    }
    return rows.finish();
  });
}

/** Unpacking what `hyparquet` leaves to others, never to more than the page says. */
const COMPRESSORS: Hyparquet.Compressors = {
  GZIP: (input, maxOutputLength) => zlib.gunzipSync(input, { maxOutputLength }),
  BROTLI: (input, maxOutputLength) => zlib.brotliDecompressSync(input, { maxOutputLength }),
  // Node 22.15 and newer.
  ...('zstdDecompressSync' in zlib && {
    ZSTD: (input: Uint8Array, maxOutputLength: number) =>
      (zlib as unknown as { zstdDecompressSync: typeof zlib.gunzipSync }).zstdDecompressSync(
        input,
        {
          maxOutputLength,
        },
      ),
  }),
};

const NUMBERS = new Set(['FLOAT', 'DOUBLE', 'INT32', 'INT64']);

/** A column by the schema: a leaf, or a list of one leaf. */
function columnOf(node: Hyparquet.SchemaTree): Column {
  const { name } = node.element;
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
  readonly #parts: (Float32Array | Float64Array)[] = [];
  readonly #names: string[] = [];
  readonly #labels: string[] = [];

  constructor(
    private readonly source: Source,
    private readonly chosen: readonly Column[],
    private readonly texts: readonly (Column | undefined)[],
  ) {}

  /** Adds rows by the values of their columns. */
  add(values: ReadonlyMap<string, readonly unknown[]>, count: number): void {
    const [names, labels] = this.texts;
    const single = this.chosen.every((column) => column.single);
    const vectors = Array.from({ length: count }, (_, row) => this.#vectorOf(values, row));
    this.#dim ||= vectors[0]?.length ?? 0;
    const odd = vectors.findIndex(({ length }) => length !== this.#dim || length === 0);
    if (odd >= 0) {
      const found = `${vectors[odd]?.length} numbers in row ${this.#rows + odd}`;
      throw this.#refuse(found, `${this.#dim || 'some'}, as in row 0`);
    }
    const all = new (single ? Float32Array : Float64Array)(vectors.length * this.#dim);
    for (const [i, vector] of vectors.entries()) {
      for (let at = 0; at < this.#dim; at += 1) {
        all[i * this.#dim + at] = this.#numberOf(vector[at], this.#rows + i);
      }
    }
    for (const [column, into] of [
      [names, this.#names],
      [labels, this.#labels],
    ] as const) {
      const texts = (column && values.get(column.name)) ?? [];
      for (const text of texts) into.push(String(text ?? ''));
    }
    this.#rows += count;
    this.#parts.push(all);
  }

  finish(): FoundMatrix {
    const [first] = this.#parts;
    if (first === undefined || this.#dim === 0) throw this.#refuse('no rows', 'at least one');
    const single = first instanceof Float32Array;
    const all = new (single ? Float32Array : Float64Array)(this.#rows * this.#dim);
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
    const [names, labels] = this.texts;
    return {
      ...heldNumbers(new Uint8Array(all.buffer), numbers, `${what} of a Parquet file`),
      names: names && (() => this.#names),
      labels: labels && (() => this.#labels),
    };
  }

  #vectorOf(values: ReadonlyMap<string, readonly unknown[]>, row: number): ArrayLike<unknown> {
    const [{ name = '', kind } = {}] = this.chosen;
    if (kind === 'number') return this.chosen.map((column) => values.get(column.name)?.[row]);
    const value = values.get(name)?.[row];
    if (Array.isArray(value) || ArrayBuffer.isView(value))
      return value as unknown as ArrayLike<unknown>;
    throw this.#refuse(`no vector in row ${this.#rows + row}`, 'a vector in every row');
  }

  #numberOf(value: unknown, row: number): number {
    if (typeof value === 'number') return value;
    const number = typeof value === 'bigint' ? Number(value) : Number.NaN;
    if (typeof value === 'bigint' && Number.isSafeInteger(number)) return number;
    throw this.#refuse(
      `${value === null || value === undefined ? 'a missing value' : quoteText(String(value))} in row ${row}`,
      'a number that a double holds',
    );
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

/** Requires a description at the end of the file whose lists are no longer than it is. */
function requireFooter(source: Source): void {
  const { file, size } = source;
  const tail = source.bytes(Math.max(size - 8, 0), Math.min(size, 8), 'its end');
  const length = size >= 12 ? tail.readUInt32LE(0) : 0;
  const damage = {
    expected: 'a description of its columns at its end',
    hint: 'The file was cut short: copy or write it again',
  };
  if (tail.toString('latin1', 4) !== MAGIC || length + 12 > size) {
    throw refused(file, { found: 'a Parquet file without its end', ...damage });
  }
  const footer = source.bytes(size - 8 - length, length, 'its description');
  if (new ThriftReader(footer).struct() === undefined) {
    throw refused(file, {
      found: 'a description that breaks its format',
      offset: size - 8 - length,
      ...damage,
    });
  }
}

/** Requires the pages of the columns to lie in the file, and to grow to no more than embeddings do. */
function requireChunks(
  source: Source,
  { row_groups, num_rows }: Hyparquet.FileMetaData,
  columns: ReadonlySet<string>,
): void {
  const { file } = source;
  let rows = 0;
  for (const group of row_groups) {
    rows += Number(group.num_rows);
    if (!(Number(group.num_rows) >= 0)) throw tooMany(file, Number(group.num_rows));
    for (const { meta_data } of group.columns) {
      if (meta_data === undefined || !columns.has(meta_data.path_in_schema[0] ?? '')) continue;
      const start = Number(meta_data.dictionary_page_offset || meta_data.data_page_offset);
      const length = Number(meta_data.total_compressed_size);
      const chunk = source.bytes(start, length, `column ${meta_data.path_in_schema[0]}`);
      const values = valuesOf(source, chunk, start);
      const repeated = meta_data.path_in_schema.length > 1;
      if (!repeated && values !== Number(group.num_rows))
        throw tooMany(file, Number(group.num_rows));
      if (Number(group.num_rows) > values) throw tooMany(file, Number(group.num_rows));
    }
  }
  if (rows !== Number(num_rows)) throw tooMany(file, Number(num_rows));
}

/** The values that the pages of a column announce. */
function valuesOf(source: Source, chunk: Buffer, start: number): number {
  let [values, unpacked] = [0, 0];
  const most = Math.max(SMALL, MOST_GROWTH * chunk.length);
  for (let at = 0; at < chunk.length; ) {
    const reader = new ThriftReader(chunk, at);
    const page = reader.struct();
    const [size, packed] = [numberIn(page, 2), numberIn(page, 3)];
    if (page === undefined || !(size >= 0) || !(packed >= 0) || reader.at + packed > chunk.length) {
      throw cutShort(source.file, 'a page', start + at);
    }
    unpacked += size;
    const held = numberIn(page.get(7), 1) || 0;
    values += (numberIn(page.get(5), 1) || 0) + (numberIn(page.get(8), 1) || 0);
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
  if (8 * values > MOST_HELD) throw source.tooLarge(8 * values, 'numbers');
  return values;
}

function numberIn(fields: Thrift | undefined, field: number): number {
  const value = fields instanceof Map ? fields.get(field) : undefined;
  return typeof value === 'number' ? value : Number.NaN;
}

function tooMany(file: string, rows: number) {
  return refused(file, {
    found: `${rows} rows announced`,
    expected: 'as many as its pages hold',
    hint: 'The file was damaged: copy or write it again',
  });
}
