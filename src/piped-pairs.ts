/** Pairs scored as they come: block by block from standard input to standard output. */
import { PairCollector, type Pairs, pairBeyond, requirePairsWithin } from './csv/pairs.js';
import { readBlocks } from './csv/read.js';
import { inputName, isStandardInput } from './files/input.js';
import { isStandardOutput, writeStandardOutput } from './files/stdout.js';
import type { ScoredFormat } from './scored-pairs.js';
import { HackfaceError } from './errors.js';
import {
  type ListedPairsOptions,
  type NamedSides,
  type OpenSides,
  requireSidesWithin,
} from './pair-files.js';

/** The parts of a request that decide if pairs can be scored as they come. */
export interface PipedRequest {
  pairs: string;
  output: string;
  lineBuffered?: boolean | undefined;
  dryRun?: boolean | undefined;
  quality?: string | undefined;
  onUndefined?: string | undefined;
  rerank?: unknown;
  expand?: unknown;
}

/**
 * True if pairs are scored block by block: from standard input to standard output, by a measure of each pair
 * alone, in a format of lines. `metrics` are those of the measure. Errors: `EOPTION` where lines are to be
 * answered as they come, and cannot be.
 */
export function isPiped(
  request: PipedRequest,
  metrics: readonly string[],
  format: ScoredFormat,
): boolean {
  const { pairs, output, dryRun, lineBuffered } = request;
  const piped = isStandardInput(pairs) && isStandardOutput(output) && !dryRun;
  const whole = wholeList(request, metrics, format);
  if (lineBuffered && (!piped || whole !== undefined)) {
    throw new HackfaceError('EOPTION', 'usage', {
      found: piped && whole !== undefined ? whole : 'a file on one side',
      expected: 'pairs from standard input, distances to standard output, each of its pair alone',
      advice: { text: 'leave out', option: 'lineBuffered' },
    });
  }
  return piped && whole === undefined;
}

/** Rejects what needs the whole list, of which only a part is scored (`EOPTION`). */
export function requirePartwise(
  request: PipedRequest,
  metrics: readonly string[],
  format: ScoredFormat,
): void {
  const whole = wholeList(request, metrics, format);
  if (whole === undefined) return;
  throw new HackfaceError('EOPTION', 'usage', {
    found: whole,
    expected: 'distances each of its pair alone, in a shard of the list',
    advice: { text: 'leave out', option: 'shard' },
  });
}

/** The part of a request that needs the whole list before the first distance, in words. */
function wholeList(
  { quality, onUndefined, rerank, expand }: PipedRequest,
  metrics: readonly string[],
  format: ScoredFormat,
): string | undefined {
  if (quality !== undefined) return 'a quality, which is found by id';
  if ((rerank ?? expand) !== undefined) return 'neighbours of rows, found for each list anew';
  if (onUndefined === 'max') return 'the largest distance of the list for undefined ones';
  if (metrics.some((metric) => /\b(minmax|zscore)\b/i.test(metric))) {
    return 'minmax or zscore, which rescale over the list';
  }
  return format === 'npy' ? 'the format npy, which begins with a length' : undefined;
}

/** Pairs that come, and the matrices that they are of. */
export interface PipedPairs {
  file: string;
  options: ListedPairsOptions;
  sides: NamedSides;
  open: OpenSides;
  /** True if a line is answered before the next is waited for. */
  live: boolean;
}

/** A block of pairs scored: what is written of it. */
type Answer = Iterable<Uint8Array>;

/**
 * Scores pairs as they come and writes what `answer` makes of each block, in order, until the input ends or the
 * reader of the output has gone. While a block is scored the next is read, unless lines are answered as they come.
 *
 * Pairs before a fault are answered before it is thrown; its error names the line. Memory: two blocks.
 */
export async function pipePairs(
  piped: PipedPairs,
  answer: (pairs: Pairs, first: boolean) => Promise<Answer>,
): Promise<void> {
  let pending: Promise<Answer> | undefined;
  const settle = async () => {
    const scored = await pending;
    pending = undefined;
    return scored === undefined || (await writeStandardOutput(scored));
  };
  let first = true;
  try {
    for await (const pairs of blocks(piped)) {
      const scoring = answer(pairs, first);
      // Whoever waits for it hears of its failure.
      scoring.catch(() => undefined);
      first = false;
      if (!(await settle())) return;
      pending = scoring;
      if (piped.live && !(await settle())) return;
    }
  } catch (error) {
    await settle();
    throw error;
  }
  await settle();
}

/** The pairs block by block, their row numbers checked. */
async function* blocks({
  file,
  options,
  sides,
  open,
  live,
}: PipedPairs): AsyncGenerator<Pairs, void, undefined> {
  const { names, secondNames, enrolment } = sides;
  const collector = new PairCollector(
    inputName(file),
    { ...options, names, secondNames: secondNames ?? 'none', templates: enrolment?.names },
    live,
  );
  requireSidesWithin(sides, open);
  const { rows, dim } = open.first;
  const [firsts, seconds] = [enrolment?.templates.length ?? rows, open.second?.rows ?? rows];
  for await (const pairs of readBlocks(file, collector, live)) {
    const wrong = pairBeyond(pairs, firsts, seconds);
    if (wrong === undefined) {
      yield pairs;
      continue;
    }
    if (wrong > 0) yield headOf(pairs, wrong);
    requirePairsWithin(pairs, firsts, dim, seconds);
  }
  // An engine hands out empty parts, too; a header promises pairs.
  if (options.header !== false) collector.table.requireRows();
}

function headOf(pairs: Pairs, length: number): Pairs {
  const { index1, index2, ids } = pairs;
  return {
    ...pairs,
    index1: index1.slice(0, length),
    index2: index2.slice(0, length),
    ids: ids.slice(0, length),
    length,
  };
}

/** Figures of distances that pass by. */
export class Tally {
  pairs = 0;
  private min = Number.POSITIVE_INFINITY;
  private max = Number.NEGATIVE_INFINITY;
  private sum = 0;

  add(distances: Float64Array): void {
    let { min, max, sum } = this;
    // By number: an iterator costs milliseconds before it is compiled.
    for (let at = 0; at < distances.length; at += 1) {
      const distance = distances[at] as number;
      if (distance < min) min = distance;
      if (distance > max) max = distance;
      sum += distance;
    }
    Object.assign(this, { min, max, sum });
    this.pairs += distances.length;
  }

  /** Smallest, mean and largest distance. */
  get distances(): { min: number; mean: number; max: number } {
    const { min, max, sum, pairs } = this;
    return { min, mean: sum / pairs, max };
  }
}
