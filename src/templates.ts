/** Templates: rows of several images or frames pooled to one row each. */
import {
  type Checked,
  number,
  oneOf,
  optional,
  readOptions,
  type Rules,
  wrongArgument,
  look,
} from './arguments.js';
import type { NativeEmbeddings } from './binding.js';
import type { TemplateList } from './csv/enrolment.js';
import {
  borrowing,
  Embeddings,
  type EmbeddingsSource,
  OPEN_RULES,
  type OpenOptions,
  requireSource,
} from './embeddings.js';
import { HackfaceError } from './errors.js';
import { JOB_RULES, type JobOptions, runJob } from './job.js';
import { defined } from './native.js';
import { flatten } from './sides.js';

/** How the rows of a template become one. */
export interface PoolingOptions {
  /**
   * The rows of a medium become their mean, and the media their `mean` (default) or `sum`, which differ
   * only for a metric that heeds length.
   */
  overMedia?: 'mean' | 'sum' | undefined;
  /**
   * A row counts as its direction times this power of its norm; default 1, rows as they are, so that a
   * longer one weighs more. 0 makes every row a unit vector first.
   */
  normPower?: number | undefined;
}

/** Validation rules for {@link PoolingOptions}. */
export const POOLING_RULES: Rules<PoolingOptions> = {
  overMedia: optional(oneOf('mean', 'sum')),
  normPower: optional(number),
};

/**
 * Pools rows to templates, one row each in double precision: the mean of each medium, then the mean or the sum of
 * the media, as the protocols of IJB do. `list` is of {@link readTemplateList}.
 *
 * The result is open, and its rows have the names of the templates. Errors: `EINDEX` for a row that is not
 * there, `EEMPTY` for a template without rows, `EDOMAIN` for a row of zeros where norms weigh, `ENOTFINITE`,
 * those of {@link openEmbeddings}. Cost: each row is read once for each of its templates. Memory: the templates.
 */
export async function poolTemplates(
  source: EmbeddingsSource,
  list: TemplateList,
  options: PoolingOptions & OpenOptions & JobOptions = {},
): Promise<Embeddings> {
  const settled = readOptions(options, { ...POOLING_RULES, ...OPEN_RULES, ...JOB_RULES });
  if (look(list, 'templates').templates === undefined) {
    throw wrongArgument('list', list, 'the list that readTemplateList returned');
  }
  const rows = requireSource(source, 'source');
  return borrowing(settled, (borrowed) => pooled(borrowed.open(rows), list, settled));
}

/** {@link poolTemplates} of rows that are open; whoever calls closes both. */
export async function pooled(
  rows: Embeddings,
  { templates, media, names }: TemplateList,
  options: Checked<PoolingOptions & JobOptions>,
): Promise<Embeddings> {
  const { overMedia, normPower } = options;
  const pooling = defined({ overMedia, normPower, media: media && Uint32Array.from(media.flat()) });
  const flat = flatten(templates);
  const made: NativeEmbeddings = await runJob(options, (native, job) =>
    native.poolTemplates(Embeddings.native(rows), flat, pooling, job),
  );
  return Embeddings.of(made, () =>
    Array.from({ length: names.count }, (_, template) => names.name(template)),
  );
}

/** Rejects a way to pool where no list of templates is given (`EOPTION`); `option` names the list. */
export function requirePooled(
  { overMedia, normPower }: PoolingOptions,
  pools: boolean,
  option: string,
): void {
  if (pools || (overMedia === undefined && normPower === undefined)) return;
  throw new HackfaceError('EOPTION', 'usage', {
    found: `option ${overMedia === undefined ? 'normPower' : 'overMedia'} without templates`,
    expected: `option ${option} beside it`,
  });
}

/** Pooling in words, for a report. */
export function poolingText({ overMedia = 'mean', normPower = 1 }: PoolingOptions): string {
  return `${overMedia} of media${normPower === 1 ? '' : `, norms to the power ${normPower}`}`;
}
