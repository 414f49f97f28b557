/** Audits: faults of a data set, and what two sets share. */
import {
  type Checked,
  filePath,
  flag,
  group,
  list,
  number,
  optional,
  readOptions,
  type Rules,
  wholeNumber,
} from './arguments.js';
import type { NativeAuditOptions, NativeEmbeddings } from './binding.js';
import { copyLabels, type Labels } from './csv/labels.js';
import { Numbering } from './csv/numbering.js';
import { defaults } from './defaults.js';
import {
  borrowing,
  Embeddings,
  type EmbeddingsSource,
  OPEN_RULES,
  type OpenOptions,
  requireSource,
} from './embeddings.js';
import { HackfaceError } from './errors.js';
import type { Names } from './lists/names.js';
import { JOB_RULES, type JobOptions, runJob } from './job.js';
import { defined, type NativeBinding } from './native.js';
import { columnWarnings } from './plausible.js';
import { labelsOf } from './row-labels.js';
import { rowNames } from './row-names.js';
import { requireShard, type Shard } from './shard.js';
import { stopwatch } from './stopwatch.js';
import type { Warning } from './warning.js';

/** A data set: a matrix, and labels if there are any. */
export interface AuditSet {
  embeddings: EmbeddingsSource;
  /** Path of a CSV file of `[index,]class`, or labels that were read. */
  labels?: string | Labels | undefined;
  /** File of the names of the rows, by which labels may tell them; default those in the matrix file. */
  names?: string | undefined;
}

/** Request of an audit. */
export interface AuditRequest extends AuditSet, OpenOptions, JobOptions {
  /** A second set, such as the test set, to compare with the first. */
  test?: AuditSet | undefined;
  /** Least cosine similarity of near-identical rows, in (0, 1]; default 0.999. */
  near?: number | undefined;
  /**
   * Rows that are compared with all others for near-identical ones, evenly spread; default all. Bounds the one
   * search that takes time in proportion to rows²; 0 leaves identical rows only.
   */
  nearRows?: number | undefined;
  /** Most entries of each list; default 1000. */
  limit?: number | undefined;
  /** Files that {@link auditPart} wrote, of all shards: no row is compared for near-identical ones again. */
  parts?: readonly string[] | undefined;
}

/** A shard of the search for near-identical rows, the one that takes time in proportion to rows². */
export interface AuditPartRequest extends Omit<AuditRequest, 'parts'> {
  /** The shard. */
  shard: Shard;
  /** File of what it finds: one that is complete is kept. */
  output: string;
  /** Replaces a file of something else; default false. */
  force?: boolean | undefined;
}

/** Result of {@link auditPart}. */
export interface AuditPart {
  /** First row of the shard and the one behind its last, in the order of the search, and the rows that are compared. */
  compared: { from: number; to: number; of: number };
  /** Comparisons of two rows by this shard, and by all. */
  comparisons: { shard: number; of: number };
  /** True if the file held them before, so that nothing was compared. */
  reused: boolean;
  /** Whole time of the call. */
  seconds: number;
}

const SET_RULES: Rules<AuditSet> = {
  embeddings: requireSource,
  labels: optional(copyLabels),
  names: optional(filePath),
};

const AUDIT_RULES: Rules<AuditRequest> = {
  ...SET_RULES,
  ...OPEN_RULES,
  ...JOB_RULES,
  test: optional(group(SET_RULES)),
  near: optional(number),
  nearRows: optional(wholeNumber()),
  limit: optional(wholeNumber(1)),
  parts: optional(list(filePath)),
};

const { parts: _, ...SEARCH_RULES } = AUDIT_RULES;

const PART_RULES: Rules<AuditPartRequest> = {
  ...SEARCH_RULES,
  shard: requireShard,
  output: filePath,
  force: optional(flag),
};

/** The first entries of a list, and the number of all. */
export interface Listed<T> {
  entries: T[];
  total: number;
}

/** A row of the only set, or of one of two. */
export interface RowPlace {
  set: 'train' | 'test' | null;
  /** Place in its matrix, from 0. */
  row: number;
  /** Its name; there where rows have names. */
  name?: string;
  /** Its label; `null` without labels. */
  class: string | null;
}

/** A row that is nearer to another class than to the rest of its own. */
export interface SuspectRow extends RowPlace {
  class: string;
  /** Cosine of the centered row and the direction of the other rows of its class. */
  own: number;
  /** The nearest other class, except look-alikes of its own. */
  otherClass: string;
  /** Cosine of the centered row and the direction of that class. */
  other: number;
  /** `other − own`, in (0, 2]: larger is more suspect. */
  score: number;
  /** The row of the other class most like it. */
  nearest: RowPlace;
}

/** Two rows that are identical or nearly so. */
export interface DuplicateRows {
  first: RowPlace;
  second: RowPlace;
  /** Cosine similarity; exactly 1 for identical rows. */
  similarity: number;
  /** True if all numbers are equal. */
  identical: boolean;
}

/** Two classes that look like one person. */
export interface LookAlikeClasses {
  class1: string;
  class2: string;
  /** Mean similarity between the two over that within them: about 1 for one person. */
  resemblance: number;
  /** Standard deviations of their mean similarity above all pairs of classes. */
  deviation: number;
}

/**
 * How far to trust the rows that look mislabelled, from a second judgement of the same rows, each under the label of
 * another class drawn at random: labels that are wrong.
 */
export interface SuspectTrust {
  /** Rows that were judged: usable, and not alone in their class. */
  judged: number;
  /** Share of them that look mislabelled: the leave-one-out error of a nearest-mean classifier if all labels are right. */
  error: number;
  /** Probability that a wrong label scores higher than a given one, 0.5 if scores tell nothing; `null` with one class. */
  auroc: number | null;
  /**
   * The most suspects that can be wrong labels, an upper limit of about 97 % where labels are wrong at random. The others are rightly labelled rows
   * that the embedding does not tell from other classes.
   */
  wrongAtMost: number;
}

/** A figure of the first set and of the second. */
export interface TrainAndTarget {
  train: number;
  target: number;
}

/**
 * How far a second set, the target, is from the first, without labels: of at most 10,000 rows of either, evenly
 * spread, finite and not zero. `docs/audit.md` defines each.
 */
export interface DomainShift {
  /** Rows that were compared. */
  rows: TrainAndTarget;
  /** AUROC of a linear classifier of the two sets on rows it has not seen: ½ where alike, 1 where apart. */
  auroc: number;
  /** Squared distance of the means over the total variance of the first set. */
  meanDistance: number;
  /** The most that the target varies along a direction, as a multiple of the first set. */
  largestRatio: number;
  /** The same between two halves of the first set. */
  nullRatio: number;
  /** Ratio above which it is a shift: the larger of 5 and the null. */
  bound: number;
  /** Directions with a larger ratio. */
  directions: number;
  /** Distance of Kolmogorov and Smirnov between the norms, in [0, 1]. */
  normDistance: number;
  /** Norms of the target over those of the first set at 5, 25, 50, 75 and 95 % of the rows. */
  normRatios: number[];
  /** Mean cosine of two random rows. */
  cosineMean: TrainAndTarget;
  /** Its standard deviation. */
  cosineDeviation: TrainAndTarget;
  /** Skewness of how often a row is among the 10 nearest of others. */
  hubness: TrainAndTarget;
}

/** Result of {@link audit}. A list that needs labels is `null` without them. */
export interface AuditReport {
  /** Version of this schema. */
  schema: 'hackface-audit/1';
  /** Rows and classes of each set. */
  sets: { set: RowPlace['set']; rows: number; classes: number | null }[];
  /** Number of columns. */
  dim: number;
  /** Least cosine similarity of near-identical rows. */
  near: number;
  /** Rows that were compared with all others for near-identical ones: at most those that are usable and no copies. */
  nearRows: number;
  /** Rows that look mislabelled, most suspect first. */
  suspects: Listed<SuspectRow> | null;
  /** How far to trust them; `null` without labels. */
  trust: SuspectTrust | null;
  /** Rows of one set that are alike under two labels. */
  conflicting: Listed<DuplicateRows>;
  /** Rows of one set that are alike under one label, or without labels. */
  repeated: Listed<DuplicateRows>;
  /** Classes that look like one person, most alike first. */
  lookAlikes: Listed<LookAlikeClasses> | null;
  /** Classes with one usable row. */
  singletons: Listed<string> | null;
  /** Rows with a NaN or an infinity. */
  nonFinite: Listed<RowPlace>;
  /** Rows of zeros. */
  zero: Listed<RowPlace>;
  /** Rows of one number other than 0. */
  constant: Listed<RowPlace>;
  /** Rows whose norm is far from the median; deviation in robust standard deviations of logarithms. */
  normOutliers: Listed<RowPlace & { norm: number; deviation: number }>;
  /** Classes and rows that two sets share; `null` for one set. */
  shared: {
    /** Classes with rows in both; `null` without labels of both. */
    classes: Listed<string> | null;
    /** Rows of one set that are alike to a row of the other. */
    rows: Listed<DuplicateRows>;
  } | null;
  /** Remarks on the labels, such as a column that means something and is ignored. */
  warnings: Warning[];
  /** How far the rows of the second set are from those of the first; `null` for one set, and for fewer than 20 rows. */
  shift: DomainShift | null;
}

type Found = Awaited<ReturnType<NativeBinding['audit']>>;

/**
 * Looks for faults of a data set: mislabelled rows, duplicates, labels that look like one person and
 * unusable rows; with a second set also for what the two share. `docs/audit.md` defines each. Faults
 * are reported, never rejected.
 *
 * Errors: those of {@link openEmbeddings} and {@link readLabels}; `EDIMENSION` if sets or labels do not
 * match, `EOPTION`, also for parts that are not of all shards of these rows, labels and options, `EMEMORY`. Cost: that of {@link estimateAudit}; a comparison is a product of bytes for each column.
 */
export async function audit(request: AuditRequest): Promise<AuditReport> {
  const settled = readOptions(request, AUDIT_RULES, 'request');
  return withSets(settled, async ({ matrices, names, labels, people, native }) => {
    const { near = defaults().audit.near, limit = defaults().audit.limit, parts } = settled;
    const options = defined({ ...native.options, near, limit, parts: parts && [...parts] });
    const found = await runJob(settled, (addon, job) =>
      addon.audit(native.first, native.second, people?.classes, options, job),
    );
    return new Reader(matrices, labels, people, names).report(found, near, limit);
  });
}

/**
 * Finds the near-identical rows of a shard and writes them to a file. {@link audit} with the files of all shards as
 * `parts`, and the same rows, labels and options, gives the report that it gives without, for any number of shards
 * searched in any order. Shards cost the same but for eight rows.
 *
 * A file that is complete is kept, and nothing is compared; a damaged one is made again. Files are for their owner only.
 *
 * Errors: those of {@link audit}; `EOPTION` for a file of something else without `force`. Cost: each call reads all
 * rows three times; comparisons are shared out. A file takes 16 bytes for each pair that it found, at most `limit` of
 * each of three lists.
 */
export async function auditPart(request: AuditPartRequest): Promise<AuditPart> {
  const elapsed = stopwatch();
  const settled = readOptions(request, PART_RULES, 'request');
  return withSets(settled, async ({ people, native }) => {
    const { shard, output, force = false, limit } = settled;
    const options = defined({ ...native.options, limit, shard: { ...shard, output, force } });
    const counts = await runJob(
      settled,
      (addon, job) => addon.auditPart(native.first, native.second, people?.classes, options, job),
      { writes: true },
    );
    const [from = 0, to = 0, all = 0, comparisons = 0, of = 0, reused] = counts;
    return {
      compared: { from, to, of: all },
      comparisons: { shard: comparisons, of },
      reused: reused === 1,
      seconds: elapsed(),
    };
  });
}

/** Cost of an audit. */
export interface AuditEstimate {
  /** Rows of all sets. */
  rows: number;
  /** Comparisons of two rows that may be near, of a row and a class, and of two classes. */
  comparisons: number;
  /** Time that the audit takes here with as many threads, to about a factor of two. */
  seconds: number;
}

/**
 * Estimates how long {@link audit} takes for the same request, from a few thousand rows.
 *
 * Errors: those of {@link audit}. Cost: about a tenth of a second, and reading labels.
 */
export async function estimateAudit(request: Omit<AuditRequest, 'parts'>): Promise<AuditEstimate> {
  const settled = readOptions(request, SEARCH_RULES, 'request');
  return withSets(settled, async ({ matrices, native }) => {
    const cost = await runJob(settled, (addon, job) =>
      addon.rehearseAudit(native.first, native.second, native.options, job),
    );
    return { rows: matrices.reduce((rows, matrix) => rows + matrix.rows, 0), ...cost };
  });
}

/** A request as the addon takes it. */
interface OpenRequest {
  matrices: Embeddings[];
  names: (Names | undefined)[];
  labels: Labels[] | undefined;
  people: People | undefined;
  native: {
    first: NativeEmbeddings;
    second: NativeEmbeddings | undefined;
    options: NativeAuditOptions;
  };
}

/** Opens the matrices and reads the labels of a request. */
async function withSets<T>(
  settled: Checked<Omit<AuditRequest, 'parts'>>,
  work: (open: OpenRequest) => Promise<T>,
): Promise<T> {
  const sets = settled.test === undefined ? [settled] : [settled, settled.test];
  return borrowing(settled, async (borrowed) => {
    const matrices = sets.map(({ embeddings }) => borrowed.open(embeddings));
    const [first, second] = matrices as [Embeddings, Embeddings | undefined];
    const names: (Names | undefined)[] = [];
    for (const [i, set] of sets.entries()) {
      names.push(await rowNames(set.names, matrices[i] as Embeddings));
    }
    const labels = await readAll(sets, matrices, names);
    const people = labels && joinLabels(labels);
    const { near, nearRows } = settled;
    const options = defined({ near, nearRows, classes: people?.names.length });
    return work({
      matrices,
      names,
      labels,
      people,
      native: {
        first: Embeddings.native(first),
        second: second && Embeddings.native(second),
        options,
      },
    });
  });
}

/** Labels of each set, or `undefined` if no set has labels. Errors: `EOPTION` if only one has. */
async function readAll(
  sets: readonly AuditSet[],
  matrices: readonly Embeddings[],
  names: readonly (Names | undefined)[],
): Promise<Labels[] | undefined> {
  const labelled = sets.filter(({ labels }) => labels !== undefined).length;
  if (labelled === 0) return undefined;
  if (labelled < sets.length) {
    throw new HackfaceError('EOPTION', 'usage', {
      found: 'labels of one set only',
      expected: 'labels of both, or of neither',
    });
  }
  const all: Labels[] = [];
  for (const [i, { labels }] of sets.entries()) {
    const { rows, dim } = matrices[i] as Embeddings;
    all.push(await labelsOf(labels as string | Labels, rows, names[i], dim));
  }
  return all;
}

interface People {
  /** Class of each row over all sets. */
  classes: Uint32Array;
  names: string[];
}

/** Numbers the classes of all sets together: equal names are one class. */
function joinLabels(all: readonly Labels[]): People {
  const numbering = new Numbering();
  const parts = all.map(({ classes, names }) => {
    const numbers = names.map((name) => numbering.of(name));
    return classes.map((own) => numbers[own] as number);
  });
  const classes = new Uint32Array(parts.reduce((rows, part) => rows + part.length, 0));
  let first = 0;
  for (const part of parts) {
    classes.set(part, first);
    first += part.length;
  }
  return { classes, names: numbering.names };
}

/** Converts row and class numbers over all sets into places and names. */
class Reader {
  constructor(
    private readonly matrices: readonly Embeddings[],
    private readonly labels: readonly Labels[] | undefined,
    private readonly people: People | undefined,
    private readonly names: readonly (Names | undefined)[],
  ) {}

  report(found: Found, near: number, limit: number): AuditReport {
    const { labelled } = found;
    const one = this.matrices.length === 1;
    const rows = (list: Found['zero']) => map(list, (row) => this.place(row));
    const pairs = (list: Found['repeated']) =>
      map(list, ({ row1, row2, similarity, identical }) => ({
        first: this.place(row1),
        second: this.place(row2),
        similarity,
        identical,
      }));
    return {
      schema: 'hackface-audit/1',
      sets: this.matrices.map(({ rows }, i) => ({
        set: this.setName(i),
        rows,
        classes: this.labels?.[i]?.count ?? null,
      })),
      dim: (this.matrices[0] as Embeddings).dim,
      near,
      nearRows: found.nearRows,
      trust: labelled ? { ...labelled.trust, auroc: labelled.trust.auroc ?? null } : null,
      suspects: labelled ? this.suspects(labelled.suspects) : null,
      conflicting: pairs(found.conflicting),
      repeated: pairs(found.repeated),
      lookAlikes: labelled
        ? map(labelled.lookAlikes, ({ class1, class2, resemblance, deviation }) => ({
            class1: this.name(class1),
            class2: this.name(class2),
            resemblance,
            deviation,
          }))
        : null,
      singletons: labelled ? map(labelled.singletons, (number) => this.name(number)) : null,
      nonFinite: rows(found.nonFinite),
      zero: rows(found.zero),
      constant: rows(found.constant),
      normOutliers: map(found.normOutliers, ({ row, norm, deviation }) => ({
        ...this.place(row),
        norm,
        deviation,
      })),
      shared: one ? null : { classes: this.sharedClasses(limit), rows: pairs(found.across) },
      warnings: (this.labels ?? []).flatMap(({ file, ignored, understood = [] }) => [
        ...columnWarnings(file, ignored, ['camera', 'template']),
        ...understood,
      ]),
      shift: found.shift ?? null,
    };
  }

  private suspects(list: NonNullable<Found['labelled']>['suspects']): Listed<SuspectRow> {
    return map(list, ({ row, class: own, otherClass, nearest, ...cosines }) => ({
      ...this.place(row),
      class: this.name(own),
      own: cosines.own,
      otherClass: this.name(otherClass),
      other: cosines.other,
      score: cosines.score,
      nearest: this.place(nearest),
    }));
  }

  private sharedClasses(limit: number): Listed<string> | null {
    const [train, test] = this.labels ?? [];
    if (!train || !test) return null;
    const names = new Set(test.names);
    const both = train.names.filter((name) => names.has(name));
    return { entries: both.slice(0, limit), total: both.length };
  }

  private place(over: number): RowPlace {
    const first = (this.matrices[0] as Embeddings).rows;
    const part = over < first ? 0 : 1;
    const number = this.people?.classes[over];
    const row = part === 0 ? over : over - first;
    const name = this.names[part]?.name(row);
    return {
      set: this.setName(part),
      row,
      ...(name !== undefined && { name }),
      class: number === undefined ? null : this.name(number),
    };
  }

  private setName(part: number): RowPlace['set'] {
    if (this.matrices.length === 1) return null;
    return part === 0 ? 'train' : 'test';
  }

  private name(number: number): string {
    return this.people?.names[number] as string;
  }
}

function map<T, U>(list: { entries: T[]; total: number }, each: (entry: T) => U): Listed<U> {
  return { entries: list.entries.map(each), total: list.total };
}
