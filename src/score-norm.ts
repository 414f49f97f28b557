/** Distances normalised against a cohort, or changed by the neighbours of rows. */
import {
  type Checked,
  group,
  number,
  optional,
  type Rules,
  text,
  wholeNumber,
} from './arguments.js';
import type { NativeMeasure } from './binding.js';
import { copyClasses, type Labels } from './csv/labels.js';
import { type Borrowed, Embeddings, type EmbeddingsSource, requireSource } from './embeddings.js';
import { HackfaceError } from './errors.js';
import { SharedClasses } from './evaluation/shared-classes.js';
import type { JobOptions } from './job.js';
import { centeredOn, isCenteredOnMean, meanOf } from './metric-options.js';
import { defined } from './native.js';

/**
 * How distances are normalised. With μ and σ the mean and the standard deviation of the distances of a
 * row to the rows of a cohort, the distance d of rows a and b becomes `(d − μₐ)/σₐ` (`z-norm`),
 * `(d − μᵦ)/σᵦ` (`t-norm`), or the mean of both (`s-norm`; `as-norm` and `as-norm2` over the cohort rows
 * that are most alike). Smaller stays more alike.
 *
 * A cohort of the rows to be scored is *transductive*: each distance depends on all rows of the set.
 * No list of pairs and no truth is ever used.
 */
export interface NormOptions {
  /**
   * The normalisation; default none. `as-norm` chooses for each row the cohort rows most alike to it,
   * `as-norm2` those most alike to the other row of the pair, which only lists of pairs have.
   */
  norm?: 'z-norm' | 't-norm' | 's-norm' | 'as-norm' | 'as-norm2' | undefined;
  /**
   * The rows to normalise against: `self`, the rows that are measured (of a gallery and probes, the
   * gallery), of which none counts for itself; or other rows, of which none should be of a person in
   * the pairs.
   */
  cohort?: 'self' | EmbeddingsSource | undefined;
  /** Person of each row under `cohort: 'self'`; rows of the same person do not count for each other. */
  cohortLabels?: string | Labels | Uint32Array | undefined;
  /** Cohort rows that `as-norm` and `as-norm2` choose; default 300, or all if there are fewer. */
  cohortTop?: number | undefined;
  /** Denominator of σ²: the number of cohort rows (`population`, default), or one less (`sample`). */
  cohortDeviation?: 'population' | 'sample' | undefined;
  /** Smallest σ, to which a smaller one is raised; without it a σ of 0 is refused. */
  cohortFloor?: number | undefined;
  /**
   * Re-ranks by k-reciprocal neighbours, in place of a normalisation: rows are alike that have the same
   * neighbours. For `cosine`, `correlation` and models that end in `cosine`. It is transductive: every
   * distance depends on all rows of both sides, and on no list of pairs. Default none.
   */
  rerank?: RerankOptions | undefined;
  /**
   * Query expansion, in place of both: each row of a pair is compared with its nearest rows added to it.
   * For the same measures as `rerank`, and as transductive. Default none.
   */
  expand?: ExpandOptions | undefined;
}

/** Parameters of re-ranking (Zhong et al. 2017), as person re-identification uses it. */
export interface RerankOptions {
  /** Neighbours that are compared; default 20. */
  k1?: number | undefined;
  /** Nearest rows that neighbours are the mean over, at most k1 + 1; default 6. */
  k2?: number | undefined;
  /** Share of the distance itself, from 0 to 1; default 0.3. */
  lambda?: number | undefined;
}

/** Parameters of query expansion (αQE: Radenović et al. 2019), as person re-identification uses it. */
export interface ExpandOptions {
  /** Nearest rows that are added to a row; default 5. */
  k?: number | undefined;
  /** Power of the similarity that they weigh, at least 0, which weighs all alike (AQE); default 3. */
  alpha?: number | undefined;
}

const RERANK_RULES: Rules<RerankOptions> = {
  k1: optional(wholeNumber(1)),
  k2: optional(wholeNumber(1)),
  lambda: optional(number),
};

const EXPAND_RULES: Rules<ExpandOptions> = { k: optional(wholeNumber(1)), alpha: optional(number) };

/** Validation rules for {@link NormOptions}. */
export const NORM_RULES: Rules<NormOptions> = {
  norm: optional(text),
  cohort: optional(requireSource),
  cohortLabels: optional(copyClasses),
  cohortTop: optional(wholeNumber(2)),
  cohortDeviation: optional(text),
  cohortFloor: optional(number),
  rerank: optional(group(RERANK_RULES)),
  expand: optional(group(EXPAND_RULES)),
};

/** Rejects options of a cohort without a normalisation, a normalisation without one, and two changes at once (`EOPTION`). */
export function requireNorm({ norm, cohort, rerank, expand, ...details }: NormOptions): void {
  const refuse = (found: string, expected: string) =>
    new HackfaceError('EOPTION', 'usage', { found, expected });
  for (const [name, value] of Object.entries({ rerank, expand })) {
    if (norm !== undefined && value !== undefined) {
      throw refuse(`option ${name} beside a normalisation`, 'one of them');
    }
  }
  if (rerank !== undefined && expand !== undefined) {
    throw refuse('option expand beside rerank', 'one of them');
  }
  if (norm === undefined) {
    const given = { cohort, ...details };
    for (const name of Object.keys(NORM_RULES) as (keyof typeof given)[]) {
      if (given[name] === undefined) continue;
      throw refuse(`option ${name} without a normalisation`, 'option norm beside it, or neither');
    }
    return;
  }
  if (cohort === undefined) {
    throw new HackfaceError('EOPTION', 'usage', {
      found: `${norm} without a cohort`,
      expected: 'rows to normalise against',
      advice: { text: 'take the rows themselves', option: 'cohort', value: 'self' },
    });
  }
  if (details.cohortLabels !== undefined && cohort !== 'self') {
    throw refuse(
      'labels of a cohort of other rows, of which nobody is known to be in a pair',
      'option cohortLabels with the cohort self alone',
    );
  }
}

/** The measure with the normalisation of the options, if they name one; `rows` are what it measures. */
export async function normalizedBy(
  options: Checked<NormOptions & JobOptions>,
  measure: NativeMeasure,
  rows: Embeddings,
  borrowed: Borrowed,
): Promise<NativeMeasure> {
  requireNorm(options);
  const { norm, cohort, cohortLabels, cohortTop, cohortDeviation, cohortFloor } = options;
  const { rerank, expand } = options;
  if (rerank !== undefined) return { ...measure, change: { rerank: defined({ ...rerank }) } };
  if (expand !== undefined) return { ...measure, change: { expand: defined({ ...expand }) } };
  if (norm === undefined || cohort === undefined) return measure;
  const other = cohort === 'self' ? undefined : borrowed.open(cohort);
  const own = other === undefined || isSame(other, rows);
  if (!own && Embeddings.parts(rows).some((part) => isSame(other, part))) throw cohortOfOneSide();
  const people =
    cohortLabels === undefined
      ? undefined
      : await new SharedClasses(undefined).of(cohortLabels, rows);
  const plain =
    !own && isCenteredOnMean(measure) ? centeredOn(await meanOf(rows, options), measure) : measure;
  const normalisation = defined({
    kind: norm,
    cohort: own ? undefined : Embeddings.native(other),
    ofRow: people,
    ofCohort: people,
    top: cohortTop,
    deviation: cohortDeviation,
    floor: cohortFloor,
  });
  return { ...plain, change: { norm: normalisation } };
}

function cohortOfOneSide(): HackfaceError {
  return new HackfaceError('EOPTION', 'usage', {
    found: 'a cohort that is one of the two matrices, whose rows would count for themselves',
    expected: 'other rows, or the rows of both',
    advice: { text: 'take the rows of both', option: 'cohort', value: 'self' },
  });
}

/** The name of a measure in results, with its normalisation. */
export function normalizedName(options: NormOptions, measure: string): string {
  const { norm, cohort, rerank, expand } = options;
  if (rerank !== undefined) return `${measure} re-ranked`;
  if (expand !== undefined) return `${measure} of expanded rows`;
  if (norm === undefined) return measure;
  const against = typeof cohort === 'string' ? ` against ${cohort}` : '';
  return `${norm} of ${measure}${against}`;
}

/** True if two open embeddings are of the same rows: none counts for itself then. */
function isSame(a: Embeddings, b: Embeddings): boolean {
  return (
    Embeddings.native(a) === Embeddings.native(b) || (a.file !== undefined && a.file === b.file)
  );
}
