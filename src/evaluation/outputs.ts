/** Evaluations as files for other tools: points of a curve, and what became of each pair. */
import { filePath, isArray, look, readOptions, wrongArgument } from '../arguments.js';
import { shortestDecimal } from '../csv/decimal.js';
import type { Ids } from '../csv/ids.js';
import { quoteCell, refuseFormulas } from '../csv/quote.js';
import { WRITE_RULES, type WriteOptions, writeFileAtomic } from '../files/atomic.js';
import { isStandardOutput, writeStandardOutput } from '../files/stdout.js';
import type { Names } from '../lists/names.js';
import type { PairIndices } from '../score-pairs.js';
import type { Evaluation } from './result.js';

const LINES_PER_CHUNK = 8192;

/**
 * Writes the ROC curve of an evaluation as CSV, from the strictest threshold to the loosest:
 * `threshold,far,tar`, and `tar_low,tar_high` where identities are known. Numbers are the shortest
 * decimals that read back the same; `-` is standard output. Errors: those of writing a file.
 */
export async function writeCurve(
  evaluation: Pick<Evaluation, 'curve'>,
  path: string,
  options: WriteOptions = {},
): Promise<void> {
  filePath(path, 'path');
  const settled = readOptions(options, WRITE_RULES);
  const { curve } = look(evaluation, 'curve');
  if (!isArray(look(curve, 'threshold').threshold)) {
    throw wrongArgument('evaluation', evaluation, 'the evaluation that evaluate returned');
  }
  const { threshold, far, tar, tarLow, tarHigh } = evaluation.curve;
  const columns = [threshold, far, tar, ...(tarLow && tarHigh ? [tarLow, tarHigh] : [])];
  const names = ['threshold', 'far', 'tar', 'tar_low', 'tar_high'].slice(0, columns.length);
  const lines = threshold.map((_, point) => columns.map((of) => decimal(of[point] as number)));
  const text = [names, ...lines].map((cells) => `${cells.join(',')}\n`).join('');
  await write(path, [Buffer.from(text)], settled);
}

/** Pairs that were judged. */
export interface JudgedPairs {
  ids: Ids;
  scores: Float64Array;
  same: Uint8Array;
  pairs?: PairIndices | undefined;
  /** Names of first and of second members. */
  names?: readonly (Names | undefined)[];
  folds?: Uint32Array | undefined;
  groups?: { of: Uint32Array; names: readonly string[] } | undefined;
}

/**
 * Writes what is known of each pair as CSV: `Id,index1,index2,name1,name2,same,score,fold,group`, without
 * the columns that nothing tells.
 */
export async function writeJudgedPairs(
  path: string,
  judged: JudgedPairs,
  options: WriteOptions & { allowFormulas?: boolean },
): Promise<void> {
  await write(path, pairChunks(columnsOf(judged, path, options), judged.ids.length), options);
}

type Column = readonly [name: string, cell: (pair: number) => string];

function columnsOf(
  { ids, scores, same, pairs, names = [], folds, groups }: JudgedPairs,
  file: string,
  options: { allowFormulas?: boolean },
): Column[] {
  const safe = (column: string, text: string) => {
    refuseFormulas([text], { file, column }, options);
    return quoteCell(text);
  };
  const number = (name: string, of: Uint32Array | undefined): Column[] =>
    of === undefined ? [] : [[name, (pair) => String(of[pair])]];
  const named = (name: string, of: Uint32Array | undefined, by: Names | undefined): Column[] =>
    of && by ? [[name, (pair) => safe(name, by.name(of[pair] as number))]] : [];
  const grouped = ({ of, names: all }: NonNullable<JudgedPairs['groups']>): Column => [
    'group',
    (pair) => safe('group', all[of[pair] ?? -1] ?? ''),
  ];
  return [
    ['Id', (pair) => safe('Id', String(ids[pair]))],
    ...number('index1', pairs?.index1),
    ...number('index2', pairs?.index2),
    ...named('name1', pairs?.index1, names[0]),
    ...named('name2', pairs?.index2, names[1]),
    ['same', (pair) => String(same[pair])],
    ['score', (pair) => decimal(scores[pair] as number)],
    ...number('fold', folds),
    ...(groups === undefined ? [] : [grouped(groups)]),
  ];
}

function* pairChunks(columns: readonly Column[], count: number): Generator<Uint8Array> {
  let text = `${columns.map(([name]) => name).join(',')}\n`;
  for (let pair = 0; pair < count; pair += 1) {
    text += `${columns.map(([, cell]) => cell(pair)).join(',')}\n`;
    if (pair % LINES_PER_CHUNK < LINES_PER_CHUNK - 1) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}

/** Infinity is the threshold that nothing passes. */
function decimal(value: number): string {
  return Number.isFinite(value) ? shortestDecimal(value, 64) : value > 0 ? 'inf' : '-inf';
}

async function write(path: string, chunks: Iterable<Uint8Array>, { force }: WriteOptions) {
  if (isStandardOutput(path)) await writeStandardOutput(chunks);
  else await writeFileAtomic(path, chunks, { force });
}
