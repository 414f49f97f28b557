/** Comparison: pipelines judged on people that their models have not seen. */
import {
  list,
  optional,
  readOptions,
  type Rules,
  text,
  wholeNumber,
  confidence,
} from './arguments.js';
import type { NativeCompared, NativePipelineComparison } from './binding.js';
import type { Difference } from './evaluation/compare.js';
import {
  borrowing,
  Embeddings,
  type EmbeddingsSource,
  OPEN_RULES,
  type OpenOptions,
  requireSource,
} from './embeddings.js';
import { describeVerification, type VerificationFigures } from './held-out.js';
import { JOB_RULES, type JobOptions, runJob } from './job.js';
import { callNative, defined } from './native.js';
import { readTraining, TRAINING_RULES, type TrainingRows, withClassName } from './training-rows.js';
import type { Warning } from './warning.js';
import { stopwatch } from './stopwatch.js';

/** How candidates are compared. */
export interface CandidateOptions {
  /**
   * Pipelines or names of presets in order of preference, of which the first of equals is chosen; default
   * {@link candidates}. Cosine is put before them.
   */
  candidates?: readonly string[] | undefined;
  /** Folds of people; default 5, fewer for fewer than ten people. */
  folds?: number | undefined;
}

/** Validation rules for {@link CandidateOptions}. */
export const CANDIDATE_RULES: Rules<CandidateOptions> = {
  candidates: optional(list(text)),
  folds: optional(wholeNumber()),
};

/** Request of a comparison. */
export interface CompareRequest extends CandidateOptions, TrainingRows, OpenOptions, JobOptions {
  /** The embeddings, n × d. */
  embeddings: EmbeddingsSource;
  /**
   * Unlabelled rows of the domain that will be scored, for candidates with `adapt` or `coral`, which are
   * refused without. With `false` none are opened.
   */
  target?: EmbeddingsSource | false | undefined;
  /** Level of the intervals, between 0 and 1; default 0.95. */
  level?: number | undefined;
  /** Seed that deals people into folds and draws pairs; default 0. */
  seed?: number | undefined;
}

const COMPARE_RULES: Rules<CompareRequest> = {
  ...TRAINING_RULES,
  ...OPEN_RULES,
  ...JOB_RULES,
  ...CANDIDATE_RULES,
  embeddings: requireSource,
  target: optional(targetSource),
  level: optional(confidence),
  seed: optional(wholeNumber()),
};

/** Rule for rows of a target, or `false` for none. */
export function targetSource(value: unknown, name: string): unknown {
  return value === false ? value : requireSource(value, name);
}

/** How one candidate did on the people of all folds. */
export interface ComparedPipeline {
  /** The pipeline. */
  pipeline: string;
  /** Its figures; `null` where it could not be fitted or scored. */
  figures: VerificationFigures | null;
  /** Its AUROC less that of cosine on the same pairs, clustered by identity; positive is better. */
  aboveCosine: Difference | null;
  /** The largest AUROC less its own. */
  belowBest: Difference | null;
  /** Why it could not be fitted or scored. */
  failure: string | null;
  /** Time to fit and to judge it in all folds. */
  seconds: number;
}

/** Candidates on the same pairs of people that no model has seen. */
export interface PipelineComparison {
  /** The form of this object. */
  schema: 'hackface-comparison/1';
  /** Every candidate in order of preference, cosine first. */
  candidates: ComparedPipeline[];
  /** Place of the one to take. */
  chosen: number;
  /** Place of the one with the largest AUROC. */
  best: number;
  /** Why that one is taken, in one paragraph. */
  reason: string;
  /** Folds of people. */
  folds: number;
  /** How often people were dealt into folds. */
  repeats: number;
  /** Rows that take part. */
  rows: number;
  /** People that take part. */
  identities: number;
  /** Rows left out because they are not finite. */
  skipped: number;
  /** Rows that judge: all, or of large sets some, drawn by seed. */
  judgedRows: number;
  /** Genuine pairs judged. */
  genuine: number;
  /** Impostor pairs judged. */
  impostors: number;
  /** Passes over all rows that folds and candidates shared. */
  passes: number;
}

/** Result of {@link compare}. */
export interface CompareResult extends PipelineComparison {
  /** Remarks to read before trusting the result. */
  warnings: Warning[];
  /** Whole time of the call. */
  seconds: number;
}

/**
 * The pipelines that {@link compare} and a fit of `auto` try unless others are named, on a matrix of so many
 * rows and columns and of so many people: one is left out where rows · columns² is above 2³³, three with
 * 60 people and more. Default: all of them.
 */
export function candidates(rows = 0, columns = 0, people = 0): string[] {
  wholeNumber()(rows, 'rows');
  wholeNumber()(columns, 'columns');
  wholeNumber()(people, 'people');
  return callNative((native) => native.candidates(rows, columns, people));
}

/**
 * Compares pipelines on labelled embeddings: people are dealt into folds, and pairs of each fold are
 * scored by a model of the people of the others.
 *
 * Figures are means over folds; fewer than 1000 people are dealt into folds twice, fewer than 100 four times
 * and fewer than 10 six times, and four in all the three ways. The statistics of all folds cost one pass over the rows, however many the
 * candidates; each candidate then costs O(d³) a fold, and where it fits after a length normalisation a
 * pass a fold. Where there are more than 20,000 rows, so many judge, spread over the people.
 *
 * Errors: those of {@link openEmbeddings} and {@link readLabels}; `EOPTION` without labels, `EMETRIC`;
 * `EONECLASS` for fewer than two people in a fold and `EEMPTY` if nobody has two rows; `ENOTFINITE`.
 */
export async function compare(request: CompareRequest): Promise<CompareResult> {
  const elapsed = stopwatch();
  const settled = readOptions(request, COMPARE_RULES, 'request');
  const { folds, seed, level, maxPerClass, skipInvalid } = settled;
  const candidates = settled.candidates && [...settled.candidates];
  return borrowing(settled, async (borrowed) => {
    const embeddings = borrowed.open(settled.embeddings);
    const { classes, subset } = await readTraining(settled, embeddings);
    const { target } = settled;
    const other = target === undefined || target === false ? undefined : borrowed.open(target);
    const options = { candidates, folds, seed, level, subset, maxPerClass, skipInvalid };
    const found = await runJob(settled, (native, job) => {
      const rows = Embeddings.native(embeddings);
      const target = other && Embeddings.native(other);
      return native.compare(rows, target, classes?.ofRow, defined(options), job);
    }).catch((error: unknown) => {
      throw withClassName(error, classes, subset);
    });
    return {
      ...describePipelines(found),
      warnings: classes?.warnings ?? [],
      seconds: elapsed(),
    };
  });
}

/** A comparison of the addon as the library gives it. */
export function describePipelines(found: NativePipelineComparison): PipelineComparison {
  const { candidates, ...rest } = found;
  return {
    schema: 'hackface-comparison/1',
    candidates: candidates.map(describeCandidate),
    ...rest,
  };
}

function describeCandidate(compared: NativeCompared): ComparedPipeline {
  const { pipeline, judged, failure, seconds } = compared;
  return {
    pipeline,
    figures: judged ? describeVerification(judged.figures) : null,
    aboveCosine: judged?.aboveCosine ?? null,
    belowBest: judged?.belowBest ?? null,
    failure: failure ?? null,
    seconds,
  };
}
