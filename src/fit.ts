/** Fitting: learned metrics from labelled embeddings. */
import {
  flag,
  list,
  look,
  number,
  optional,
  readOptions,
  type Checked,
  type Rules,
  text,
  wholeNumber,
  confidence,
} from './arguments.js';
import type { NativeFitReport } from './binding.js';
import {
  CANDIDATE_RULES,
  type CandidateOptions,
  describePipelines,
  targetSource,
  type PipelineComparison,
} from './compare.js';
import {
  type Borrowed,
  borrowing,
  Embeddings,
  type EmbeddingsSource,
  type EmbeddingsStream,
  OPEN_RULES,
  type OpenOptions,
  requireStream,
} from './embeddings.js';
import { HackfaceError } from './errors.js';
import { describeHeldOut, type HeldOut } from './held-out.js';
import { JOB_RULES, type JobOptions, runJob } from './job.js';
import { isNearChance, modelCenterWarnings } from './plausible.js';
import { collect, isBatches } from './matrix-data.js';
import { copyCenter, meanOf } from './metric-options.js';
import { decodeModel, type Model } from './model.js';
import { callNative, defined } from './native.js';
import type { Warning } from './warning.js';
import { readTraining, TRAINING_RULES, type TrainingRows, withClassName } from './training-rows.js';
import { counted } from './counted.js';
import { ofStatistics, type StatsSource, statsBytes, statsName, statsSource } from './stats.js';
import { stopwatch } from './stopwatch.js';

/** Request of a fit. */
export interface FitRequest extends CandidateOptions, TrainingRows, OpenOptions, JobOptions {
  /** The embeddings, n × d, or batches of them. */
  embeddings: EmbeddingsStream;
  /**
   * A pipeline such as `center, pca(64), wccn, cosine`, the name of a preset, or `auto`, which takes what
   * {@link compare} chooses; default `auto`.
   */
  pipeline?: string | undefined;
  /**
   * Vector that the first `center` of the pipeline subtracts, which becomes `center(given)`: d numbers,
   * or a `.npy` file of one row or more (their mean). Default `train`: the mean that the step names.
   */
  center?: string | readonly number[] | Float64Array | undefined;
  /**
   * Unlabelled rows of the domain that will be scored, for pipelines with `adapt` or `coral`, and for `auto`,
   * which adapts to a shift beyond chance: the model is then transductive. With `false` no target is
   * opened, and neither a pipeline that needs one nor a
   * center of a file is accepted.
   */
  target?: EmbeddingsSource | false | undefined;
  /**
   * Share of the classes held out to judge a model of the others on, in (0, 1); default none. The choice of
   * `auto` does not see them either.
   */
  holdout?: number | undefined;
  /** Level of the intervals of the hold-out, between 0 and 1; default 0.95. */
  level?: number | undefined;
  /**
   * True if the model is fitted again, on everyone, once one of the others is judged; default true.
   * Otherwise the model returned is the judged one, which lacks the people held out.
   */
  refit?: boolean | undefined;
  /**
   * Seed that selects the held-out classes, deals people into folds for `auto`, and into the halves that the
   * shift of a target is held to; default 0.
   */
  seed?: number | undefined;
}

const FIT_RULES: Rules<FitRequest> = {
  ...TRAINING_RULES,
  ...OPEN_RULES,
  ...JOB_RULES,
  ...CANDIDATE_RULES,
  embeddings: requireStream,
  pipeline: optional(text),
  center: optional(copyCenter),
  target: optional(targetSource),
  holdout: optional(number),
  level: optional(confidence),
  refit: optional(flag),
  seed: optional(wholeNumber()),
};

/** Request of a fit to statistics. */
export interface StatsFitRequest extends JobOptions {
  /** Statistics of all rows, as {@link mergeStats} makes them: those of each round, in their order. */
  stats: readonly StatsSource[];
  /** The pipeline; default that of the last statistics. */
  pipeline?: string | undefined;
  /** The seed that the card of the model names; default 0. Nothing is drawn. */
  seed?: number | undefined;
}

const STATS_FIT_RULES: Rules<StatsFitRequest> = {
  ...JOB_RULES,
  stats: list(statsSource),
  pipeline: optional(text),
  seed: optional(wholeNumber()),
};

/** Result of {@link fit}. */
export interface FitResult {
  model: Model;
  /** Rows that the model learned from. */
  rows: number;
  /** Classes with rows; 0 without labels. */
  classes: number;
  /** Classes with one row. */
  singletons: number;
  /** Rows left out because they are not finite. */
  skipped: number;
  /** Passes over the rows, those for the judged model included. */
  passes: number;
  /** Values that the fit chose or computed: dimensions, shrinkage, condition numbers. */
  decisions: { step: string; name: string; value: number }[];
  /** Log-likelihood before the first iteration of EM and after each; empty without EM. */
  logLikelihood: number[];
  /**
   * True if EM ended because an iteration gained no more than the step's `tolerance` for each value, false
   * if its `iterations` ran out; `null` without EM.
   */
  converged: boolean | null;
  /** True if the model, or the decision not to adapt it, depends on rows of the target. */
  transductive: boolean;
  /** Figures on held-out people; `null` without a hold-out. */
  heldOut: HeldOut | null;
  /** The comparison behind the pipeline; `null` where one was named, and where there are too few rows. */
  comparison: PipelineComparison | null;
  /** Why `auto` took this pipeline, in one paragraph; `null` where one was named. */
  reason: string | null;
  /** What to know before trusting the model. */
  warnings: Warning[];
  /** Whole time of the call. */
  seconds: number;
}

/** The default pipeline of {@link fit}: the one that {@link compare} chooses. */
export const DEFAULT_PIPELINE = 'auto';

/**
 * Writes a pipeline in full, with every choice spelled out. With `center` it is the pipeline of a fit
 * with that `center`. Errors: `EMETRIC` for a pipeline that cannot be parsed; `EOPTION` if it does not
 * accept the center.
 */
export function explainPipeline(
  pipeline: string,
  options: Pick<FitRequest, 'center'> = {},
): string {
  text(pipeline, 'pipeline');
  const { center } = readOptions(options, EXPLAIN_RULES);
  const centered = center === undefined ? undefined : center !== 'train';
  return spelledOut(pipeline, centered);
}

function spelledOut(pipeline: string, centered: boolean | undefined): string {
  return callNative((native) => native.explainPipeline(pipeline, centered));
}

const EXPLAIN_RULES: Rules<Pick<FitRequest, 'center'>> = { center: optional(copyCenter) };

function isOfStats(request: FitRequest | StatsFitRequest): request is StatsFitRequest {
  return look(request, 'stats').stats !== undefined;
}

async function fitStats(request: StatsFitRequest, elapsed: () => number): Promise<FitResult> {
  const settled = readOptions(request, STATS_FIT_RULES, 'request');
  const { pipeline, seed } = settled;
  const files = await Promise.all(settled.stats.map(statsBytes));
  const report = await runJob(settled, (native, job) =>
    native.fitStats(files, settled.stats.map(statsName('stats')), defined({ pipeline, seed }), job),
  ).catch((error: unknown) => {
    throw ofStatistics(error);
  });
  return {
    ...reported(report),
    heldOut: null,
    comparison: null,
    reason: null,
    warnings: [...report.warnings, ...unjudged(report.classes, false)],
    seconds: elapsed(),
  };
}

/** The facts that a fit tells of its model. */
function reported(report: NativeFitReport) {
  const { rows, classes, singletons, skipped, passes, decisions, logLikelihood } = report;
  return {
    model: decodeModel(report.model),
    ...{ rows, classes, singletons, skipped, passes, decisions, logLikelihood },
    converged: report.converged ?? null,
    transductive: report.transductive,
  };
}

/**
 * Learns a metric from labelled embeddings, in one streaming pass over them for most pipelines.
 *
 * With `holdout` a model of the other classes is judged, beside cosine, on those held out; no person
 * is on both sides. The model returned is then fitted on everyone, as without `holdout`, or with
 * `refit: false` is the judged one. With `stats` the sums of {@link stats} stand for the rows; the model has the
 * same bytes, and where they lack a pass `EOPTION` says so. Errors: those of {@link openEmbeddings} and
 * {@link readLabels}, `EMETRIC`, `EOPTION`, `EONECLASS`, `ESINGULAR`, `ENOTFINITE`. Cost: n·d²/2
 * multiply-adds for the pass and O(d³) for the decompositions; d² numbers a thread and d a class.
 */
export async function fit(request: FitRequest | StatsFitRequest): Promise<FitResult> {
  const elapsed = stopwatch();
  if (isOfStats(request)) return fitStats(request, elapsed);
  const settled = readOptions(request, FIT_RULES, 'request');
  const { pipeline = DEFAULT_PIPELINE, center = 'train' } = settled;
  const { holdout, refit, seed, level, maxPerClass, skipInvalid } = settled;
  const auto = pipeline === DEFAULT_PIPELINE;
  if (auto) checkAuto(settled);
  // Rejects a pipeline that does not accept the center before anything is read.
  else spelledOut(pipeline, center !== 'train');
  const adapts = auto || callNative((native) => native.usesTarget(pipeline));
  const target = checkTarget(settled, adapts);
  const { embeddings: stream } = settled;
  const source = isBatches(stream) ? await collect(stream, 'embeddings') : stream;
  return borrowing(settled, async (borrowed) => {
    const embeddings = borrowed.open(source);
    const { classes, subset } = await readTraining(settled, embeddings);
    const candidates = settled.candidates && [...settled.candidates];
    const choice = { candidates, folds: settled.folds };
    const adaptedTo = target === undefined ? undefined : borrowed.open(target);
    const vector = center === 'train' ? undefined : await centerVector(center, borrowed, settled);
    const options = { holdout, refit, seed, level, maxPerClass, skipInvalid };
    const {
      fit: report,
      comparison,
      reason,
    } = await runJob(settled, async (native, job) => {
      const rows = Embeddings.native(embeddings);
      const other = adaptedTo && Embeddings.native(adaptedTo);
      if (auto) {
        const asked = defined({ ...options, ...choice, subset });
        return native.fitChosen(rows, other, classes?.ofRow, asked, job);
      }
      const asked = defined({ ...options, subset, pipeline, centerVector: vector });
      const fit: NativeFitReport = await native.fit(rows, other, classes?.ofRow, asked, job);
      return { fit, comparison: undefined, reason: undefined };
    }).catch((error: unknown) => {
      throw withClassName(error, classes, subset);
    });
    const heldOut = report.heldOut ? describeHeldOut(report.heldOut) : null;
    const judged = heldOut !== null || comparison !== undefined || reason !== undefined;
    const warnings = [
      ...(classes?.warnings ?? []),
      ...report.warnings,
      ...modelCenterWarnings(center, source),
      ...targetWarnings(settled, report.transductive, auto),
      ...(classes ? judgementWarnings(report.classes, heldOut, judged) : []),
    ];
    return {
      ...reported(report),
      classes: classes ? report.classes : 0,
      singletons: classes ? report.singletons : 0,
      heldOut,
      comparison: comparison ? describePipelines(comparison) : null,
      reason: reason ?? null,
      warnings,
      seconds: elapsed(),
    };
  });
}

/** The target to open: `undefined` where the pipeline does not ask for one. Opens nothing. */
function checkTarget(
  { target, center = 'train' }: Checked<FitRequest>,
  adapts: boolean,
): EmbeddingsSource | undefined {
  if (target === false && typeof center === 'string' && center !== 'train') {
    throw new HackfaceError('EOPTION', 'usage', {
      found: 'a center of a file without a target',
      expected: 'no use of other rows',
      advice: {
        text: 'take the mean of the rows that are learned from',
        option: 'center',
        value: 'train',
      },
    });
  }
  return adapts && target !== false ? target : undefined;
}

function targetWarnings(
  { target }: Checked<FitRequest>,
  transductive: boolean,
  auto: boolean,
): Warning[] {
  if (target === undefined || target === false) return [];
  if (transductive) {
    const text =
      'the model is transductive: it uses the mean and covariance of the rows of option target. Rules of ' +
      'a benchmark may forbid it; say so beside its figures';
    return [{ code: 'transductive-target', text }];
  }
  // The reason of `auto` says why it did not look.
  if (auto) return [];
  const text = 'option target has no effect: the pipeline has neither adapt nor coral';
  return [{ code: 'target-unused', text }];
}

/** Refuses what `auto` cannot take into account. */
function checkAuto({ labels, center = 'train' }: Checked<FitRequest>): void {
  if (labels === undefined) {
    throw new HackfaceError('EOPTION', 'usage', {
      found: 'auto without labels',
      expected: 'labels, to hold people out',
      hint: 'Give labels, or name a pipeline that needs none: pca, whiten',
    });
  }
  if (center !== 'train') {
    throw new HackfaceError('EOPTION', 'usage', {
      found: 'auto with a center',
      expected: 'a pipeline that begins with center',
      advice: { text: 'name it', option: 'pipeline' },
    });
  }
}

/** A model of fewer people is worse than cosine too often to go unjudged. */
const FEW_PEOPLE = 40;

/** A remark on a model that nothing has judged; `holds`: the fit can hold people out. */
function unjudged(people: number, holds: boolean): Warning[] {
  if (people >= FEW_PEOPLE) return [];
  const of = people === 0 ? 'rows without labels' : counted(people, 'person');
  const text =
    `a model of ${of} may well be worse than cosine, and nothing has judged it: ` +
    `${holds ? 'set people aside with option holdout, or ' : ''}compare it with cosine on pairs of other people`;
  return [{ code: 'few-people-unjudged', text }];
}

function judgementWarnings(people: number, heldOut: HeldOut | null, judged: boolean): Warning[] {
  if (heldOut === null) return judged ? [] : unjudged(people, true);
  if (!isNearChance(heldOut.model.auroc) || !isNearChance(heldOut.cosine.auroc)) return [];
  const text =
    'neither the model nor cosine tells the people held out apart: is option labels in the order of ' +
    'the rows of option embeddings?';
  return [{ code: 'labels-near-chance', text }];
}

async function centerVector(
  center: string | readonly number[] | Float64Array,
  borrowed: Borrowed,
  options: Checked<JobOptions>,
): Promise<number[]> {
  return Array.from(
    typeof center === 'string' ? await meanOf(borrowed.open(center), options) : center,
  );
}
