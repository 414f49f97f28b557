/** Files of hits: CSV, JSON lines or `.npy`. */
import { shortestDecimal } from './csv/decimal.js';
import { quoteCell } from './csv/quote.js';
import type { Hits } from './gallery.js';
import type { Names } from './lists/names.js';

/** Format of a file of hits. */
export type HitsFormat = 'csv' | 'npy' | 'jsonl';

/** Hits of consecutive probes. */
export interface HitsBatch extends Omit<Hits, 'k'> {
  /** Number of the first probe. */
  from: number;
}

/** Description of the hits of a file. */
export interface HitsOf {
  /** Probes and hits for each, in all. */
  probes: number;
  k: number;
  /** Person of each hit by its number; absent without labels. */
  classOf: ((row: number) => string) | undefined;
  /** Names of rows of the gallery, and of probes; absent where they have none. */
  rowNames?: { gallery?: Names | undefined; probes?: Names | undefined };
  /** True if hits are people rather than rows. */
  people: boolean;
}

/** Row number of the records of a `.npy` file after the last hit of a probe. */
export const NONE = 2 ** 32 - 1;
const LINES_PER_CHUNK = 8192;

/** The bytes of a file of hits, in chunks. */
export async function* hitChunks(
  batches: AsyncIterable<HitsBatch>,
  of: HitsOf,
  format: HitsFormat,
): AsyncGenerator<Uint8Array> {
  if (format === 'npy') {
    yield npyHeader(of);
    for await (const batch of batches) yield records(batch, of.k);
    return;
  }
  if (format === 'csv') {
    const gallery = of.people ? '' : ',gallery';
    const { probes, gallery: rows } = namesOf(of);
    const names = `${probes ? ',probe_name' : ''}${rows ? ',gallery_name' : ''}`;
    yield Buffer.from(`probe,rank${gallery},distance${of.classOf ? ',class' : ''}${names}\n`);
  }
  const linesOf = format === 'csv' ? csvLines : jsonLines;
  for await (const batch of batches) {
    let lines: string[] = [];
    for (const line of linesOf(batch, of)) {
      lines.push(line);
      if (lines.length < LINES_PER_CHUNK) continue;
      yield Buffer.from(lines.join(''));
      lines = [];
    }
    yield Buffer.from(lines.join(''));
  }
}

/** The names that hits have: none of rows where hits are people. */
function namesOf({ rowNames = {}, people }: HitsOf): NonNullable<HitsOf['rowNames']> {
  return people ? { probes: rowNames.probes } : rowNames;
}

function* csvLines(batch: HitsBatch, of: HitsOf): Generator<string> {
  const { probes, gallery: rows } = namesOf(of);
  for (let i = 0; i < batch.probes; i += 1) {
    const probe = probes ? `,${quoteCell(probes.name(batch.from + i))}` : '';
    for (const { rank, row, distance } of hitsOf(batch, i)) {
      const names = `${probe}${rows ? `,${quoteCell(rows.name(row))}` : ''}`;
      const gallery = of.people ? '' : `,${row}`;
      const name = of.classOf ? `,${quoteCell(of.classOf(row))}` : '';
      yield `${batch.from + i},${rank}${gallery},${shortestDecimal(distance, 64)}${name}${names}\n`;
    }
  }
}

function* jsonLines(batch: HitsBatch, of: HitsOf): Generator<string> {
  const { probes, gallery: rows } = namesOf(of);
  for (let i = 0; i < batch.probes; i += 1) {
    const hits = [];
    for (const { row, distance } of hitsOf(batch, i)) {
      const gallery = of.people ? {} : { gallery: row };
      const name = rows && { name: rows.name(row) };
      hits.push({ ...gallery, ...name, distance, ...(of.classOf && { class: of.classOf(row) }) });
    }
    const name = probes && { name: probes.name(batch.from + i) };
    yield `${JSON.stringify({ probe: batch.from + i, ...name, hits })}\n`;
  }
}

/** The hits of a probe, counted within the batch. */
function* hitsOf({ starts, rows, distances }: HitsBatch, probe: number) {
  const [first, end] = [starts[probe] as number, starts[probe + 1] as number];
  for (let place = first; place < end; place += 1) {
    const [row, distance] = [rows[place] as number, distances[place] as number];
    yield { rank: place - first + 1, row, distance };
  }
}

/**
 * A matrix of records, probes × k, that NumPy loads with two fields. A matrix has no short rows: after
 * the last hit of a probe stand 2³² − 1 and NaN.
 */
function npyHeader({ probes, k, people }: HitsOf): Uint8Array {
  const fields = `[('${people ? 'person' : 'gallery'}', '<u4'), ('distance', '<f8')]`;
  const text = `{'descr': ${fields}, 'fortran_order': False, 'shape': (${probes}, ${k}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64;
  const bytes = Buffer.from(`\x93NUMPY\x01\x00..${text.padEnd(length - 11)}\n`, 'latin1');
  bytes.writeUInt16LE(length - 10, 8);
  return bytes;
}

/** A row number and a distance for each of `k` hits of each probe. */
export function records(batch: HitsBatch, k: number): Uint8Array {
  const bytes = Buffer.alloc(batch.probes * k * 12);
  for (let i = 0; i < batch.probes; i += 1) {
    const hits = [...hitsOf(batch, i)];
    for (let rank = 0; rank < k; rank += 1) {
      const { row, distance } = hits[rank] ?? { row: NONE, distance: Number.NaN };
      bytes.writeUInt32LE(row, (i * k + rank) * 12);
      bytes.writeDoubleLE(distance, (i * k + rank) * 12 + 4);
    }
  }
  return bytes;
}
