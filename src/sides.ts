/** The two sides of pairs: rows of one matrix, rows of two, or templates of several rows and rows. */
import {
  type Checked,
  isArrayOf,
  list,
  oneOf,
  optional,
  type Rules,
  wholeNumber,
  wrongArgument,
} from './arguments.js';
import { type Borrowed, Embeddings, type EmbeddingsSource, requireSource } from './embeddings.js';
import { HackfaceError } from './errors.js';
import { type JobOptions, runJob } from './job.js';

/** Row numbers of the two members of each pair, of equal length. */
export interface PairIndices {
  index1: Uint32Array;
  index2: Uint32Array;
}

/** Row numbers of one template, at least one. */
export type TemplateRows = readonly number[] | Uint32Array;

/**
 * How the rows of a template become one member of pairs: `template` is the mean of the rows, `mean` the
 * mean of the distances to them, `min` the smallest, and `plda` the likelihood ratio of all of them
 * together, see {@link Enrolment}.
 */
export type TemplateFusion = 'template' | 'mean' | 'min' | 'plda';

/** The members of pairs, where they are not all rows of one matrix. */
export interface SidesOptions {
  /**
   * Rows that second members are of; default those of the source. The two matrices count as one, the
   * first above the second, for a mean, variances and a cohort `self`.
   */
  against?: EmbeddingsSource | undefined;
  /** The rows of each template; first members are then numbers of templates. Default: they are rows. */
  templates?: readonly TemplateRows[] | undefined;
  /**
   * How templates are compared; default `plda` for a model that ends in PLDA, else `template`. Only
   * these models have `plda`, which goes with no normalisation.
   */
  fuse?: TemplateFusion | undefined;
}

/** Rule for the row numbers of each template. */
export const readTemplates = list((template, name) => {
  if (isArrayOf(Uint32Array, template)) return template.slice();
  return list(wholeNumber(0, 2 ** 32 - 1, wrongArgument))(template, name);
}) as (templates: unknown, name: string) => readonly TemplateRows[];

/** The words of option `fuse`. */
export const FUSIONS = ['template', 'mean', 'min', 'plda'] as const;

/** Validation rules for {@link SidesOptions}. */
export const SIDES_RULES: Rules<SidesOptions> = {
  against: optional(requireSource),
  templates: optional(readTemplates),
  fuse: optional(oneOf(...FUSIONS)),
};

/** Rows to measure between, and the pairs in their numbers. */
export interface Sides {
  rows: Embeddings;
  pairs: PairIndices;
  /** Makes one distance for each pair that was asked for of those that were measured. */
  settle: (distances: Float64Array) => Float64Array;
}

/** The sides of pairs of rows, of one matrix or of two. Errors: `EINDEX`, `EDIMENSION`. */
export function rowSides(
  source: EmbeddingsSource,
  pairs: PairIndices,
  against: EmbeddingsSource | undefined,
  borrowed: Borrowed,
): Sides {
  const first = borrowed.open(source);
  const settle = (distances: Float64Array) => distances;
  if (against === undefined) return { rows: first, pairs, settle };
  return { ...stacked(first, borrowed.open(against), pairs, borrowed), settle };
}

/** {@link rowSides}, or those of templates and rows; `fuse` is not `plda`. */
export async function openSides(
  source: EmbeddingsSource,
  pairs: PairIndices,
  options: Checked<SidesOptions & JobOptions>,
  borrowed: Borrowed,
): Promise<Sides> {
  const { against, templates, fuse = 'template' } = options;
  requireTemplates(options);
  if (templates === undefined) return rowSides(source, pairs, against, borrowed);
  requireBelow(pairs.index1, templates.length, 'template');
  if (fuse === 'plda') throw withoutRatios();
  const first = borrowed.open(source);
  const second = against === undefined ? first : borrowed.open(against);
  if (fuse !== 'template') {
    const all = everyRow(templates, pairs);
    const sides = against === undefined ? undefined : stacked(first, second, all.pairs, borrowed);
    const settle = (distances: Float64Array) => fused(distances, all.ends, fuse);
    return { ...(sides ?? { rows: first, pairs: all.pairs }), settle };
  }
  const flat = flatten(templates);
  const means = await runJob(options, (native, job) =>
    native.poolTemplates(Embeddings.native(first), flat, {}, job),
  );
  const made = borrowed.add(Embeddings.of(means));
  const settle = (distances: Float64Array) => distances;
  return { ...stacked(made, second, pairs, borrowed), settle };
}

/** Rejects a way to compare templates where there are none (`EOPTION`). */
export function requireTemplates({ templates, fuse }: Pick<SidesOptions, 'templates' | 'fuse'>) {
  if (fuse === undefined || templates !== undefined) return;
  throw new HackfaceError('EOPTION', 'usage', {
    found: `fuse ${fuse} without templates`,
    expected: 'the rows of each template, or no option fuse',
  });
}

/** Copies the rows of all templates into one array; returns it with the size of each. */
export function flatten(templates: readonly TemplateRows[]): {
  rows: Uint32Array;
  sizes: Uint32Array;
} {
  const sizes = Uint32Array.from(templates, ({ length }) => length);
  const rows = new Uint32Array(sizes.reduce((rows, size) => rows + size, 0));
  let first = 0;
  for (const template of templates) {
    rows.set(template, first);
    first += template.length;
  }
  return { rows, sizes };
}

/** The second matrix below the first, and pairs of both in its numbers. */
function stacked(
  first: Embeddings,
  second: Embeddings,
  { index1, index2 }: PairIndices,
  borrowed: Borrowed,
): { rows: Embeddings; pairs: PairIndices } {
  requireBelow(index1, first.rows, 'row', first.file);
  requireBelow(index2, second.rows, 'row', second.file);
  const rows = borrowed.add(Embeddings.stacked(first, second));
  return { rows, pairs: { index1, index2: index2.map((row) => first.rows + row) } };
}

function requireBelow(
  index: Uint32Array,
  count: number,
  what: 'row' | 'template',
  file?: string,
): void {
  const pair = index.findIndex((number) => number >= count);
  if (pair < 0) return;
  throw new HackfaceError('EINDEX', 'data', {
    ...(file !== undefined && { file }),
    found: `${what} ${index[pair]} in pair ${pair}`,
    expected: `a ${what} below ${count}`,
  });
}

/** Pairs of each row of a template with its other member, and where those of each pair end. */
function everyRow(templates: readonly TemplateRows[], { index1, index2 }: PairIndices) {
  const ends = new Uint32Array(index1.length);
  let end = 0;
  for (let pair = 0; pair < ends.length; pair += 1) {
    const template = index1[pair] as number;
    const { length } = templates[template] as TemplateRows;
    if (length === 0) throw emptyTemplate(template);
    end += length;
    ends[pair] = end;
  }
  const pairs = { index1: new Uint32Array(end), index2: new Uint32Array(end) };
  let start = 0;
  for (let pair = 0; pair < ends.length; pair += 1) {
    pairs.index1.set(templates[index1[pair] as number] as TemplateRows, start);
    pairs.index2.fill(index2[pair] as number, start, ends[pair]);
    start = ends[pair] as number;
  }
  return { pairs, ends };
}

/** The mean or the smallest of each run of distances, summed in the order of the template. */
function fused(distances: Float64Array, ends: Uint32Array, fuse: 'mean' | 'min'): Float64Array {
  let start = 0;
  return Float64Array.from(ends, (end) => {
    let [sum, least] = [0, Number.POSITIVE_INFINITY];
    for (let at = start; at < end; at += 1) {
      const distance = distances[at] as number;
      sum += distance;
      if (distance < least) least = distance;
    }
    const count = end - start;
    start = end;
    return fuse === 'mean' ? sum / count : least;
  });
}

function emptyTemplate(template: number): HackfaceError {
  return new HackfaceError('EEMPTY', 'data', {
    found: `template ${template} without rows`,
    expected: 'at least one row',
  });
}

function withoutRatios(): HackfaceError {
  return new HackfaceError('EOPTION', 'usage', {
    found: 'templates by PLDA under another measure',
    expected: 'a model that ends in PLDA, or option fuse with template, mean or min',
  });
}
