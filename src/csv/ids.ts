/** Ids of pairs: reading, repetition, and matching those of two files. */
import { isArray, copyOf, isArrayOf, list, text, wrongArgument } from '../arguments.js';
import { HackfaceError } from '../errors.js';
import { quoteText } from '../printable.js';
import { Uint32Column } from './column.js';
import { duplicate, listTexts } from './errors.js';
import type { LineMap } from './lines.js';
import { type CellOptions, refuseFormulas } from './quote.js';
import { MAX_ROWS, type Table } from './table.js';

/**
 * Names of rows, in the order of the file: numbers if each is a plain number below 2³², else texts.
 * Either way `String(id)` is the text of the cell.
 */
export type Ids = Uint32Array | readonly string[];

const copyTexts = list((id, name) => (typeof id === 'number' ? id : text(id, name)));

/** Rule for ids; returns a copy. */
export function copyIds(ids: unknown, name: string): Ids {
  if (isArrayOf(Uint32Array, ids)) return copyOf(Uint32Array)(ids, name);
  if (isArray(ids)) return copyTexts(ids, name) as string[];
  throw wrongArgument(name, ids, 'a Uint32Array or an array of texts');
}

/** Ids `first`, `first + 1`, … for a file without a column of ids. */
export function sequenceIds(length: number, first = 0): Uint32Array {
  const ids = new Uint32Array(length);
  for (let row = 0; row < length; row += 1) ids[row] = first + row;
  return ids;
}

/** Collects a column of ids: as numbers until the first id that is none, then as texts. */
export class IdColumn {
  private numbers = new Uint32Column();
  private texts: string[] | undefined;

  constructor(
    private readonly slot: number,
    private readonly options: CellOptions,
  ) {}

  /** Takes the id of the table's current row. */
  push(table: Table): void {
    if (this.texts === undefined) {
      const value = table.count(this.slot);
      if (value >= 0 && value < MAX_ROWS) {
        this.numbers.push(value);
        return;
      }
      this.texts = Array.from(this.numbers.toArray(), String);
      this.numbers = new Uint32Column();
    }
    const text = table.text(this.slot);
    if (text === '') throw table.badCell(this.slot, 'an id', 'Give the row an id');
    refuseFormulas([text], table.placeOf(this.slot), this.options);
    this.texts.push(text);
  }

  /** Takes the ids of `count` rows from the table's block of numbers. */
  pushNumbers(table: Table, count: number): void {
    const { cells, width } = table;
    const start = table.position(this.slot);
    if (this.texts === undefined) {
      this.numbers.pushEach(cells, start, width, count);
      return;
    }
    for (let row = 0; row < count; row += 1) this.texts.push(String(cells[start + row * width]));
  }

  /** The first `count` ids, not compared with others; the column is empty afterwards. */
  take(count: number): Ids {
    const { texts } = this;
    if (texts === undefined) return this.numbers.take(count);
    this.texts = [];
    return texts.slice(0, count);
  }

  /** The ids. Errors: `EDUPLICATE`. */
  finish(table: Table): Ids {
    const ids = this.texts ?? this.numbers.toArray();
    if (this.texts !== undefined || !this.numbers.ascending) {
      requireDistinct(ids, table.file, table.name(this.slot), table.lines);
    }
    return ids;
  }
}

/** Rejects repeated ids (`EDUPLICATE`) and names both lines of the first repetition. */
export function requireDistinct(ids: Ids, file: string, column: string, lines: LineMap): void {
  if (isArrayOf(Uint32Array, ids) && !hasRepetition(ids)) return;
  const repeated = firstRepetition(ids);
  if (repeated === undefined) return;
  const [first, second] = repeated;
  const text = String(ids[second]);
  throw duplicate(file, lines.lineOf(second), column, text, lines.lineOf(first));
}

/**
 * Finds the position of each wanted id: `ids[result[i]]` is `wanted[i]`. The ids of either side are
 * distinct. Errors: `EDIMENSION` that counts and names missing and extra ids.
 */
export function matchIds(
  wanted: Ids,
  ids: Ids,
  place: { file: string; column: string },
): Uint32Array {
  const positions = new Uint32Array(wanted.length);
  if (sameIds(wanted, ids)) {
    return sequenceIds(wanted.length);
  }
  const rows = new RowsByText();
  for (let row = 0; row < ids.length; row += 1) rows.add(String(ids[row]), row);
  const used = new Uint8Array(ids.length);
  const missing: string[] = [];
  let missingCount = 0;
  for (let row = 0; row < wanted.length; row += 1) {
    const text = String(wanted[row]);
    const position = rows.get(text);
    if (position === undefined) {
      missingCount += 1;
      if (missing.length < 20) missing.push(quoteText(text));
    } else {
      positions[row] = position;
      used[position] = 1;
    }
  }
  const extra: string[] = [];
  let extraCount = 0;
  for (let row = 0; row < ids.length; row += 1) {
    if (used[row] === 1) continue;
    extraCount += 1;
    if (extra.length < 20) extra.push(quoteText(String(ids[row])));
  }
  if (missingCount + extraCount > 0) {
    const parts: string[] = [];
    if (missingCount > 0)
      parts.push(`${missingCount} missing: ${listTexts(missing, missingCount)}`);
    if (extraCount > 0) parts.push(`${extraCount} extra: ${listTexts(extra, extraCount)}`);
    throw new HackfaceError('EDIMENSION', 'data', {
      file: place.file,
      found: `other ids in column ${quoteText(place.column)}: ${parts.join('; ')}`,
      expected: `the ${wanted.length} ids of the other file, each once`,
      hint: 'Use two files made from the same pairs',
    });
  }
  return positions;
}

function sameIds(left: Ids, right: Ids): boolean {
  if (left.length !== right.length) return false;
  for (let row = 0; row < left.length; row += 1) {
    if (left[row] !== right[row]) return false;
  }
  return true;
}

function hasRepetition(numbers: Uint32Array): boolean {
  const sorted = numbers.slice().sort();
  for (let row = 1; row < sorted.length; row += 1) {
    if (sorted[row] === sorted[row - 1]) return true;
  }
  return false;
}

function firstRepetition(ids: Ids): [number, number] | undefined {
  const rows = new RowsByText();
  for (let row = 0; row < ids.length; row += 1) {
    const first = rows.add(String(ids[row]), row);
    if (first !== row) return [first, row];
  }
  return undefined;
}

/** A map from texts to rows beyond the 2²⁴ entries that one `Map` can hold. */
export class RowsByText {
  private readonly maps: Map<string, number>[] = [new Map()];

  /** Every text with its row, in the order of addition. */
  *entries(): Generator<[string, number]> {
    for (const map of this.maps) yield* map;
  }

  get(text: string): number | undefined {
    for (const map of this.maps) {
      const row = map.get(text);
      if (row !== undefined) return row;
    }
    return undefined;
  }

  /** Adds a row unless the text has one; returns the row of the text. */
  add(text: string, row: number): number {
    const known = this.get(text);
    if (known !== undefined) return known;
    let map = this.maps.at(-1) as Map<string, number>;
    if (map.size === 1 << 23) {
      map = new Map();
      this.maps.push(map);
    }
    map.set(text, row);
    return row;
  }
}
