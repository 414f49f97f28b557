import {
  copyOf,
  flag,
  group,
  isArrayOf,
  list,
  number,
  optional,
  readOptions,
  type Rules,
  text,
  wholeNumber,
  wrongArgument,
} from '../arguments.js';
import type { NativeEvaluateOptions, NativeMeasures } from '../binding.js';
import { copyIds, type Ids } from '../csv/ids.js';
import { HackfaceError } from '../errors.js';
import { JOB_RULES, type JobOptions, runJob } from '../job.js';
import { PAIR_RULES, type PairIndices } from '../score-pairs.js';
import { groupRatios } from './groups.js';
import { type KnownPeople, knownPeople } from './people.js';
import type { Evaluation, WorstPair } from './result.js';
import {
  holdTrials,
  type Orientation,
  type PairIdentities,
  PEOPLE_RULES,
  requireScores,
  type ScoreArray,
} from './trials.js';

/** What is measured; none of it has to be given. */
export interface MeasureOptions {
  /** Whether scores are distances or similarities; default `distance`. */
  orientation?: Orientation | undefined;
  /** False accept rates to choose thresholds for; default 0.01, 0.001 and 0.0001. */
  atFar?: readonly number[] | undefined;
  /** How those thresholds are chosen; default `at-most`. */
  tarRule?: 'at-most' | 'nearest' | 'quantile' | undefined;
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
  /** Whether scores are log-likelihood ratios (distances: their negatives); default false. */
  ratios?: boolean | undefined;
  /** Repetitions of the bootstrap over people; default none, which is faster and as good for AUROC. */
  bootstrap?: number | undefined;
  /** Seed of bootstrap and folds; default 0. */
  seed?: number | undefined;
  /** Number of folds drawn by seed, or the fold of each pair from 0; default none. */
  folds?: number | Uint32Array | undefined;
}

/** Who and what is behind the pairs; the more is known, the more is judged. */
export interface PairKnowledge {
  /** Name of each pair. */
  ids?: Ids | undefined;
  /** Rows of each pair; tell repeated pairs and loops, and identities where nothing else does. */
  pairs?: PairIndices | undefined;
  /** Identities on either side of each pair. */
  people?: PairIdentities | undefined;
  /** The group of each pair, as a place in `names`. */
  groups?: { of: Uint32Array; names: readonly string[] } | undefined;
  /** What is judged, for the reader. */
  subject?: Evaluation['subject'] | undefined;
}

/** How to judge. */
export interface EvaluateOptions extends MeasureOptions, PairKnowledge, JobOptions {}

/** What is measured, as it may be said; arrays are copied. */
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
  seed: optional(wholeNumber()),
  folds: optional((folds, name) =>
    (isArrayOf(Uint32Array, folds) ? copyOf(Uint32Array) : wholeNumber())(folds, name),
  ),
};

const GROUP_RULES: Rules<NonNullable<PairKnowledge['groups']>> = {
  of: copyOf(Uint32Array),
  names: list(text),
};

const EVALUATE_RULES: Rules<EvaluateOptions> = {
  ...MEASURE_RULES,
  ...JOB_RULES,
  ids: optional(copyIds),
  pairs: optional(group(PAIR_RULES)),
  people: optional(group(PEOPLE_RULES)),
  groups: optional(group(GROUP_RULES)),
  subject: optional((subject, name) => {
    if (typeof subject === 'object' && subject !== null) return { ...subject };
    throw wrongArgument(name, subject, 'an object');
  }),
};

const DEFAULT_FAR = [1e-2, 1e-3, 1e-4];
const DEFAULT_PRIOR = 0.01;
const HISTOGRAM_BINS = 64;
const WORST = 10;

/**
 * Judges scores of pairs: every measure of the schema {@link Evaluation}, with intervals that know
 * that pairs share people where that can be known, and warnings where it cannot.
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
  const settled = readOptions(options, EVALUATE_RULES);
  const { orientation = 'distance', subject = {}, ids, pairs, groups, folds } = settled;
  const own = {
    scores: requireScores(scores, 'scores').slice(),
    same: copyOf(Uint8Array)(same, 'same'),
  };
  const request = nativeOptions(settled);
  requireLength(ids?.length, own.same.length, 'ids');
  requireLength(pairs?.index1.length, own.same.length, 'index1');
  requireLength(pairs?.index2.length, own.same.length, 'index2');
  const none = new Uint32Array(0);
  const foldOf = isArrayOf(Uint32Array, folds) ? folds : none;
  const groupOf = groups?.of ?? none;
  const known = await knownPeople(own.same, settled);
  const trials = holdTrials(own.scores, own.same, orientation, known.people);
  const text = await runJob(settled, (native, job) =>
    native.evaluate(trials, request, foldOf, groupOf, job),
  );
  const judged: Judged = JSON.parse(text);
  return complete(judged, { known, ids, pairs, subject, orientation, names: groups?.names ?? [] });
}

/** What the addon says: groups and pairs by number, and nothing of where they come from. */
type Judged = Omit<
  Evaluation,
  'schema' | 'subject' | 'orientation' | 'skipped' | 'groups' | 'worst'
> & {
  groups: (Omit<Evaluation['groups'][number], 'group'> & { group: number })[];
  worst: Record<'falseAccepts' | 'falseRejects', { pair: number; value: number }[]>;
};

function complete(
  judged: Judged,
  about: {
    known: KnownPeople;
    ids: Ids | undefined;
    pairs: PairIndices | undefined;
    subject: Evaluation['subject'];
    orientation: Orientation;
    names: readonly string[];
  },
): Evaluation {
  const { known, ids, pairs, subject, orientation, names } = about;
  const { genuine, impostors, identities, ...figures } = judged;
  const worst = ({ pair, value }: { pair: number; value: number }): WorstPair => ({
    pair,
    id: ids === undefined ? null : String(ids[pair]),
    index1: pairs?.index1[pair] ?? null,
    index2: pairs?.index2[pair] ?? null,
    value,
  });
  const groups = judged.groups.map((group) => ({ ...group, group: names[group.group] as string }));
  const undefinedBecause = { ...judged.undefinedBecause, ...undefinedIn(groups) };
  if (identities === null) undefinedBecause.identities = 'the input does not tell who is in a pair';
  if (judged.folds === null) undefinedBecause.folds = 'not asked for';
  return {
    schema: 'hackface-evaluation/1',
    subject,
    orientation,
    genuine,
    impostors,
    skipped: {},
    identities,
    ...figures,
    groups,
    groupRatios: groupRatios(groups),
    worst: {
      falseAccepts: judged.worst.falseAccepts.map(worst),
      falseRejects: judged.worst.falseRejects.map(worst),
    },
    warnings: [...known.warnings, ...judged.warnings],
    undefinedBecause,
  };
}

/** Why figures of groups are `null`. */
function undefinedIn(groups: Evaluation['groups']): Record<string, string> {
  const because: Record<string, string> = {};
  const missing = 'the group has no such pairs, or the rate is unresolved';
  for (const [number, { auroc, at }] of groups.entries()) {
    const path = `groups.${number}`;
    if (auroc === null) because[`${path}.auroc`] = 'the group lacks a kind of pairs';
    for (const [point, { groupFar, groupTar }] of at.entries()) {
      if (groupFar === null) because[`${path}.at.${point}.groupFar`] = missing;
      if (groupTar === null) because[`${path}.at.${point}.groupTar`] = missing;
    }
  }
  return because;
}

/** What is asked of a curve, every default filled in. */
export function measuresAsked(options: MeasureOptions): {
  measures: NativeMeasures;
  worst: number;
} {
  const { costMiss = 1, costFalseAccept = 1 } = options;
  const priors = options.priors ?? [DEFAULT_PRIOR];
  const measures = {
    far: [...(options.atFar ?? DEFAULT_FAR)],
    rule: options.tarRule ?? 'at-most',
    partial: [...(options.partialFar ?? [])],
    thresholds: [...(options.atThreshold ?? [])],
    costs: priors.map((prior) => ({ prior, miss: costMiss, falseAccept: costFalseAccept })),
    ratios: options.ratios ?? false,
    bins: HISTOGRAM_BINS,
  };
  return { measures, worst: WORST };
}

function nativeOptions(options: EvaluateOptions): NativeEvaluateOptions {
  const { folds = 0, groups } = options;
  const request: NativeEvaluateOptions = {
    ...measuresAsked(options),
    repetitions: options.bootstrap ?? 0,
    seed: options.seed ?? 0,
    folds: isArrayOf(Uint32Array, folds) ? foldCount(folds) : folds,
    groups: groups?.names.length ?? 0,
  };
  const { threads } = options;
  if (threads !== undefined) request.threads = threads;
  return request;
}

function foldCount(folds: Uint32Array): number {
  let most = 0;
  for (const fold of folds) most = Math.max(most, fold);
  return most + 1;
}

function requireLength(length: number | undefined, pairs: number, name: string): void {
  if (length === undefined || length === pairs) return;
  throw new HackfaceError('EDIMENSION', 'data', {
    found: `${length} ${name} for ${pairs} pairs`,
    expected: 'one for each pair',
  });
}
