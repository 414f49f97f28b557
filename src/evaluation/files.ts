/** Evaluation of files: scores or embeddings, with their truth. */
import {
  asChecked,
  type Checked,
  flag,
  isArrayOf,
  list,
  optional,
  filePath,
  readOptions,
  type Rules,
  text,
} from '../arguments.js';
import { matchIds, RowsByText, sequenceIds } from '../csv/ids.js';
import { type Scores, SCORES_FORMAT } from '../csv/scores.js';
import { borrowing, type Embeddings } from '../embeddings.js';
import { HackfaceError } from '../errors.js';
import { fingerprintOf } from '../fingerprint.js';
import { checkTarget } from '../files/atomic.js';
import { isStandardOutput } from '../files/stdout.js';
import { JOB_RULES, type JobOptions } from '../job.js';
import { type Model, readModel } from '../model.js';
import { measureDistances, modelName, requireOneMeasure, requireRatios } from '../measure.js';
import { Names } from '../lists/names.js';
import { METRIC_RULES, type MetricOptions, metricOf } from '../metric-options.js';
import { centerWarnings, pairWarnings } from '../plausible.js';
import {
  namedByTemplates,
  openPooled,
  type PooledFiles,
  requireSides,
  SIDES_FILES_RULES,
  type SidesFiles,
} from '../pair-files.js';
import { requireFolds, underProtocol } from '../protocols.js';
import { NORM_RULES, type NormOptions, normalizedName } from '../score-norm.js';
import { namingColumn } from './columns.js';
import {
  type Comparison,
  compareSystemTrials,
  compareTrials,
  type SystemsComparison,
  type SystemsOptions,
} from './compare.js';
import { evaluateScored, MEASURE_RULES, type MeasureOptions } from './evaluate.js';
import { knownPeople } from './people.js';
import { comparedWith, kept } from './kept.js';
import { writeJudgedPairs } from './outputs.js';
import type { Evaluation } from './result.js';
import { POOLING_RULES, poolingText, type PoolingOptions } from '../templates.js';
import { isMeasuredQuality, measureQuality, readQuality } from './quality.js';
import { readThresholds, thresholdsAsked, withTransferred } from './transfer.js';
import { isArrayFile, readVector } from './vectors.js';
import type { PairIdentities } from './trials.js';
import {
  type Knowledge,
  knownFrom,
  readKnowledge,
  TRUTH_RULES,
  type TruthFiles,
} from './knowledge.js';

export type { TruthFiles } from './knowledge.js';

/** A file of what became of each pair. */
export interface EvaluationOutput {
  /**
   * CSV file to write, of one source of scores: `Id,index1,index2,name1,name2,same,score,fold,group`, without
   * the columns that nothing tells.
   */
  perPair?: string | undefined;
  /** Replaces a file that is already there; default false. */
  force?: boolean | undefined;
}

/** Earlier results that an evaluation is held against, and what a later one needs of it. */
export interface HeldAgainst {
  /**
   * Result of an earlier run, as `evaluate --json` printed it. Where it kept its scores, both are compared on the same
   * pairs.
   */
  baseline?: string | undefined;
  /** Keeps the scores in the result, for a later `baseline`; default false. */
  keepScores?: boolean | undefined;
  /** Decision file, or result of an earlier run, whose thresholds are judged here. */
  thresholdFrom?: string | undefined;
}

/** Files of scores to judge. */
export interface ScoreFilesRequest
  extends TruthFiles,
    MeasureOptions,
    EvaluationOutput,
    HeldAgainst,
    JobOptions {
  /**
   * Files of scores; two are compared with each other, more with one of them. CSV of `Id` and a column of scores; a list of pairs with
   * scores, joined with `pairs` by the two names, or with the truth in it; or a `.npy` array in the order of
   * the truth or the pairs.
   */
  scores?: readonly string[] | undefined;
  /** Scores of genuine pairs in place of `scores`: one a line, or a `.npy` array; with `impostor`. */
  genuine?: string | undefined;
  /** Scores of impostor pairs. */
  impostor?: string | undefined;
  /** Name of the column of scores; default `Predicted`. */
  scoreColumn?: string | undefined;
  /** The file of more than two that the others are compared with; default the one with the largest AUROC. */
  reference?: string | undefined;
  /** How differences of more than two are adjusted for their number; default `max-t`. */
  adjust?: SystemsOptions['adjust'];
}

/** Embeddings to score and judge. */
export interface EmbeddingsRequest
  extends TruthFiles,
    MeasureOptions,
    MetricOptions,
    NormOptions,
    SidesFiles,
    PooledFiles,
    PoolingOptions,
    EvaluationOutput,
    HeldAgainst,
    JobOptions {
  /** `.npy` file of the embeddings. */
  embeddings: string;
  /** CSV of `index1`, `index2` and `Id`. */
  pairs: string;
  /** CSV of the class of each row of `against`, beside `labels`. */
  againstLabels?: string | undefined;
  /** A model file to measure by instead of a metric. */
  model?: string | undefined;
}

const OUTPUT_RULES: Rules<EvaluationOutput & HeldAgainst> = {
  perPair: optional(filePath),
  force: optional(flag),
  baseline: optional(filePath),
  keepScores: optional(flag),
  thresholdFrom: optional(filePath),
};

const SCORE_FILES_RULES: Rules<ScoreFilesRequest> = {
  ...TRUTH_RULES,
  ...MEASURE_RULES,
  ...JOB_RULES,
  ...OUTPUT_RULES,
  scores: optional(list(filePath)),
  genuine: optional(filePath),
  impostor: optional(filePath),
  scoreColumn: optional(text),
  reference: optional(filePath),
  adjust: optional(text),
};

const EMBEDDINGS_RULES: Rules<EmbeddingsRequest> = {
  ...TRUTH_RULES,
  ...SIDES_FILES_RULES,
  ...POOLING_RULES,
  templates: optional(filePath),
  againstLabels: optional(filePath),
  ...MEASURE_RULES,
  ...METRIC_RULES,
  ...NORM_RULES,
  ...OUTPUT_RULES,
  ...JOB_RULES,
  embeddings: filePath,
  pairs: filePath,
  model: optional(filePath),
};

/** One evaluation for each file of scores, and how they differ, or how the only one does from the baseline. */
export interface Judged {
  evaluations: Evaluation[];
  /** How the first of two differs from the second, or the only one from a baseline with scores. */
  comparison: Comparison | null;
  /** How more than two differ from one of them. */
  systems: SystemsComparison | null;
}

/**
 * Judges files of scores. Rows are joined by id, in any order. Errors: those of the readers,
 * `EDIMENSION` with the ids that are missing or extra, and those of {@link evaluate}.
 */
export async function evaluateScores(request: ScoreFilesRequest): Promise<Judged> {
  const settled = underProtocol(readOptions(request, SCORE_FILES_RULES, 'request'));
  const { scores: files = [], perPair } = settled;
  requireScoreFiles(settled);
  if (perPair !== undefined && !isStandardOutput(perPair)) checkTarget(perPair, settled);
  if (settled.genuine !== undefined) return judgeApart(settled);
  const { known, joinedOf } = await openScores(settled);
  const scores: Float64Array[] = [];
  const evaluations: Evaluation[] = [];
  for (const file of files) {
    const joined = await joinedOf(file);
    scores.push(joined);
    evaluations.push(await judgePairs(joined, known, settled, { scores: file }));
  }
  if (files.length < 2) {
    const [only] = scores as [Float64Array];
    const comparison = await heldAgainst(only, known, settled);
    return { evaluations, comparison, systems: null };
  }
  const { reference, ...measures } = settled;
  // Differences are of the figures that the table of systems has.
  const asked = asChecked({
    ...measures,
    atFar: evaluations[0]?.tarAtFar.map(({ far }) => far),
    people: await people(known),
    reference: reference === undefined ? undefined : files.indexOf(reference),
  });
  const [first, second] = scores as [Float64Array, Float64Array];
  const comparison =
    files.length === 2 ? await compareTrials(first, second, known.same, asked) : null;
  const systems = files.length > 2 ? await compareSystemTrials(scores, known.same, asked) : null;
  return { evaluations, comparison, systems };
}

/** How scores differ from those that a baseline kept. */
async function heldAgainst(
  scores: Float64Array,
  known: Knowledge,
  settled: Checked<HeldAgainst & MeasureOptions & JobOptions>,
): Promise<Comparison | null> {
  const { baseline } = settled;
  if (baseline === undefined) return null;
  const pairs = { ids: known.ids, same: known.same, people: await people(known) };
  return comparedWith(baseline, scores, pairs, asChecked(settled));
}

/** Files of scores and what says which are right. */
type ScoresAndTruth = Pick<ScoreFilesRequest, 'scores' | 'scoreColumn'> & TruthFiles;

/** Facts about the pairs of files of scores, and how the scores of a file are joined with them. */
export async function openScores(
  request: ScoresAndTruth,
): Promise<{ known: Knowledge; joinedOf: (file: string) => Promise<Float64Array> }> {
  const { scores: files = [], scoreColumn = 'Predicted', labels, groups } = request;
  const columns = { distance: scoreColumn, id: 'Id' };
  // Rows that no other file speaks of are told by whatever names the lists have.
  const open = labels || groups || request.names ? undefined : new Names('the list', true);
  const load = (file: string, names: Names | undefined) =>
    namingColumn('scoreColumn', SCORES_FORMAT.load(file, asChecked({ columns, names })));
  const [only] = request.truth || request.pairs || labels ? [] : files;
  const claimed = only === undefined ? undefined : knownFrom(await load(only, open));
  const known = claimed ?? (await readKnowledge(request, undefined, open));
  if (claimed && request.quality !== undefined) {
    claimed.quality = await readQuality(request.quality, { ids: claimed.ids, pairs: undefined });
  }
  const names = known.pairs?.names ?? open;
  const joinedOf = async (file: string) => {
    if (isArrayFile(file)) return inOrder(file, await readVector(file), known.ids.length);
    const read = await load(file, names);
    const positions = placesOf(read, known);
    known.warnings.push(...(read.understood ?? []));
    return Float64Array.from(positions, (position) => read.distances[position] as number);
  };
  return { known, joinedOf };
}

/** Rejects other than one source of scores (`EOPTION`). */
function requireScoreFiles(request: ScoreFilesRequest): void {
  const { scores = [], genuine, impostor, truth, pairs, labels, quality, perPair } = request;
  const { reference, adjust } = request;
  const refuse = (found: string, expected: string) =>
    new HackfaceError('EOPTION', 'usage', { found, expected });
  if ((genuine === undefined) !== (impostor === undefined)) {
    throw refuse('one of genuine and impostor', 'both, or neither');
  }
  if (genuine !== undefined && (scores.length > 0 || truth || pairs || labels || quality)) {
    throw refuse('scores of genuine pairs apart, and other files', 'the two files alone');
  }
  if (genuine === undefined && scores.length === 0) throw refuse('no scores', 'a file of them');
  if (perPair !== undefined && scores.length > 1) {
    throw refuse('option perPair with two files of scores', 'one of them');
  }
  if ((reference ?? adjust) !== undefined && scores.length < 3) {
    const named = reference === undefined ? 'adjust' : 'reference';
    throw refuse(`option ${named} with ${scores.length} files of scores`, 'three or more');
  }
  if (reference !== undefined && !scores.includes(reference)) {
    throw refuse(`the reference ${reference}`, 'one of the files of scores');
  }
}

/** Judges scores of genuine and of impostor pairs that lie in files of their own. */
async function judgeApart(request: Checked<ScoreFilesRequest>): Promise<Judged> {
  const { genuine = '', impostor = '' } = request;
  const [right, wrong] = [await readVector(genuine), await readVector(impostor)];
  const length = right.length + wrong.length;
  const scores = new Float64Array(length);
  scores.set(right);
  scores.set(wrong, right.length);
  const same = new Uint8Array(length).fill(1, 0, right.length);
  const none = { pairs: undefined, people: undefined, names: undefined, groups: undefined };
  const known = { ids: sequenceIds(length), same, ...none, folds: undefined, warnings: [] };
  const subject = { scores: `${genuine} and ${impostor}` };
  return {
    evaluations: [await judgePairs(scores, known, request, subject)],
    comparison: null,
    systems: null,
  };
}

/** Numbers that an array holds in the order of the pairs. */
function inOrder(file: string, numbers: Float64Array, pairs: number): Float64Array {
  if (numbers.length === pairs) return numbers;
  throw new HackfaceError('EDIMENSION', 'data', {
    file,
    found: `${numbers.length} scores for ${pairs} pairs`,
    expected: 'one for each pair, in the order of the truth',
    hint: 'Use the array of these pairs',
  });
}

/** Scores a list of pairs and judges it. Errors: those of {@link score} and {@link evaluate}. */
export async function evaluateEmbeddings(request: EmbeddingsRequest): Promise<Judged> {
  const settled = underProtocol(readOptions(request, EMBEDDINGS_RULES, 'request'));
  requireOneMeasure(settled);
  requireSides(settled);
  const { embeddings: file, center, against, perPair } = settled;
  if (perPair !== undefined && !isStandardOutput(perPair)) checkTarget(perPair, settled);
  const model = settled.model === undefined ? undefined : await readModel(settled.model);
  return borrowing(settled, async (borrowed) => {
    const embeddings = await openPooled(borrowed.open(file), settled, borrowed);
    const second = against === undefined ? undefined : borrowed.open(against);
    const known = await readKnowledge(namedByTemplates(settled), { first: embeddings, second });
    const { pairs, templates } = known;
    if (pairs === undefined) throw noPairs();
    if (settled.ratios) requireRatios(model);
    const { quality } = settled;
    if (isMeasuredQuality(quality)) {
      known.quality = (await measureQuality(quality, embeddings, pairs, settled)).values;
    }
    const asked = asChecked({ ...settled, model, against: second, templates });
    const scores = await measureDistances(embeddings, pairs, asked);
    const by = model
      ? { model: `${settled.model} (${normalizedName(settled, modelName(model))})` }
      : { metric: normalizedName(settled, metricOf(settled)) };
    const { enrol } = settled;
    const subject = {
      embeddings: file,
      ...(against && { against }),
      ...(enrol && { enrol }),
      ...(settled.templates && { templates: poolingText(settled) }),
    };
    const measures = { ...settled, orientation: 'distance' as const };
    if (known.firstRows === undefined) known.warnings.push(...pairWarnings(pairs, embeddings.rows));
    known.warnings.push(...centerWarnings(center, file));
    for (const rows of model ? [embeddings, ...(second ? [second] : [])] : [])
      known.warnings.push(...(await trainedOn(rows, model as Model, settled)));
    return {
      evaluations: [await judgePairs(scores, known, measures, { ...subject, ...by })],
      comparison: await heldAgainst(scores, known, asChecked(measures)),
      systems: null,
    };
  });
}

/** The place of each pair in a list of scores: by its id, or by its rows where the list names them. */
function placesOf(read: Scores, { ids, pairs, listed = pairs }: Knowledge): Uint32Array {
  if (read.pairs === undefined) return matchIds(ids, read.ids, { file: read.file, column: 'Id' });
  if (listed === undefined) throw noPairs();
  const { index1, index2 } = read.pairs;
  const key = (first: number, second: number) => `${first} ${second}`;
  const places = new RowsByText();
  for (let at = 0; at < index1.length; at += 1) {
    const known = places.add(key(index1[at] as number, index2[at] as number), at);
    if (known !== at && read.distances[known] !== read.distances[at]) {
      throw wrongPair(read.file, at, `another score than pair ${known}, which is the same pair`);
    }
  }
  return Uint32Array.from(listed.index1, (first, pair) => {
    const place = places.get(key(first, listed.index2[pair] as number));
    if (place !== undefined) return place;
    throw wrongPair(read.file, pair, 'no score for this pair of the truth');
  });
}

function wrongPair(file: string, pair: number, found: string): HackfaceError {
  return new HackfaceError('EDIMENSION', 'data', {
    file,
    row: pair,
    found,
    expected: 'one score for each pair, told by the same two names in the same order',
    hint: 'Use two lists of the same pairs',
  });
}

async function judgePairs(
  scores: Float64Array,
  known: Knowledge,
  {
    protocol,
    ...options
  }: MeasureOptions & EvaluationOutput & HeldAgainst & JobOptions & Pick<TruthFiles, 'protocol'>,
  about: Evaluation['subject'],
): Promise<Evaluation> {
  const { same, warnings, folds = options.folds ?? known.pairs?.folds, ...knowledge } = known;
  requireFolds(protocol, folds);
  const subject = { ...about, ...(protocol && { protocol }) };
  const { names: rowNames, secondNames } = known.pairs ?? {};
  const { perPair, force, thresholdFrom, keepScores } = options;
  const elsewhere = thresholdFrom === undefined ? undefined : await readThresholds(thresholdFrom);
  const atThreshold = elsewhere && thresholdsAsked(options, elsewhere);
  const names = { rowNames, secondNames };
  const measures = { ...options, ...(atThreshold && { atThreshold }) };
  const request = asChecked({ ...measures, ...knowledge, ...names, folds, subject });
  const evaluation = await evaluateScored(scores, same, request);
  if (perPair !== undefined) {
    const sides = [rowNames, known.firstRows === undefined ? rowNames : secondNames];
    const foldOf = isArrayOf(Uint32Array, folds) ? folds : undefined;
    const judged = { ...knowledge, scores, same, names: sides, folds: foldOf };
    await writeJudgedPairs(perPair, judged, { force });
  }
  const whole = { ...evaluation, warnings: [...warnings, ...evaluation.warnings] };
  const transferred = elsewhere ? withTransferred(whole, elsewhere) : whole;
  return keepScores ? { ...transferred, kept: kept(known.ids, scores) } : transferred;
}

/** Identities of the pairs, from what is known of them. */
export async function people(known: Knowledge): Promise<PairIdentities | undefined> {
  return (await knownPeople(known.same, known)).people;
}

/** A model judged on the very rows that it learned from; known by the fingerprint on its card. */
async function trainedOn(
  embeddings: Embeddings,
  model: Model,
  options: JobOptions,
): Promise<Evaluation['warnings']> {
  const { data_shape: shape, data_sha256: sum, holdout, 'holdout.refit': refit } = model.card;
  if (shape !== `${embeddings.rows}x${embeddings.dim}`) return [];
  if ((await fingerprintOf(embeddings, asChecked(options))) !== sum) return [];
  const but =
    holdout === undefined || refit === 'true'
      ? ''
      : `, but for the share ${holdout} that was held out`;
  const text = `the model learned from these very rows${but}: figures flatter it`;
  return [{ code: 'trained-on-these-rows', text }];
}

/** The failure of embeddings without pairs. */
export function noPairs(): HackfaceError {
  return new HackfaceError('EUSAGE', 'usage', {
    found: 'embeddings without pairs',
    expected: 'the pairs to measure',
    advice: { text: 'name their file', option: 'pairs' },
  });
}
