import {
  closeInput,
  fill,
  fillSync,
  type InputFile,
  openInput,
  requireUnchanged,
} from '../files/input.js';
import { MAX_RECORD_BYTES, type RecordScanner } from './scan.js';

/** Bytes read at a time. */
export const PIECE_BYTES = 4 << 20;

/** What delivers rows: a table, or what reads one that need not be right. */
export interface RowSource {
  /** Splits the bytes. */
  readonly scanner: RecordScanner;
  /** Moves to the next row; `false` when the bytes fed so far hold no further one. */
  next(): boolean;
  /** Reads rows of nothing but numbers into a block, for {@link Collector.takeNumbers}. */
  numbers(): number;
  /** Called behind the last row. */
  requireRows(): void;
}

/** Turns the rows of a table into a result, piece by piece. */
export interface Collector<Result> {
  /** The table being read. */
  readonly table: RowSource;
  /** Takes the table's present row. */
  takeRow(): void;
  /** Takes `count` rows from the table's block of numbers; the same as row by row, but faster. */
  takeNumbers?(count: number): void;
  /** The result, behind the last row. */
  finish(): Result;
}

/** Reads a table from memory. `pieceBytes` is there for tests. */
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

/** Reads a table from a file or standard input, blocking. */
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

/** Reads a table from a file or standard input. */
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

/** Takes every row that the table can deliver from its present piece. */
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

/** The buffer between a file and a scanner: the unconsumed rest in front, new bytes behind. */
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
    // One byte more than a small file has: its end is then seen with its only piece.
    const size = input.size === undefined ? pieceBytes : Math.min(input.size + 1, pieceBytes);
    this.buffer = Buffer.allocUnsafeSlow(Math.max(size, 1));
  }

  take(filled: number): void {
    const { scanner } = this.collector.table;
    const end = this.carried + filled;
    const last = end < this.buffer.length;
    scanner.feed(this.buffer.subarray(0, end), last);
    collect(this.collector);
    this.read += filled;
    this.carried = end - scanner.consumed;
    this.done = last;
    if (last) return;
    if (this.carried < this.buffer.length) {
      this.buffer.copyWithin(0, scanner.consumed, end);
    } else {
      // Ends: the scanner refuses a record before the buffer reaches twice the longest.
      const grown = Buffer.allocUnsafeSlow(Math.min(2 * end, end + MAX_RECORD_BYTES + 1));
      this.buffer.copy(grown, 0, 0, end);
      this.buffer = grown;
    }
  }
}
