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
import { centeredOn, isCenteredOnMean, meanOf, meanOfSync } from './metric-options.js';
import { defined } from './native.js';

/**
 * How distances are normalised. With μ and σ the mean and the standard deviation of the distances of a
 * row to the rows of a cohort, the distance d of rows a and b becomes `(d − μₐ)/σₐ` (`z-norm`),
 * `(d − μᵦ)/σᵦ` (`t-norm`), the second of the first (`zt-norm`), or the mean of both (`s-norm`; `as-norm` and
 * `as-norm2` over the cohort rows that are most alike). Smaller stays more alike.
 *
 * A cohort of the rows to be scored is *transductive*: each distance depends on all rows of the set.
 * No list of pairs and no truth is ever used.
 */
export interface NormOptions {
  /**
   * The normalisation; default none. `as-norm` chooses for each row the cohort rows most alike to it,
   * `as-norm2` those most alike to the other row of the pair, which only lists of pairs have.
   */
  norm?: 'z-norm' | 't-norm' | 's-norm' | 'zt-norm' | 'as-norm' | 'as-norm2' | undefined;
  /**
   * The rows to normalise against: `self`, the rows that are measured (of a gallery and probes, the
   * gallery), of which none counts for itself; or other rows, of which none should be of a person in
   * the pairs, unless labels tell who is who.
   */
  cohort?: 'self' | EmbeddingsSource | undefined;
  /** Person of each row of the cohort; rows of the same person do not count for each other. */
  cohortLabels?: string | Labels | Uint32Array | undefined;
  /**
   * Person of each row that is measured (of a gallery and probes, the gallery), beside `cohortLabels` of a cohort of
   * other rows, with the same names or numbers.
   */
  rowLabels?: string | Labels | Uint32Array | undefined;
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
  rowLabels: optional(copyClasses),
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
  const { cohortLabels, rowLabels } = details;
  if (cohort === 'self' && rowLabels !== undefined) {
    throw refuse(
      'option rowLabels with the cohort self',
      'option cohortLabels alone, which tells the person of the same rows',
    );
  }
  if (cohort !== 'self' && (cohortLabels === undefined) !== (rowLabels === undefined)) {
    const [given, lacking] =
      rowLabels === undefined ? ['cohortLabels', 'rowLabels'] : ['rowLabels', 'cohortLabels'];
    throw refuse(
      `option ${given} without ${lacking}, beside a cohort of other rows`,
      'the people of both, so that nobody counts for their own rows',
    );
  }
}

type Asked = Checked<NormOptions & JobOptions>;

/** The measure with the normalisation of the options, if they name one; `rows` are what it measures. */
export async function normalizedBy(
  options: Asked,
  measure: NativeMeasure,
  rows: Embeddings,
  borrowed: Borrowed,
): Promise<NativeMeasure> {
  const cohort = openCohort(options, rows, borrowed);
  if (cohort === undefined) return { ...measure, ...neighboursOf(options) };
  const shared = new SharedClasses(undefined);
  const people: People = [];
  for (const [labels, set] of labelled(options, rows, cohort)) {
    people.push(await shared.of(labels, set));
  }
  const center = asksForMean(measure, cohort) ? await meanOf(rows, options) : undefined;
  return normalized(options, measure, cohort, people, center);
}

/** {@link normalizedBy}, blocking: labels are in memory. */
export function normalizedBySync(
  options: Asked,
  measure: NativeMeasure,
  rows: Embeddings,
  borrowed: Borrowed,
): NativeMeasure {
  // A call on two rows is short.
  if (!namesAny(options)) return measure;
  const cohort = openCohort(options, rows, borrowed);
  if (cohort === undefined) return { ...measure, ...neighboursOf(options) };
  const shared = new SharedClasses(undefined);
  const people = labelled(options, rows, cohort).map(([labels, set]) => {
    if (typeof labels !== 'string') return shared.ofRead(labels, set);
    throw new HackfaceError('EOPTION', 'usage', {
      found: 'labels of a file in a call that blocks',
      expected: 'labels in memory',
      hint: 'Read them first with readLabelsSync',
    });
  });
  const center = asksForMean(measure, cohort) ? meanOfSync(rows, options) : undefined;
  return normalized(options, measure, cohort, people, center);
}

/** True where options of a normalisation are given. */
function namesAny(options: Asked): boolean {
  const names = Object.keys(options) as (keyof NormOptions)[];
  return names.some((name) => name in NORM_RULES && options[name] !== undefined);
}

/** Rows to normalise against; `own` where they are those that are measured. */
interface Cohort {
  rows: Embeddings;
  own: boolean;
}

function openCohort(options: Asked, rows: Embeddings, borrowed: Borrowed): Cohort | undefined {
  requireNorm(options);
  const { norm, cohort } = options;
  if (norm === undefined || cohort === undefined) return undefined;
  const other = cohort === 'self' ? rows : borrowed.open(cohort);
  const own = isSame(other, rows);
  if (!own && Embeddings.parts(rows).some((part) => isSame(other, part))) throw cohortOfOneSide();
  return { rows: other, own };
}

/** The change by neighbours that the options name, if any. */
function neighboursOf({ rerank, expand }: Asked): Pick<NativeMeasure, 'change'> | undefined {
  if (rerank !== undefined) return { change: { rerank: defined({ ...rerank }) } };
  if (expand !== undefined) return { change: { expand: defined({ ...expand }) } };
  return undefined;
}

/** The person of each row, and of each row of the cohort; nothing where nobody is known. */
type People = Uint32Array[];

/** The labels of the rows and of the cohort, with what they label. */
function labelled({ cohortLabels, rowLabels }: Asked, rows: Embeddings, cohort: Cohort) {
  if (cohortLabels === undefined) return [];
  const ofRows = [rowLabels ?? cohortLabels, rows] as const;
  return [ofRows, [cohortLabels, cohort.rows] as const];
}

function asksForMean(measure: NativeMeasure, { own }: Cohort): boolean {
  return !own && isCenteredOnMean(measure);
}

function normalized(
  { norm, cohortTop, cohortDeviation, cohortFloor }: Asked,
  measure: NativeMeasure,
  cohort: Cohort,
  [ofRow, ofCohort]: People,
  center: Float64Array | undefined,
): NativeMeasure {
  const normalisation = defined({
    kind: norm as string,
    cohort: cohort.own ? undefined : Embeddings.native(cohort.rows),
    ofRow,
    ofCohort,
    top: cohortTop,
    deviation: cohortDeviation,
    floor: cohortFloor,
  });
  const plain = center === undefined ? measure : centeredOn(center, measure);
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
