import { group, number, optional, readOptions, type Rules, wholeNumber } from './arguments.js';
import { copyLabels, type Labels, labelsOf } from './csv/labels.js';
import { Numbering } from './csv/numbering.js';
import {
  borrowEmbeddings,
  Embeddings,
  type EmbeddingsSource,
  OPEN_RULES,
  type OpenOptions,
  requireSource,
} from './embeddings.js';
import { HackfaceError } from './errors.js';
import { JOB_RULES, type JobOptions, runJob } from './job.js';
import type { NativeBinding } from './native.js';

/** A matrix and, if there are any, its labels. */
export interface AuditSet {
  embeddings: EmbeddingsSource;
  /** Path of a CSV file of `[index,]class`, or labels that were read. */
  labels?: string | Labels | undefined;
}

/** What to audit and what to look for. */
export interface AuditRequest extends AuditSet, OpenOptions, JobOptions {
  /** A second set, to be looked at for what it shares with the first: its test set. */
  test?: AuditSet | undefined;
  /** Cosine similarity from which two rows are near-identical, in (0, 1]; default 0.999. */
  near?: number | undefined;
  /** Entries that each list holds at most; default 1000. */
  limit?: number | undefined;
}

const SET_RULES: Rules<AuditSet> = {
  embeddings: requireSource,
  labels: optional(copyLabels),
};

const AUDIT_RULES: Rules<AuditRequest> = {
  ...SET_RULES,
  ...OPEN_RULES,
  ...JOB_RULES,
  test: optional(group(SET_RULES)),
  near: optional(number),
  limit: optional(wholeNumber(1)),
};

/** The first of a list, and how many there are in all. */
export interface Listed<T> {
  entries: T[];
  total: number;
}

/** A row: of the only set, or of one of two. */
export interface RowPlace {
  set: 'train' | 'test' | null;
  /** Place in its matrix, from 0. */
  row: number;
  /** Its label; `null` without labels. */
  class: string | null;
}

/** A row that is nearer to another class than to the rest of its own. */
export interface SuspectRow extends RowPlace {
  class: string;
  /** Cosine of the centered row and the direction of the other rows of its class. */
  own: number;
  /** The class that it is nearest to of all others but a look-alike of its own. */
  otherClass: string;
  /** Cosine of the centered row and the direction of that class. */
  other: number;
  /** `other − own`, in (0, 2]: larger is more suspect. */
  score: number;
  /** The row of the other class that is most like it. */
  nearest: RowPlace;
}

/** Two rows that are identical or nearly so. */
export interface DuplicateRows {
  first: RowPlace;
  second: RowPlace;
  /** Cosine similarity; exactly 1 for identical rows. */
  similarity: number;
  /** Whether all numbers are equal. */
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

/** What an audit found. A list that needs labels is `null` without them. */
export interface AuditReport {
  /** Version of this schema. */
  schema: 'hackface-audit/1';
  /** Rows of each set; the second only where two were given. */
  sets: { set: RowPlace['set']; rows: number; classes: number | null }[];
  /** Number of columns. */
  dim: number;
  /** Cosine similarity from which rows count as near-identical. */
  near: number;
  /** Rows that look mislabelled, most suspect first. */
  suspects: Listed<SuspectRow> | null;
  /** Rows of one set that are alike under two labels. */
  conflicting: Listed<DuplicateRows>;
  /** Rows of one set that are alike under one label, or without labels. */
  repeated: Listed<DuplicateRows>;
  /** Classes that look like one person, most alike first. */
  lookAlikes: Listed<LookAlikeClasses> | null;
  /** Classes with one row that can be used. */
  singletons: Listed<string> | null;
  /** Rows with a NaN or an infinity. */
  nonFinite: Listed<RowPlace>;
  /** Rows of zeros. */
  zero: Listed<RowPlace>;
  /** Rows of one number other than 0. */
  constant: Listed<RowPlace>;
  /** Rows whose norm is far from the median; deviation in robust standard deviations of logarithms. */
  normOutliers: Listed<RowPlace & { norm: number; deviation: number }>;
  /** What two sets share; `null` for one. */
  shared: {
    /** Classes with rows in both; `null` without labels of both. */
    classes: Listed<string> | null;
    /** Rows of one set that are alike to a row of the other. */
    rows: Listed<DuplicateRows>;
  } | null;
}

type Found = Awaited<ReturnType<NativeBinding['audit']>>;

const NEAR = 0.999;
const LIMIT = 1000;

/**
 * Looks for faults of a data set: rows that look mislabelled, rows that occur twice, labels that look like one
 * person, rows that cannot be used; and, with a second set, what the two share. Definitions are in
 * `docs/audit.md`. Nothing is refused for being faulty.
 *
 * Errors: those of opening and reading; `EDIMENSION` where the sets or the labels do not fit, `EOPTION`,
 * `EMEMORY`. Cost: rows × classes × columns products, half of classes² × columns, and duplicates.
 */
export async function audit(request: AuditRequest): Promise<AuditReport> {
  const settled = readOptions(request, AUDIT_RULES, 'request');
  const { near = NEAR, limit = LIMIT, threads } = settled;
  const sets = settled.test === undefined ? [settled] : [settled, settled.test];
  const opened: ReturnType<typeof borrowEmbeddings>[] = [];
  try {
    for (const { embeddings } of sets) opened.push(borrowEmbeddings(embeddings, settled));
    const matrices = opened.map(({ embeddings }) => embeddings);
    const labels = await readAll(sets, matrices);
    const people = labels && joinLabels(labels);
    const found = await runJob(settled, (native, job) =>
      native.audit(
        Embeddings.native(matrices[0] as Embeddings),
        matrices[1] && Embeddings.native(matrices[1]),
        people?.classes,
        {
          near,
          limit,
          classes: people?.names.length ?? 0,
          ...(threads !== undefined && { threads }),
        },
        job,
      ),
    );
    return new Reader(matrices, labels, people).report(found, near, limit);
  } finally {
    for (const { release } of opened) release();
  }
}

/** Labels of each set; `undefined` where none has any. One set with and one without is a mistake. */
async function readAll(
  sets: readonly AuditSet[],
  matrices: readonly Embeddings[],
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
    const { rows } = matrices[i] as Embeddings;
    all.push(await labelsOf(labels as string | Labels, rows));
  }
  return all;
}

interface People {
  /** Class of each row over all sets. */
  classes: Uint32Array;
  names: string[];
}

/** One numbering for all sets: a name is one person wherever it stands. */
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

/** Turns numbers over all sets into places and names. */
class Reader {
  constructor(
    private readonly matrices: readonly Embeddings[],
    private readonly labels: readonly Labels[] | undefined,
    private readonly people: People | undefined,
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
    return {
      set: this.setName(part),
      row: part === 0 ? over : over - first,
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
