/** Files of rows that a model has mapped, block by block, for software that loads more than plain `.npy`. */
import type { Embeddings } from './embeddings.js';
import { HackfaceError } from './errors.js';
import { type WriteOptions, writeFileAtomic } from './files/atomic.js';
import { npyHeader } from './formats/npy-header.js';
import type { Progress } from './job.js';

/** Numbers of a block, about. */
const BLOCK_NUMBERS = 1 << 20;

type Vector = Float32Array | Float64Array;

type MapBlock = (block: {
  data: Float32Array | Float64Array;
  rows: number;
  dim: number;
}) => Promise<{ data: Float32Array | Float64Array; dim: number }>;

/** Rows to write. */
export interface MappedRows {
  embeddings: Embeddings;
  /** Maps a block of them. */
  map: MapBlock;
  /** Columns after mapping. */
  dim: number;
  dtype: 'float32' | 'float64';
  /** Fills up the length of each row by a further column: to that of the longest, or by 0 in rows to search with. */
  further: 'longest' | 'zero' | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** True for a file that is to hold text: `id,embedding`, a vector in brackets, as pgvector copies it. */
export function isVectorText(output: string): boolean {
  return /\.csv$/i.test(output);
}

/**
 * Writes mapped rows as `.npy`, or as CSV for a name that ends so; whole or not at all. Returns the squared length
 * that rows were filled up to. Cost: that of mapping, twice where the longest row is looked for.
 */
export async function writeMappedRows(
  output: string,
  rows: MappedRows,
  options: WriteOptions,
): Promise<{ dim: number; radius: number | undefined }> {
  const radius = rows.further === 'longest' ? await longest(rows) : undefined;
  const dim = rows.dim + (rows.further === undefined ? 0 : 1);
  const chunks = isVectorText(output) ? textOf(rows, radius) : npyOf(rows, dim, radius);
  await writeFileAtomic(output, chunks, options);
  return { dim, radius };
}

/** Largest squared length of a row. */
async function longest(rows: MappedRows): Promise<number> {
  let most = 0;
  for await (const block of blocks(rows, 'longest')) {
    for (const row of block) most = Math.max(most, square(row));
  }
  return most;
}

async function* npyOf(rows: MappedRows, dim: number, radius: number | undefined) {
  const { dtype, embeddings, further } = rows;
  const single = dtype === 'float32';
  const shape = [embeddings.rows, dim];
  yield npyHeader({ descr: single ? '<f4' : '<f8', fortran: false, shape });
  const bytes = single ? 4 : 8;
  for await (const block of blocks(rows, 'rows')) {
    const chunk = Buffer.alloc(block.length * dim * bytes);
    let at = 0;
    const put = (value: number) => {
      at = single ? chunk.writeFloatLE(value, at) : chunk.writeDoubleLE(value, at);
    };
    for (const row of block) {
      for (let column = 0; column < row.length; column += 1) put(row[column] as number);
      if (further !== undefined) put(filling(row, radius));
    }
    yield chunk;
  }
}

async function* textOf(rows: MappedRows, radius: number | undefined) {
  yield Buffer.from('id,embedding\n');
  let id = 0;
  for await (const block of blocks(rows, 'rows')) {
    let text = '';
    for (const row of block) {
      const more = rows.further === undefined ? '' : `,${filling(row, radius)}`;
      text += `${id},"[${row.join()}${more}]"\n`;
      id += 1;
    }
    yield Buffer.from(text);
  }
}

function filling(row: Vector, radius: number | undefined): number {
  return radius === undefined ? 0 : Math.sqrt(Math.max(0, radius - square(row)));
}

function square(row: Vector): number {
  let sum = 0;
  for (let column = 0; column < row.length; column += 1) sum += (row[column] as number) ** 2;
  return sum;
}

/** Mapped rows, block by block. */
async function* blocks(
  { embeddings, map, onProgress }: MappedRows,
  phase: string,
): AsyncGenerator<Vector[], void, undefined> {
  const { rows: total, dim } = embeddings;
  const most = Math.max(1, Math.floor(BLOCK_NUMBERS / dim));
  for (let first = 0; first < total; first += most) {
    const end = Math.min(total, first + most);
    const block = { data: embeddings.slice(first, end), rows: end - first, dim };
    const { data, dim: width } = await mapped(first, () => map(block));
    yield Array.from({ length: block.rows }, (_, row) =>
      data.subarray(row * width, (row + 1) * width),
    );
    onProgress?.({ phase, done: end, total });
  }
}

/** Tells the row of a fault by its number among all. */
async function mapped<T>(first: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof HackfaceError) || error.row === undefined) throw error;
    throw error.with({ row: first + error.row });
  }
}
