/** Measures: a metric, or a model in its place. */
import type { Checked } from './arguments.js';
import type { NativeMeasure } from './binding.js';
import type { Borrowed, EmbeddingsSource } from './embeddings.js';
import { HackfaceError } from './errors.js';
import type { JobOptions } from './job.js';
import { type MetricOptions, metricOf, openMetric, readMetric } from './metric-options.js';
import { Model, modelDistances, readModel } from './model.js';
import { metricDistances, type PairIndices } from './score-pairs.js';
import { type NormOptions, normalizedName, requireNorm } from './score-norm.js';
import type { SidesOptions } from './sides.js';

/** A metric, or a model in its place: loaded, or its file. */
export interface Measure extends MetricOptions, NormOptions {
  model?: Model | string | undefined;
}

/** Rejects options of a measure that contradict each other (`EOPTION`). */
export function requireOneMeasure(options: Measure): void {
  requireNorm(options);
  if (options.model === undefined) return;
  for (const name of ['metric', 'center', 'normalize', 'reference', 'onUndefined'] as const) {
    if (options[name] === undefined) continue;
    throw new HackfaceError('EOPTION', 'usage', {
      found: `${name} beside a model`,
      expected: 'a model, or a metric and how its rows are prepared',
      hint: `Leave out model or ${name}`,
    });
  }
}

/** Scorers whose distances are negative log-likelihood ratios. */
const RATIO_SCORERS = ['plda', 'htplda'];

/** Rejects log-likelihood ratios asked of a measure that gives none (`EOPTION`). */
export function requireRatios(model: Model | undefined): void {
  if (model !== undefined && RATIO_SCORERS.includes(model.scorer)) return;
  throw new HackfaceError('EOPTION', 'usage', {
    found: `ratios of ${model === undefined ? 'a metric' : `a model with the scorer ${model.scorer}`}`,
    expected: 'log-likelihood ratios: a model of PLDA, or scores that are such ratios',
    hint: 'Distances have no Cllr: fit a model such as plda or ln-plda, or leave out ratios',
  });
}

/** Opens the files of a measure. The function returned reads them. */
export function openMeasure(
  options: Checked<Measure & JobOptions>,
  borrowed: Borrowed,
): () => Promise<NativeMeasure> {
  const { model } = options;
  if (model !== undefined) return async () => Model.measure(await loaded(model));
  const metric = openMetric(options, borrowed);
  return () => readMetric(metric, options);
}

/** Distances of pairs of rows, in the order of the pairs. */
export async function measureDistances(
  source: EmbeddingsSource,
  pairs: PairIndices,
  options: Checked<Measure & SidesOptions & JobOptions>,
): Promise<Float64Array> {
  const { model } = options;
  if (model === undefined) return metricDistances(source, pairs, options);
  return modelDistances(await loaded(model), source, pairs, options);
}

/** Name of a measure in results: the metric as given or the pipeline of a model, and the normalisation. */
export function measureName(options: Measure & { model?: Model | undefined }): string {
  const { model } = options;
  return normalizedName(options, model === undefined ? metricOf(options) : modelName(model));
}

/** Name of a model in results: its pipeline, or its scorer if the card has none. */
export function modelName({ card, scorer }: Model): string {
  return card.pipeline ?? scorer;
}

/** The model of an argument: reads the file if it is a path. */
export async function loaded<M extends Model | undefined>(model: M | string): Promise<M | Model> {
  return typeof model === 'string' ? readModel(model) : model;
}
