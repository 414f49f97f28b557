/** Hits of shards of a gallery, as files, and put together. */
import { createHash } from 'node:crypto';
import { type ErrorDetails, HackfaceError } from './errors.js';
import { closeInput, fill, type InputFile, openInput, requireUnchanged } from './files/input.js';
import { type HitsBatch, NONE, records } from './hits.js';

/** Bytes of a row number and a distance. */
const HIT = 12;
const FORMAT = 'hackface-hits 1';
/** Longest first line. */
const MOST = 1 << 16;
const DIGEST = 32;
const BEGIN = Buffer.from(`{"format":"${FORMAT}"`);

/** The first line of a file of hits of a shard, as JSON. Equal parts have equal bytes. */
export interface HitsPart {
  format: typeof FORMAT;
  /** Gallery, probes and measure: equal in all parts of one search. */
  search: Readonly<Record<string, string | number | boolean>>;
  /** Fingerprint of the rows of the shard. */
  fingerprint: string;
  /** First row of the shard, and the one behind its last. */
  from: number;
  to: number;
  probes: number;
  /** Most hits of a probe. */
  k: number;
}

/** Content of the file of a part. */
export function partOf(about: Omit<HitsPart, 'format'>): HitsPart {
  return { format: FORMAT, ...about };
}

const firstLine = (part: HitsPart) => Buffer.from(`${JSON.stringify(part)}\n`);

/** The bytes of the file of a part, in chunks: its first line, a record for each hit, and their SHA-256. */
export async function* partChunks(
  part: HitsPart,
  batches: AsyncIterable<HitsBatch>,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  const hashed = (bytes: Uint8Array) => {
    hash.update(bytes);
    return bytes;
  };
  yield hashed(firstLine(part));
  for await (const batch of batches) yield hashed(records(batch, part.k));
  yield hash.digest();
}

/**
 * True if a file holds this part whole; false for a damaged one, which may be replaced. Errors: `EOPTION` for hits of
 * another search or shard, and for a file of something else.
 */
export async function holdsPart(path: string, part: HitsPart): Promise<boolean> {
  const { head, start, part: found } = await readFirst(path);
  const line = firstLine(part);
  const ours = line.subarray(0, BEGIN.length).equals(head.subarray(0, BEGIN.length));
  // Ours, and cut in its first line.
  if (start === 0 && (ours || BEGIN.subarray(0, head.length).equals(head))) return false;
  if (found !== undefined && head.subarray(0, start).equals(line)) {
    return isWhole(path, found, start);
  }
  throw refusal(path, ours ? 'hits of another search or shard' : 'a file of something else', {
    expected: 'the hits of this shard, or none',
    advice: { text: 'replace them', option: 'force' },
  });
}

/** The first line, read; `start` is 0 where it has no end. */
async function readFirst(path: string) {
  const input = openInput(path);
  try {
    const bytes = Buffer.alloc(MOST);
    const head = bytes.subarray(0, await fill(input, bytes, 0, 0));
    const start = head.indexOf(10) + 1;
    return { head, start, part: parsed(head.subarray(0, start)) };
  } finally {
    closeInput(input);
  }
}

function parsed(line: Buffer): HitsPart | undefined {
  try {
    const part = JSON.parse(line.toString()) as HitsPart;
    const { format, search, from, to, probes, k } = part;
    const whole = [from, to, probes, k].every((n) => Number.isSafeInteger(n) && n >= 0);
    const fits = whole && from < to && k <= to - from;
    return format === FORMAT && fits && typeof search === 'object' ? part : undefined;
  } catch {
    return undefined;
  }
}

/** True if a file is as long as it should be, and has the bytes that were written. */
async function isWhole(path: string, { probes, k }: HitsPart, start: number): Promise<boolean> {
  const input = openInput(path);
  try {
    let left = start + probes * k * HIT;
    if (input.size !== left + DIGEST) return false;
    const hash = createHash('sha256');
    const piece = Buffer.alloc(1 << 20);
    while (left > 0) {
      const own = piece.subarray(0, Math.min(left, piece.length));
      if ((await fill(input, own, 0, 0)) < own.length) return false;
      hash.update(own);
      left -= own.length;
    }
    const told = Buffer.alloc(DIGEST);
    return (await fill(input, told, 0, 0)) === DIGEST && told.equals(hash.digest());
  } finally {
    closeInput(input);
  }
}

/** Sizes of what is put together: rows of the gallery, probes, hits of each and probes of a batch. */
export interface Merge {
  search: HitsPart['search'];
  rows: number;
  probes: number;
  k: number;
  size: number;
}

/**
 * The hits of all parts together, batch by batch: the nearest of each probe by distance, then by row.
 *
 * Errors: `EOPTION` for parts of another search, damaged ones, rows in two parts and rows in none; `EINPUT`,
 * `EINPUTCHANGED`. Memory: the hits of a batch of each part.
 */
export async function* mergedHits(
  paths: readonly string[],
  merge: Merge,
): AsyncGenerator<HitsBatch> {
  const parts = [];
  for (const path of paths) parts.push(await checkedPart(path, merge));
  parts.sort((a, b) => a.from - b.from);
  requireAll(parts, merge.rows);
  const inputs: InputFile[] = [];
  try {
    for (const { path, start } of parts) {
      const input = openInput(path);
      inputs.push(input);
      await fill(input, Buffer.alloc(start), 0, 0);
    }
    for (let from = 0; from < merge.probes; from += merge.size) {
      const probes = Math.min(merge.size, merge.probes - from);
      const read = parts.map(async ({ k }, place) => {
        const bytes = Buffer.alloc(probes * k * HIT);
        await fill(inputs[place] as InputFile, bytes, 0, 0);
        return { k, bytes };
      });
      yield { from, probes, ...nearest(await Promise.all(read), probes, merge.k) };
    }
    for (const input of inputs) requireUnchanged(input);
  } finally {
    for (const input of inputs) closeInput(input);
  }
}

/** A part of this search that is whole. */
async function checkedPart(path: string, { search }: Merge) {
  const { part, start } = await readFirst(path);
  if (part === undefined) {
    throw refusal(path, 'a file of something else', { expected: 'hits of a shard of the gallery' });
  }
  const hint = 'Run its shard again, with the options given here';
  const names = Object.keys({ ...search, ...part.search });
  const differs = names.find((name) => search[name] !== part.search[name]);
  if (differs !== undefined) {
    // The first digits of a fingerprint tell as much to a reader.
    const told = (from: HitsPart['search']) =>
      `${differs} ${from[differs]}`.replace(/[0-9a-f]{64}/, (digits) => digits.slice(0, 12));
    const found = `hits of another search: ${told(part.search)}`;
    throw refusal(path, found, { expected: told(search), hint });
  }
  if (await isWhole(path, part, start)) return { ...part, path, start };
  throw refusal(path, 'damaged hits', { expected: 'the bytes that were written', hint });
}

/** Refuses rows in two parts, and rows in none. */
function requireAll(parts: readonly (HitsPart & { path: string })[], rows: number): void {
  let [end, last] = [0, 'the start'];
  const refuse = (found: string, hint: string) =>
    new HackfaceError('EOPTION', 'usage', {
      found,
      expected: 'parts that follow one another',
      hint,
    });
  const missing = 'Run the shard that is missing, and name its part as well';
  for (const { from, to, path } of parts) {
    if (from > end) {
      throw refuse(`rows ${end}:${from} in no part, between ${last} and ${path}`, missing);
    }
    if (from < end && path === last) {
      const twice = `rows ${from}:${Math.min(end, to)} twice, since ${path} is named twice`;
      throw refuse(twice, 'Name each part once');
    }
    if (from < end) {
      const both = `rows ${from}:${Math.min(end, to)} both in ${last} and in ${path}`;
      throw refuse(both, 'Leave one of the two out');
    }
    [end, last] = [to, path];
  }
  if (end < rows) {
    throw refuse(`rows ${end}:${rows} in no part, between ${last} and the end`, missing);
  }
}

/** The nearest `most` hits of each probe among those of parts, which come in the order of their rows. */
function nearest(parts: readonly { k: number; bytes: Buffer }[], probes: number, most: number) {
  const starts = new Uint32Array(probes + 1);
  const rows = new Uint32Array(probes * most);
  const distances = new Float64Array(probes * most);
  let end = 0;
  for (let probe = 0; probe < probes; probe += 1) {
    const next = parts.map(() => 0);
    for (let rank = 0; rank < most; rank += 1) {
      let [best, row, distance] = [-1, NONE, Number.POSITIVE_INFINITY];
      for (const [place, { k, bytes }] of parts.entries()) {
        const taken = next[place] as number;
        if (taken === k) continue;
        const at = (probe * k + taken) * HIT;
        const found = bytes.readUInt32LE(at);
        const far = bytes.readDoubleLE(at + 4);
        // Rows ascend with the parts, so of equal distances the first stays.
        if (found === NONE || (best >= 0 && far >= distance)) continue;
        [best, row, distance] = [place, found, far];
      }
      if (best < 0) break;
      (next[best] as number) += 1;
      [rows[end], distances[end]] = [row, distance];
      end += 1;
    }
    starts[probe + 1] = end;
  }
  return { starts, rows, distances };
}

function refusal(
  file: string,
  found: string,
  more: Omit<ErrorDetails, 'file' | 'found'>,
): HackfaceError {
  return new HackfaceError('EOPTION', 'usage', { file, found, ...more });
}
