/** Gates: is a figure as good as it has to be, or no worse than before, as far as its interval can tell? */
import { confidence, list, readOptions, type Rules, optional, text } from '../arguments.js';
import { defaults } from '../defaults.js';
import { HackfaceError } from '../errors.js';
import type { Comparison } from '../evaluation/compare.js';
import type { Interval } from '../evaluation/result.js';
import { callNative, defined } from '../native.js';
import { quoteText } from '../printable.js';
import { requireComparison, requireDocument } from './documents.js';
import {
  type FigureName,
  findFigure,
  type Found,
  type Judgeable,
  largerIsBetter,
  parseFigure,
} from './figure.js';

/** Answer of a gate, or of several: the worst. */
export type GateAnswer = 'met' | 'not met' | 'cannot tell';

/** The answer of one gate. */
export interface GateResult {
  /** The gate, such as `eer<=0.05` or `eer by 0.01`. */
  gate: string;
  /** Name of the figure. */
  figure: string;
  answer: GateAnswer;
  /** The figure; of a gate on a baseline how much better it is than there, negative where worse. */
  value: number | null;
  /** Interval that was judged. */
  interval: Interval | null;
  /** The bound of the figure; of a gate on a baseline the negative of what it may be worse by. */
  bound: number;
  /** Direction of the bound. */
  relation: '<=' | '>=';
  /** Confidence of the one end of the interval that decides, such as 0.975; `null` without an interval. */
  confidence: number | null;
  /** Reason for the answer, as a sentence without its full stop. */
  because: string;
}

/** Answers of gates. */
export interface GateReport {
  /** Version of this schema; a key may be added within a version, never taken away. */
  schema: 'hackface-gates/1';
  /** The worst of all: one gate that is not met outweighs one that cannot be told. */
  answer: GateAnswer;
  gates: GateResult[];
}

/** Gates to judge. */
export interface GateOptions {
  /** Bounds, such as `eer<=0.05`, `tar@far=1e-3>=0.9`, `rank-1>=0.95`. */
  require?: readonly string[] | undefined;
  /** Figures that may be worse than in `baseline` by so much, such as `tar@far=1e-3 by 0.01`. */
  noWorse?: readonly string[] | undefined;
  /** The result to compare with, for `noWorse`. */
  baseline?: Judgeable | undefined;
  /** Comparison of the result with `baseline` on the same pairs, as {@link compareScores} makes it: narrower. */
  comparison?: Comparison | undefined;
  /** Level of the intervals that are judged, whatever that of the result; default 0.98. */
  level?: number | undefined;
}

const GATE_RULES: Rules<GateOptions> = {
  require: optional(list(text)),
  noWorse: optional(list(text)),
  baseline: optional(requireDocument),
  comparison: optional(requireComparison),
  level: optional(confidence),
};

/**
 * Judges gates on a result by the intervals in it: *met* where the whole interval is on the right side, *not
 * met* where all of it is on the wrong one, else *cannot tell*. Whatever the level of the result, the interval is that of
 * `level`, made by the same method from the variance that the result tells. A figure at its bound is called *met* as often as
 * one end misses: in 1 % at the default of 0.98, which keeps the chance below 5 % where few people differ much
 * (docs/gates.md has the simulation). An interval that cannot be trusted (fewer than 40 people, a variance that six people
 * carry, pairs taken as independent) tells nothing, nor does one that cannot be moved to the level (a bootstrap).
 *
 * Each gate is judged by itself, and all are met only where each is, so the chance to call all of them met while one
 * is at its bound is no larger (an intersection–union test: Berger, Technometrics 24 (1982)).
 *
 * Errors: `EOPTION` for a gate that cannot be read, or a figure that the result does not have.
 */
export function judge(result: Judgeable, options: GateOptions): GateReport {
  const settled = readOptions(options, GATE_RULES);
  const document = requireDocument(result, 'result');
  const { require: bounds = [], noWorse = [], baseline, comparison } = settled;
  const { level = defaults().gates.level } = settled;
  const required = bounds.map((gate) => judgeBound(document, parseBound(gate), level));
  const compared = noWorse.map((gate) => {
    const margin = parseMargin(gate);
    if (baseline === undefined) throw wrongGate(gate, 'a baseline to compare with', 'baseline');
    return judgeMargin({ result: document, baseline, comparison }, margin, level);
  });
  const gates = [...required, ...compared];
  return { schema: 'hackface-gates/1', answer: worst(gates), gates };
}

function worst(gates: readonly GateResult[]): GateAnswer {
  const answers = gates.map(({ answer }) => answer);
  if (answers.includes('not met')) return 'not met';
  return answers.includes('cannot tell') ? 'cannot tell' : 'met';
}

/** A bound of a figure. */
export interface Bound {
  figure: FigureName;
  relation: '<=' | '>=';
  bound: number;
}

/** Reads `FIGURE<=NUMBER` or `FIGURE>=NUMBER`; messages quote `shown`. Errors: `EOPTION`. */
export function parseBound(gate: string, option = 'require', shown = gate): Bound {
  const at = Math.max(gate.lastIndexOf('<='), gate.lastIndexOf('>='));
  const relation = gate.slice(at, at + 2);
  const [name, number] = [gate.slice(0, Math.max(at, 0)).trim(), gate.slice(at + 2).trim()];
  const bound = number === '' ? Number.NaN : Number(number);
  if (name === '' || !Number.isFinite(bound)) {
    throw wrongGate(shown, 'a figure, <= or >=, and a number, as eer<=0.05', option);
  }
  const figure = parseFigure(name, option);
  requirePossible(figure, bound, shown, option);
  return { figure, relation: relation as '<=' | '>=', bound };
}

interface Margin {
  figure: FigureName;
  margin: number;
}

/** Reads `FIGURE by NUMBER`. Errors: `EOPTION`. */
export function parseMargin(gate: string): Margin {
  const [, name = '', number = ''] = /^(.*\S)\s+by\s+(\S+)\s*$/.exec(gate) ?? [];
  const margin = number === '' ? Number.NaN : Number(number);
  if (!(margin >= 0) || margin === Number.POSITIVE_INFINITY) {
    throw wrongGate(
      gate,
      "a figure, 'by', and a number of at least 0, as 'eer by 0.01'",
      'noWorse',
    );
  }
  const figure = parseFigure(name, 'noWorse');
  requirePossible(figure, margin, gate, 'noWorse');
  return { figure, margin };
}

/** A bound that a figure cannot have is kept always or never, whatever was measured. Each but Cllr is a share. */
function requirePossible({ key }: FigureName, bound: number, gate: string, option: string): void {
  const [most, range] =
    key === 'cllr'
      ? [Number.POSITIVE_INFINITY, 'bits, at least 0']
      : [1, 'a share from 0 to 1, as 0.05 for 5 %'];
  if (bound < 0 || bound > most) throw wrongGate(gate, range, option);
}

function wrongGate(gate: string, expected: string, option: string): HackfaceError {
  const found = `the gate ${quoteText(gate)}`;
  return new HackfaceError('EOPTION', 'usage', { found, expected, option });
}

function judgeBound(
  result: Judgeable,
  { figure, relation, bound }: Bound,
  level: number,
): GateResult {
  const told = findFigure(result, figure);
  const found = atLevel(told, level);
  const gate = { gate: `${figure.text}${relation}${bound}`, figure: figure.text };
  return decided({ ...gate, relation, bound }, found, doubt(result, told) ?? fixed(told, found));
}

type Estimate = Pick<Found, 'value' | 'interval'>;

/** The figure with its interval at another level; without one where its method does not tell it. */
function atLevel<T extends Estimate>(figure: T, level: number): T {
  const { value, interval } = figure;
  if (value === null || interval === null || interval.level === level) return figure;
  const given = defined({ ...interval, variance: interval.variance ?? undefined });
  const ends = callNative((native) => native.intervalAtLevel(value, given, level));
  if (!ends) return { ...figure, interval: null };
  const [low, high] = ends as [number, number];
  return { ...figure, interval: { ...interval, low, high, level } };
}

/** The reason why an interval that was told is none at the level of the gate. */
function fixed({ interval }: Estimate, moved: Estimate): string | undefined {
  if (interval === null || moved.interval !== null) return undefined;
  return `its interval (${interval.method}) is of level ${interval.level}: option level makes one for gates`;
}

/** An answer from the interval, unless a doubt leaves none. */
function decided(
  gate: Pick<GateResult, 'gate' | 'figure' | 'relation' | 'bound'>,
  { value, interval }: Estimate,
  doubt: string | undefined,
): GateResult {
  const confidence = interval && (1 + interval.level) / 2;
  const result = { ...gate, value, interval, confidence };
  if (doubt !== undefined || interval === null) {
    return { ...result, answer: 'cannot tell', because: doubt ?? 'the figure has no interval' };
  }
  const { low, high, method } = interval;
  const least = gate.relation === '>=';
  const by = `its interval (${method})`;
  if (least ? low >= gate.bound : high <= gate.bound) {
    return { ...result, answer: 'met', because: `${by} lies on the right side of the bound` };
  }
  if (least ? high < gate.bound : low > gate.bound) {
    return { ...result, answer: 'not met', because: `${by} lies on the wrong side of the bound` };
  }
  return { ...result, answer: 'cannot tell', because: `${by} lies on both sides of the bound` };
}

/** Warnings that concern every interval of a result. */
const UNFIT = new Set(['few-people', 'pairs-independent']);

/** The reason why a figure or its interval cannot be judged. */
function doubt(result: Judgeable, { value, interval, path }: Found): string | undefined {
  const { warnings, undefinedBecause } = result;
  if (value === null) return reasonFor(undefinedBecause, path) ?? 'the figure is not defined';
  if (interval === null)
    return (
      reasonFor(undefinedBecause, `${path}.interval`) ??
      reasonFor(undefinedBecause, `${path}Interval`)
    );
  return unfit(warnings, interval, value > 0 && value < 1);
}

function reasonFor(reasons: Record<string, string>, path: string): string | undefined {
  return Object.hasOwn(reasons, path) ? reasons[path] : undefined;
}

/** At 0 or 1 an interval counts people as if each were all right or all wrong, which is safe. */
function unfit(
  warnings: Judgeable['warnings'],
  { variance }: Interval,
  inside: boolean,
): string | undefined {
  const of = warnings.find(({ code }) => UNFIT.has(code));
  if (of) return of.text;
  if (!inside || !variance || variance.people >= defaults().gates.carriers) return undefined;
  return `its variance comes from hardly more than ${Math.round(variance.people)} people`;
}

/** A result and what it is compared with. */
interface Runs {
  result: Judgeable;
  baseline: Judgeable;
  comparison: Comparison | undefined;
}

function judgeMargin(
  { result, baseline, comparison }: Runs,
  { figure, margin }: Margin,
  level: number,
): GateResult {
  const gate = {
    gate: `${figure.text} by ${margin}`,
    figure: figure.text,
    relation: '>=' as const,
    bound: -margin,
  };
  const paired = comparison && pairedDifference(comparison, figure);
  if (comparison && paired) {
    const told = largerIsBetter(figure) ? paired : negated(paired);
    const better = atLevel<Estimate>(told, level);
    const unsure = unfit(comparison.warnings, told.interval, true) ?? fixed(told, better);
    return decided(gate, better, unsure);
  }
  const told = [findFigure(result, figure), findFigure(baseline, figure)] as const;
  const [now, then] = [atLevel(told[0], level), atLevel(told[1], level)];
  const of = doubt(result, told[0]) ?? fixed(told[0], now);
  const before = doubt(baseline, told[1]) ?? fixed(told[1], then);
  const doubtful = of ?? (before && `baseline: ${before}`);
  if (
    doubtful !== undefined ||
    !now.interval ||
    !then.interval ||
    now.value === null ||
    then.value === null
  ) {
    const none = { value: null, interval: null };
    return decided(gate, none, doubtful ?? 'the figure or that of the baseline has no interval');
  }
  const ends = (of: Found) => [of.value, of.interval?.low, of.interval?.high] as number[];
  const [low, high] = callNative((native) => native.unpairedDifference(ends(now), ends(then))) as [
    number,
    number,
  ];
  const method = 'unpaired, from both intervals';
  const apart = {
    value: now.value - then.value,
    interval: { low, high, level, method, variance: null },
  };
  return decided(gate, largerIsBetter(figure) ? apart : negated(apart), undefined);
}

/** The difference of two systems on the same pairs, where the comparison has that figure. */
function pairedDifference(
  { auroc, eer, tarAtFar }: Comparison,
  { key, at }: FigureName,
): { value: number; interval: Interval } | undefined {
  if (key === 'auroc') return auroc;
  if (key === 'eer') return eer;
  const point = tarAtFar.find(({ far }) => far === at);
  if (key === 'tar@far') return point;
  return key === 'frr@far' && point ? negated(point) : undefined;
}

function negated({ value, interval }: { value: number; interval: Interval }) {
  const { low, high } = interval;
  // `0 -` has no −0.
  return { value: 0 - value, interval: { ...interval, low: 0 - high, high: 0 - low } };
}
