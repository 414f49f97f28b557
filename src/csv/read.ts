/** Reading of tables piece by piece, from files and from memory. */
import {
  closeInput,
  fill,
  fillSync,
  type InputFile,
  openInput,
  readSome,
  requireUnchanged,
} from '../files/input.js';
import { MAX_RECORD_BYTES, type RecordScanner } from './scan.js';

export const PIECE_BYTES = 4 << 20;

/** A source of rows: a table, or a tolerant reader of one. */
export interface RowSource {
  readonly scanner: RecordScanner;
  /** Moves to the next row; `false` when the bytes fed so far hold no further one. */
  next(): boolean;
  /** Reads rows of nothing but numbers into a block, for {@link Collector.takeNumbers}. */
  numbers(): number;
  /** Rejects a source without rows; called after the last row. */
  requireRows(): void;
}

/** Turns the rows of a table into a result, piece by piece. */
export interface Collector<Result> {
  readonly table: RowSource;
  /** Takes the current row of the table. */
  takeRow(): void;
  /** Takes `count` rows from the table's block of numbers, faster than row by row. */
  takeNumbers?(count: number): void;
  finish(): Result;
}

/** Reads a table from memory. `pieceBytes` is for tests. */
export function parseTable<Result>(
  bytes: Uint8Array,
  collector: Collector<Result>,
  pieceBytes = PIECE_BYTES,
): Result {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { scanner } = collector.table;
  let start = 0;
  let end = 0;
  let last = false;
  while (!last) {
    end = Math.min(end + pieceBytes, all.length);
    last = end === all.length;
    scanner.feed(all.subarray(start, end), last);
    collect(collector);
    start += scanner.consumed;
  }
  return finish(collector);
}

export function readTableSync<Result>(
  path: string,
  collector: Collector<Result>,
  pieceBytes = PIECE_BYTES,
): Result {
  const input = openInput(path);
  try {
    const pieces = new Pieces(input, collector, pieceBytes);
    while (!pieces.done) {
      pieces.take(fillSync(input, pieces.buffer, pieces.carried, pieces.read));
    }
    requireUnchanged(input);
    return finish(collector);
  } finally {
    closeInput(input);
  }
}

export async function readTable<Result>(
  path: string,
  collector: Collector<Result>,
  pieceBytes = PIECE_BYTES,
): Promise<Result> {
  const input = openInput(path);
  try {
    const pieces = new Pieces(input, collector, pieceBytes);
    while (!pieces.done) {
      pieces.take(await fill(input, pieces.buffer, pieces.carried, pieces.read));
    }
    requireUnchanged(input);
    return finish(collector);
  } finally {
    closeInput(input);
  }
}

/** A collector whose rows are taken block by block. */
export interface BlockCollector<Block> extends Collector<unknown> {
  /** The pairs collected since the last call; `undefined` for none. */
  take(): Block | undefined;
}

/** Bytes of a block: many rows share what each block costs. */
const BLOCK_BYTES = 16 << 20;
/** Bytes of lines that came together. */
const LINES_BYTES = 1 << 16;

/**
 * Reads a table block by block, as its bytes come where it is `live`. Rows before a fault are handed out before it is
 * thrown. Memory: one block, whatever the length of the table.
 */
export async function* readBlocks<Block>(
  path: string,
  collector: BlockCollector<Block>,
  live: boolean,
): AsyncGenerator<Block, void, undefined> {
  const input = openInput(path);
  try {
    const pieces = new Pieces(input, collector, live ? LINES_BYTES : BLOCK_BYTES);
    while (!pieces.done) {
      const { buffer, carried, read } = pieces;
      const got = await (live ? readSome : fill)(input, buffer, carried, read);
      let fault: unknown;
      try {
        pieces.take(got, live ? got === 0 : undefined);
      } catch (error) {
        fault = error;
      }
      const block = collector.take();
      if (block !== undefined) yield block;
      if (fault !== undefined) throw fault;
    }
  } finally {
    closeInput(input);
  }
}

/** Takes every row of the table's current piece. */
function collect(collector: Collector<unknown>): void {
  const { table } = collector;
  if (!table.next()) return;
  collector.takeRow();
  if (collector.takeNumbers !== undefined) {
    for (let count = table.numbers(); count > 0; count = table.numbers()) {
      collector.takeNumbers(count);
    }
  }
  while (table.next()) collector.takeRow();
}

function finish<Result>(collector: Collector<Result>): Result {
  collector.table.requireRows();
  return collector.finish();
}

/** The buffer between a file and a scanner: the unconsumed rest, followed by new bytes. */
class Pieces {
  buffer: Buffer;
  carried = 0;
  read = 0;
  done = false;

  constructor(
    input: InputFile,
    private readonly collector: Collector<unknown>,
    pieceBytes: number,
  ) {
    // One byte more than a small file has, so that its only piece is known to be the last.
    const size = input.size === undefined ? pieceBytes : Math.min(input.size + 1, pieceBytes);
    this.buffer = Buffer.allocUnsafeSlow(Math.max(size, 1));
  }

  take(filled: number, last = this.carried + filled < this.buffer.length): void {
    const { scanner } = this.collector.table;
    const end = this.carried + filled;
    scanner.feed(this.buffer.subarray(0, end), last);
    collect(this.collector);
    this.read += filled;
    this.carried = end - scanner.consumed;
    this.done = last;
    if (last) return;
    if (this.carried < this.buffer.length) {
      this.buffer.copyWithin(0, scanner.consumed, end);
    } else {
      // Bounded: the scanner rejects a record before the buffer holds two of the longest.
      const grown = Buffer.allocUnsafeSlow(Math.min(2 * end, end + MAX_RECORD_BYTES + 1));
      this.buffer.copy(grown, 0, 0, end);
      this.buffer = grown;
    }
  }
}
