/** Evaluation of scores of pairs (1:1). */
import {
  type Checked,
  copyOf,
  copyOfObject,
  flag,
  isArrayOf,
  list,
  number,
  optional,
  readOptions,
  type Rules,
  text,
  wholeNumber,
  parts,
  confidence,
} from '../arguments.js';
import type { EvaluationFigures, NativeEvaluateOptions, NativeMeasures } from '../binding.js';
import { copyIds, type Ids } from '../csv/ids.js';
import { requireNames } from '../csv/names.js';
import { HackfaceError } from '../errors.js';
import { JOB_RULES, type JobOptions, runJob } from '../job.js';
import type { Names } from '../lists/names.js';
import { chanceWarnings } from '../plausible.js';
import { PAIR_RULES, type PairIndices } from '../score-pairs.js';
import type { PairGroups } from './groups.js';
import { knownPeople } from './people.js';
import {
  completeEvaluation,
  describeWorst,
  type Evaluation,
  type Menagerie,
  type WorstPair,
} from './result.js';
import {
  holdTrials,
  type Orientation,
  type PairIdentities,
  PEOPLE_RULES,
  requireScores,
  type ScoreArray,
} from './trials.js';

/** Figures to derive; all optional. The core decides those that are absent. */
export interface MeasureOptions {
  /** Orientation of the scores; default `distance`. */
  orientation?: Orientation | undefined;
  /** False accept rates to choose thresholds for; default 0.01, 0.001 and 0.0001. */
  atFar?: readonly number[] | undefined;
  /** How those thresholds are chosen; default `at-most`. */
  tarRule?: 'at-most' | 'nearest' | 'insightface' | 'quantile' | undefined;
  /** False accept rates up to which the area is measured; default none. */
  partialFar?: readonly number[] | undefined;
  /** Thresholds to judge as they are; default none. */
  atThreshold?: readonly number[] | undefined;
  /** Priors of a genuine pair for detection costs; default 0.01. */
  priors?: readonly number[] | undefined;
  /** Cost of rejecting a genuine pair; default 1. */
  costMiss?: number | undefined;
  /** Cost of accepting an impostor pair; default 1. */
  costFalseAccept?: number | undefined;
  /** True if scores are log-likelihood ratios (distances: their negatives); default false. */
  ratios?: boolean | undefined;
  /** Repetitions of the bootstrap over people; default none, which is faster and holds the truth more often. */
  bootstrap?: number | undefined;
  /** Level of every interval, between 0 and 1; default 0.95. */
  level?: number | undefined;
  /** Weight of false accept rates beside false reject rates in FDR and GARBE of groups, 0 to 1; default 0.5. */
  fairnessWeight?: number | undefined;
  /** Seed of bootstrap and folds; default 0. */
  seed?: number | undefined;
  /** Number of folds drawn by seed, or the fold of each pair from 0; default none. */
  folds?: number | Uint32Array | undefined;
}

/** Facts about the pairs; each adds figures, intervals or warnings. */
export interface PairKnowledge {
  /** Name of each pair. */
  ids?: Ids | undefined;
  /** Rows of each pair; tell repeated pairs and loops, and identities where nothing else does. */
  pairs?: PairIndices | undefined;
  /** Identities on either side of each pair. */
  people?: PairIdentities | undefined;
  /** Name of each identity of `people`. */
  names?: readonly string[] | undefined;
  /** Names of the rows of `pairs`, as {@link readNames} gives them. */
  rowNames?: Names | undefined;
  /**
   * Number of rows (or templates) that first members are of, where second members are rows of another
   * matrix; default: both are of one.
   */
  firstRows?: number | undefined;
  /** Names of the rows of that other matrix. */
  secondNames?: Names | undefined;
  /** The quality of each pair, larger being better; adds error over discard and scores over quality. */
  quality?: Float64Array | undefined;
  /** The group of each pair, and of its rows. */
  groups?: PairGroups | undefined;
  /** Description of the judged scores, for the reader. */
  subject?: Evaluation['subject'] | undefined;
}

/** Options of {@link evaluate}. */
export interface EvaluateOptions extends MeasureOptions, PairKnowledge, JobOptions {}

/** Validation rules for {@link MeasureOptions}; arrays are copied. */
export const MEASURE_RULES: Rules<MeasureOptions> = {
  orientation: optional(text),
  atFar: optional(list(number)),
  tarRule: optional(text),
  partialFar: optional(list(number)),
  atThreshold: optional(list(number)),
  priors: optional(list(number)),
  costMiss: optional(number),
  costFalseAccept: optional(number),
  ratios: optional(flag),
  bootstrap: optional(wholeNumber()),
  level: optional(confidence),
  fairnessWeight: optional(number),
  seed: optional(wholeNumber()),
  folds: optional((folds, name) =>
    (isArrayOf(Uint32Array, folds) ? copyOf(Uint32Array) : wholeNumber())(folds, name),
  ),
};

const GROUP_RULES: Rules<PairGroups> = {
  of: copyOf(Uint32Array),
  names: list(text),
  first: optional(copyOf(Uint32Array)),
  second: optional(copyOf(Uint32Array)),
};

const EVALUATE_RULES: Rules<EvaluateOptions> = {
  ...MEASURE_RULES,
  ...JOB_RULES,
  ids: optional(copyIds),
  pairs: optional(parts(PAIR_RULES)),
  people: optional(parts(PEOPLE_RULES)),
  names: optional(list(text)),
  rowNames: optional(requireNames),
  firstRows: optional(wholeNumber()),
  secondNames: optional(requireNames),
  groups: optional(parts(GROUP_RULES)),
  quality: optional(copyOf(Float64Array)),
  subject: optional((subject, name) => copyOfObject(subject, name, 'an object')),
};

/**
 * Evaluates scores of pairs: every figure of {@link Evaluation}, with intervals that account for
 * people shared by pairs where they are known, and warnings where they are not.
 *
 * `same[i]` is 1 for a genuine and 0 for an impostor pair. Arrays are copied before the first
 * `await`; the number of threads changes no bit. Errors: those of {@link auroc}, `EDOMAIN` where
 * identities contradict the truth, `EINDEX`, `EOPTION`. Cost: a few sorts of the m scores,
 * O(m log m), and as many again for each group and each repetition of the bootstrap.
 */
export async function evaluate(
  scores: ScoreArray,
  same: Uint8Array,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const checked = readOptions(options, EVALUATE_RULES);
  const copied = requireScores(scores, 'scores').slice();
  return evaluateScored(copied, copyOf(Uint8Array)(same, 'same'), checked);
}

/** {@link evaluate} for arrays that nobody else writes to. */
export async function evaluateScored(
  scores: ScoreArray,
  same: Uint8Array,
  options: Checked<EvaluateOptions>,
): Promise<Evaluation> {
  const { orientation, subject = {}, ids, pairs } = options;
  requireLength(ids?.length, same.length, 'ids');
  requireLength(pairs?.index1.length, same.length, 'index1');
  requireLength(pairs?.index2.length, same.length, 'index2');
  const known = await knownPeople(same, options);
  const trials = holdTrials(scores, same, orientation, known.people);
  const figures = await runJob(options, (native, job) =>
    native.evaluate(trials, nativeOptions(options), job),
  );
  const about = ({ pair }: { pair: number | null }) => ({
    ...placeOf(pair, ids, pairs),
    ...namesOf(pair, options),
    ...classesOf(pair, options),
  });
  return completeEvaluation(
    {
      ...figures,
      worst: describeWorst(figures.worst, about),
      menagerie: named(figures.menagerie, options.names),
      warnings: [...known.warnings, ...chanceWarnings(figures, whatToCheck(subject))],
    },
    subject,
  );
}

/** People with their names, where identities have them. */
function named(
  menagerie: EvaluationFigures['menagerie'],
  names: readonly string[] | undefined,
): Menagerie | null {
  if (menagerie === null || names === undefined) return menagerie;
  const { members } = menagerie;
  const name = members.identity.map((identity) => names[identity] ?? String(identity));
  return { ...menagerie, members: { name, ...members } };
}

/** The first thing to look at where figures say that inputs do not belong together. */
function whatToCheck({ scores, embeddings }: Evaluation['subject']): string {
  if (embeddings !== undefined) {
    return 'Does option pairs count rows from 0, and is option embeddings the matrix it is of?';
  }
  const ids = scores === undefined ? '' : ', and do ids mean the same pairs in option truth';
  return `Are scores distances, or similarities that option orientation tells${ids}?`;
}

/** The name and the rows of a pair, where they are known. */
function placeOf(
  pair: number | null,
  ids: Ids | undefined,
  pairs: PairIndices | undefined,
): Pick<WorstPair, 'id' | 'index1' | 'index2'> {
  const place = pair ?? -1;
  return {
    id: ids === undefined ? null : String(ids[place]),
    index1: pairs?.index1[place] ?? null,
    index2: pairs?.index2[place] ?? null,
  };
}

/** The names of the rows of a pair, where rows have names. */
function namesOf(
  pair: number | null,
  { pairs, rowNames, firstRows, secondNames }: PairKnowledge,
): Pick<WorstPair, 'name1' | 'name2'> {
  if (pair === null || pairs === undefined) return {};
  const others = firstRows === undefined ? rowNames : secondNames;
  return {
    ...(rowNames && { name1: rowNames.name(pairs.index1[pair] as number) }),
    ...(others && { name2: others.name(pairs.index2[pair] as number) }),
  };
}

/** The names of the identities of a pair, where they are known. */
function classesOf(
  pair: number | null,
  { people, names }: PairKnowledge,
): Pick<WorstPair, 'class1' | 'class2'> {
  const name = (of: Uint32Array | undefined) => names?.[of?.[pair ?? -1] ?? -1] ?? null;
  return { class1: name(people?.first), class2: name(people?.second) };
}

function nativeOptions(options: EvaluateOptions): NativeEvaluateOptions {
  const { bootstrap, seed, folds, groups, quality } = options;
  return {
    measures: options as NativeMeasures,
    ...(bootstrap !== undefined && { bootstrap }),
    ...(seed !== undefined && { seed }),
    ...(typeof folds === 'number' ? { folds } : folds && { fold: folds }),
    ...(groups !== undefined && { groups: [...groups.names], group: groups.of }),
    ...(groups?.first && { groupFirst: groups.first }),
    ...(groups?.second && { groupSecond: groups.second }),
    ...(quality !== undefined && { quality }),
  };
}

function requireLength(length: number | undefined, pairs: number, name: string): void {
  if (length === undefined || length === pairs) return;
  throw new HackfaceError('EDIMENSION', 'data', {
    found: `${length} ${name} for ${pairs} pairs`,
    expected: 'one for each pair',
  });
}
