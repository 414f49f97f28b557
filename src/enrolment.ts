/** People enrolled from several rows each. */
import { copyOf, readOptions, type Rules, readParts } from './arguments.js';
import type { NativeEnrolment } from './binding.js';
import {
  borrowing,
  type EmbeddingsSource,
  OPEN_RULES,
  type OpenOptions,
  requireSource,
} from './embeddings.js';
import { JOB_RULES, type JobOptions } from './job.js';
import { distances } from './score-pairs.js';

const CONSTRUCT = Symbol('made by Model.enrol');

/** Pairs of a template and a row, by their numbers. */
export interface EnrolledPairs {
  /** Number of the template of each pair, counted from 0 in the order of enrolment. */
  template: Uint32Array;
  /** Row to compare it with. */
  row: Uint32Array;
}

/**
 * People enrolled from several rows each, by {@link Model.enrol}.
 *
 * With W = I and B = diag ψ, given n rows of mean z̄ the next row of the same person is normal with
 * mean nψ/(1 + nψ) z̄ and variance 1 + ψ/(1 + nψ) (Ioffe 2006). The mean of embeddings or of scores
 * ignores n.
 */
export class Enrolment {
  /** Number of templates. */
  readonly templates: number;
  /** Rows of each template. */
  readonly sizes: Uint32Array;
  readonly #native: NativeEnrolment;

  /** @internal */
  constructor(token: symbol, native: NativeEnrolment, sizes: Uint32Array) {
    if (token !== CONSTRUCT) throw new TypeError('Use model.enrol() to make an Enrolment');
    this.#native = native;
    this.templates = sizes.length;
    this.sizes = sizes;
  }

  /** @internal */
  static of(native: NativeEnrolment, sizes: Uint32Array): Enrolment {
    return new Enrolment(CONSTRUCT, native, sizes);
  }

  /**
   * Distances of templates and rows of `source`, in the order of the pairs: the negated log ratio
   * of "this row shows the person of the template" to "it shows another"; smaller is more alike.
   * For a template of one row, the distance of `model.scorePairs` to rounding.
   *
   * Each row that occurs is mapped once. Errors: `EINDEX` for a template or row that does not exist,
   * `EDIMENSION`, `EEMPTY`, `ENOTFINITE`, those of {@link openEmbeddings}.
   */
  async scorePairs(
    source: EmbeddingsSource,
    pairs: EnrolledPairs,
    options: OpenOptions & JobOptions = {},
  ): Promise<Float64Array> {
    const settled = readOptions(options, { ...OPEN_RULES, ...JOB_RULES });
    const { template: index1, row: index2 } = readParts(pairs, ENROLLED_RULES, 'pairs');
    const rows = requireSource(source, 'source');
    return borrowing(settled, (borrowed) => {
      const measure = { enrolment: this.#native };
      return distances(borrowed.open(rows), { index1, index2 }, measure, settled);
    });
  }
}

const ENROLLED_RULES: Rules<EnrolledPairs> = {
  template: copyOf(Uint32Array),
  row: copyOf(Uint32Array),
};
