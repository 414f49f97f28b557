/** One number a pair: `.npy` arrays of one axis, and text with a number a line. */
import { parseDecimal } from '../csv/decimal.js';
import { HackfaceError } from '../errors.js';
import { openInput, closeInput, fill, inputName, requireUnchanged } from '../files/input.js';
import { numbersOf } from '../formats/arrays.js';
import { describeArray, isNpy, npyArray } from '../formats/npy-header.js';
import { Source } from '../formats/source.js';
import { quoteText } from '../printable.js';

/** True for a file that is an array of NumPy; false for one that cannot be opened. */
export function isArrayFile(path: string): boolean {
  try {
    const source = Source.open(path);
    source?.close();
    return source !== undefined && isNpy(source.head);
  } catch (error) {
    // Whoever reads it refuses it.
    if (error instanceof HackfaceError) return false;
    throw error;
  }
}

/**
 * Reads a number for each pair, finite: from a `.npy` array of n or n × 1 numbers or booleans, or from text
 * with one a line. Errors: `EINPUT`, `EFORMAT`, `ECSVVALUE`, `ENOTFINITE`, `EEMPTY`, `EIO`.
 */
export async function readVector(path: string): Promise<Float64Array> {
  const file = inputName(path);
  const numbers = isArrayFile(path) ? ofArray(path) : ofLines(await textOf(path), file);
  if (numbers.length === 0) {
    throw new HackfaceError('EEMPTY', 'data', {
      file,
      found: 'no numbers',
      expected: 'one a pair',
    });
  }
  const row = numbers.findIndex((value) => !Number.isFinite(value));
  if (row < 0) return numbers;
  throw new HackfaceError('ENOTFINITE', 'data', {
    file,
    row,
    found: String(numbers[row]),
    expected: 'a finite number',
    hint: 'Look at the two rows of that pair',
  });
}

function ofArray(path: string): Float64Array {
  const source = Source.open(path) as Source;
  try {
    const bytes = source.bytes(0, source.size, 'its data');
    const array = npyArray(bytes);
    const one =
      array && (array.shape.length === 1 || (array.shape.length === 2 && array.shape[1] === 1));
    const data = bytes.subarray(array?.offset ?? 0);
    const descr = array?.descr === '|b1' ? '|u1' : (array?.descr ?? '');
    const numbers = one
      ? numbersOf({ descr, data, shape: array.shape, fortran: false })
      : undefined;
    source.requireSame();
    if (numbers && numbers.length === array?.shape[0]) return numbers;
    throw new HackfaceError('EFORMAT', 'data', {
      file: source.file,
      found: array === undefined ? 'a damaged header' : `an array ${describeArray(array)}`,
      expected: 'an array of one axis of numbers, complete',
      hint: 'Save one number for each pair: numpy.save(FILE, SCORES)',
    });
  } finally {
    source.close();
  }
}

async function textOf(path: string): Promise<string> {
  const input = openInput(path);
  try {
    const pieces: Buffer[] = [];
    for (let at = 0; ; ) {
      const piece = Buffer.allocUnsafe(1 << 20);
      const read = await fill(input, piece, 0, at);
      pieces.push(piece.subarray(0, read));
      at += read;
      if (read < piece.length) break;
    }
    requireUnchanged(input);
    return Buffer.concat(pieces).toString('utf8');
  } finally {
    closeInput(input);
  }
}

function ofLines(text: string, file: string): Float64Array {
  const lines = text.split(/\r\n|\n|\r/);
  const numbers: number[] = [];
  for (const [at, line] of lines.entries()) {
    const cell = line.trim();
    if (cell === '') continue;
    const value = parseDecimal(cell);
    if (Number.isNaN(value)) {
      throw new HackfaceError('ECSVVALUE', 'data', {
        file,
        line: at + 1,
        found: quoteText(cell),
        expected: 'one number a line',
        hint: 'Lists with names or ids go with option scores',
      });
    }
    numbers.push(value);
  }
  return Float64Array.from(numbers);
}
