/** Pairs with their distances, in the formats that `score` writes. */
import type { Checked } from './arguments.js';
import { shortestDecimal } from './csv/decimal.js';
import type { Pairs } from './csv/pairs.js';
import { type FurtherColumn, type SubmissionOptions, submissionChunks } from './csv/submission.js';
import { HackfaceError } from './errors.js';
import { npyHeader } from './formats/npy-header.js';
import type { NamedSides } from './pair-files.js';
import { quoteText } from './printable.js';

/**
 * The formats of scored pairs: `csv` is a submission; `npy` a vector of doubles in the order of the pairs;
 * `jsonl` an object a line, with id, rows, names where there are any, and distance; `trials` a line
 * `first second distance`, by name, or by number where rows have no names.
 */
export const SCORED_FORMATS: readonly ScoredFormat[] = ['csv', 'npy', 'jsonl', 'trials'];

/** A format of scored pairs. */
export type ScoredFormat = 'csv' | 'npy' | 'jsonl' | 'trials';

/** The format that the ending of a file means: `.npy`, `.jsonl`, `.trials` or `.txt`; any other is `csv`. */
export function scoredFormatOf(output: string): ScoredFormat {
  const [, ending = ''] = /\.(npy|jsonl|trials|txt)$/i.exec(output) ?? [];
  const known: Record<string, ScoredFormat> = { npy: 'npy', jsonl: 'jsonl' };
  return ending === '' ? 'csv' : (known[ending.toLowerCase()] ?? 'trials');
}

/** Pairs that were measured. */
export interface ScoredPairs {
  pairs: Pairs;
  distances: Float64Array;
  sides: Pick<NamedSides, 'names' | 'secondNames' | 'enrolment'>;
  /** Further facts about each pair; for formats with columns. */
  further: readonly FurtherColumn[];
}

/** Their bytes in a format, in chunks; the same at each call. */
export function scoredChunks(
  scored: ScoredPairs,
  format: ScoredFormat,
  options: Checked<SubmissionOptions> & { file: string },
): Iterable<Uint8Array> {
  const { pairs, distances, further } = scored;
  if (format === 'csv') return submissionChunks({ ids: pairs.ids, distances }, options, further);
  if (format !== 'jsonl' && further.length > 0) throw noRoom(options.file, format);
  if (format === 'npy') return npyChunks(distances);
  const write = format === 'jsonl' ? jsonLine : trialLine;
  return lineChunks(distances.length, write(scored, options.file));
}

function noRoom(file: string, format: ScoredFormat): HackfaceError {
  return new HackfaceError('EOPTION', 'usage', {
    file,
    found: `a decision, and the format ${format}, which holds scores alone`,
    expected: 'a format with columns',
    advice: { text: 'write another format', option: 'outputFormat', value: 'csv' },
  });
}

function npyChunks(distances: Float64Array): Iterable<Uint8Array> {
  const header = npyHeader({ descr: '<f8', fortran: false, shape: [distances.length] });
  const bytes = Buffer.alloc(8 * distances.length);
  for (const [pair, distance] of distances.entries()) bytes.writeDoubleLE(distance, 8 * pair);
  return [header, bytes];
}

const LINES_PER_CHUNK = 8192;

function* lineChunks(count: number, line: (pair: number) => string): Generator<Uint8Array> {
  for (let first = 0; first < count; first += LINES_PER_CHUNK) {
    let text = '';
    for (let pair = first; pair < Math.min(count, first + LINES_PER_CHUNK); pair += 1) {
      text += `${line(pair)}\n`;
    }
    yield Buffer.from(text);
  }
}

/** The name of either member of a pair; absent where it has none. */
function namesOf({ pairs, sides }: ScoredPairs): [first: NameOf, second: NameOf] {
  const firsts = sides.enrolment?.names ?? sides.names;
  return [
    (pair) => firsts?.name(pairs.index1[pair] as number),
    (pair) => sides.secondNames?.name(pairs.index2[pair] as number),
  ];
}

type NameOf = (pair: number) => string | undefined;

function jsonLine(scored: ScoredPairs): (pair: number) => string {
  const { ids, index1, index2 } = scored.pairs;
  const [first, second] = namesOf(scored);
  return (pair) =>
    JSON.stringify({
      id: ids[pair],
      index1: index1[pair],
      index2: index2[pair],
      name1: first(pair),
      name2: second(pair),
      distance: scored.distances[pair],
      ...Object.fromEntries(scored.further.map(({ name, value }) => [name, value(pair)])),
    });
}

function trialLine(scored: ScoredPairs, file: string): (pair: number) => string {
  const { index1, index2 } = scored.pairs;
  const [first, second] = namesOf(scored);
  const word = (name: string | undefined, row: number | undefined, pair: number) => {
    if (name === undefined || !/\s/.test(name)) return name ?? row;
    throw new HackfaceError('ECSVVALUE', 'data', {
      file,
      row: pair,
      found: `the name ${quoteText(name)}`,
      expected: 'names without spaces, which part the cells of a trial',
      advice: { text: 'write another format', option: 'outputFormat', value: 'jsonl' },
    });
  };
  return (pair) => {
    const distance = shortestDecimal(scored.distances[pair] as number, 64);
    return `${word(first(pair), index1[pair], pair)} ${word(second(pair), index2[pair], pair)} ${distance}`;
  };
}
