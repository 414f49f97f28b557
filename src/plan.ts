/** Numbers of people and images that a claim needs before an evaluation can show it. */
import { number, optional, readOptions, type Rules, text, confidence } from './arguments.js';
import type { NativePilot, NativePlanned } from './binding.js';
import { HackfaceError } from './errors.js';
import type { Comparison } from './evaluation/compare.js';
import type { Interval } from './evaluation/result.js';
import { findFigure, type FigureName, type Judgeable, largerIsBetter } from './gates/figure.js';
import { type Bound, parseBound } from './gates/judge.js';
import { requireComparison, requireDocument } from './gates/documents.js';
import { callNative, defined } from './native.js';

/** A claim to plan for, or a difference to find. */
export interface PlanRequest {
  /** Bound of a figure: `far<=1e-4`, `frr<=0.05`, `tar@far=1e-3>=0.9`, `rank-1>=0.95`. */
  claim?: string | undefined;
  /** Difference of two systems that is to be found, in the figure of `claim`. */
  detect?: number | undefined;
  /** Confidence of the claim, or 1 less the level of the test; default 0.95. */
  confidence?: number | undefined;
  /** Chance to show the claim if the figure is as expected, or to find the difference; default 0.8. */
  power?: number | undefined;
  /** Images of each person; default 2. */
  images?: number | undefined;
  /** Impostor comparisons that each two people give: 1 (default), 2 in either order, 4 with two fingers each. */
  eachTwo?: number | undefined;
  /** The figure that one expects; default that of the pilot, and half the claim for `far`. */
  expected?: number | undefined;
  /** Result of an evaluation or a search of few people. */
  pilot?: Judgeable | undefined;
  /** Comparison of two systems on the pairs of the pilot, for `detect`. */
  comparison?: Comparison | undefined;
}

/** One answer to how many. */
export interface PlanStep {
  /** `three` asks for no error, `thirty` for 30 errors, `pilot` follows the variance of the pilot. */
  rule: 'three' | 'thirty' | 'pilot';
  /** Condition under which the number is right, as a clause. */
  if: string;
  /** Comparisons; `null` for a pilot. */
  comparisons: number | null;
  people: number;
  images: number;
}

/** Numbers of people for a claim. */
export interface Plan {
  /** Version of this schema; a key may be added within a version, never taken away. */
  schema: 'hackface-plan/1';
  claim: string;
  confidence: number;
  power: number;
  detect: number | null;
  /** How many times as large the variance of the pilot is as that of as many independent comparisons. */
  designEffect: number | null;
  steps: PlanStep[];
  /** Reasons why there is no answer by the pilot, or none by a rule. */
  remarks: string[];
}

const PLAN_RULES: Rules<PlanRequest> = {
  claim: optional(text),
  detect: optional(number),
  confidence: optional(confidence),
  power: optional(confidence),
  images: optional(number),
  eachTwo: optional(number),
  expected: optional(number),
  pilot: optional(requireDocument),
  comparison: optional(requireComparison),
};

/** A claim as it is planned for; `far` and `frr` are rates at any threshold. */
type Claim = Omit<Bound, 'figure'> & { figure: FigureName | { text: 'far' | 'frr' } };

/**
 * Plans an evaluation: how many people and images it needs before its intervals can show a claim, or find a
 * difference.
 *
 * The rule of three counts comparisons without an error, ln(1 − confidence)/ln(1 − rate); the rule of 30 asks for 30
 * errors. Both hold for comparisons that share nobody: each person in one of them is the safe reading, each two
 * people independent of all others the optimistic one. A `pilot` gives the variance by identity, which is followed
 * to more people of the same kind; the images of each are to be as many as in the pilot.
 *
 * Errors: `EOPTION` for a claim that cannot be read or a number out of range. Cost: none to speak of.
 */
export function plan(request: PlanRequest): Plan {
  const settled = readOptions(request, PLAN_RULES, 'request');
  const { claim: given, confidence: sure = 0.95, power = 0.8, images = 2, eachTwo = 1 } = settled;
  const { detect, pilot } = settled;
  if (given === undefined) throw wrong('no claim', 'a bound, as far<=1e-4', 'claim');
  if (!(Number.isInteger(images) && images >= 1)) {
    throw wrong(`${images} images of each person`, 'a whole number from 1', 'images');
  }
  if (detect !== undefined && !(detect > 0)) {
    throw wrong(`the difference ${detect}`, 'a number above 0', 'detect');
  }
  const claim = readClaim(given);
  const remarks: string[] = [];
  const basis =
    pilot &&
    (detect === undefined
      ? basisOf(claim, settled, pilot, remarks)
      : differenceOf(claim, settled, pilot, remarks));
  const rate = errorRate(claim);
  const aside = basis?.expected !== undefined && !keeps(claim, basis.expected);
  const planned = callNative((native) =>
    native.planPeople(
      defined({
        ...(detect === undefined && rate !== undefined && { rate }),
        confidence: sure,
        power,
        eachTwo,
        pilot: aside ? undefined : basis?.pilot,
        ...(detect === undefined
          ? { bound: claim.bound, expected: basis?.expected }
          : { difference: detect }),
      }),
    ),
  );
  const followed = detect === undefined ? planned.shown : planned.detected;
  if (basis !== undefined && followed === undefined) {
    remarks.push(
      'no number of people is enough: the expected figure is not on the side of the claim',
    );
  }
  if (detect !== undefined && pilot === undefined) {
    remarks.push(
      'a difference needs a pilot: the variance of what both systems do on the same people',
    );
  } else if (rate === undefined && pilot === undefined) {
    remarks.push(`${claim.figure.text} needs a pilot: the rules count errors of a rate`);
  }
  const perImage = Math.max(images, isFar(claim) ? 1 : 2);
  const steps = [
    ...(detect === undefined ? byRules(claim, planned, perImage) : []),
    ...(followed === undefined || basis === undefined
      ? []
      : [byPilot(followed, basis.if, perImage)]),
  ];
  return {
    schema: 'hackface-plan/1',
    claim: `${claim.figure.text}${claim.relation}${claim.bound}`,
    confidence: sure,
    power,
    detect: detect ?? null,
    designEffect: basis?.designEffect ?? null,
    steps,
    remarks,
  };
}

function wrong(found: string, expected: string, option: string): HackfaceError {
  return new HackfaceError('EOPTION', 'usage', { found, expected, option });
}

function readClaim(text: string): Claim {
  const [, name = '', rest = ''] = /^\s*(far|frr)\s*([<>]=.*)$/i.exec(text) ?? [];
  if (name === '') return parseBound(text, 'claim');
  const { relation, bound } = parseBound(`eer${rest}`, 'claim', text);
  return { figure: { text: name.toLowerCase() as 'far' | 'frr' }, relation, bound };
}

/** True for a value that a claim allows with room. */
function keeps({ relation, bound }: Claim, value: number): boolean {
  return relation === '<=' ? value < bound : value > bound;
}

const isFar = ({ figure }: Claim) => /^far\b/.test(figure.text);

/** The bound as the rate of an error that one comparison makes; `undefined` where the figure is no such rate. */
function errorRate({ figure, relation, bound }: Claim): number | undefined {
  const better = 'key' in figure && largerIsBetter(figure) ? '>=' : '<=';
  const counted = /^(far|frr|tar|tpir|fnir|rank)\b/.test(figure.text);
  if (!counted || relation !== better) return undefined;
  return better === '>=' ? 1 - bound : bound;
}

/** Steps by the rules of three and of 30, the safe reading first. */
function byRules(claim: Claim, planned: NativePlanned, images: number): PlanStep[] {
  const { three, thirty, peopleForThree, peopleForThirty } = planned;
  const rules = [
    ['three', three, peopleForThree],
    ['thirty', thirty, peopleForThirty],
  ] as const;
  return rules.flatMap(([rule, comparisons, ofPairs]) => {
    if (comparisons === undefined || ofPairs === undefined) return [];
    const step = (condition: string, people: number): PlanStep => {
      return { rule, if: condition, comparisons, people, images: people * images };
    };
    if (!isFar(claim)) {
      const safe = step('each person counts once', comparisons);
      const pairs = (images * (images - 1)) / 2;
      const hopeful = 'the pairs of images of a person are independent (optimistic)';
      return pairs > 1 ? [safe, step(hopeful, Math.ceil(comparisons / pairs))] : [safe];
    }
    return [
      step('each person is in one comparison', 2 * comparisons),
      step('comparisons of each two people are independent (optimistic)', ofPairs),
    ];
  });
}

function byPilot(people: number, condition: string, images: number): PlanStep {
  return { rule: 'pilot', if: condition, comparisons: null, people, images: people * images };
}

interface Basis {
  pilot: NativePilot;
  expected: number | undefined;
  designEffect: number | null;
  if: string;
}

/** The variance of the claimed figure in the pilot, at the value that one expects. */
function basisOf(
  claim: Claim,
  { expected: given }: PlanRequest,
  pilot: Judgeable,
  remarks: string[],
): Basis | undefined {
  const { value, interval, comparisons } = ofPilot(claim, pilot);
  const people = pilot.identities;
  const variance = interval?.variance;
  if (value === null || !variance || people === null || value <= 0 || value >= 1) {
    const none =
      value === 0 || value === 1 ? `is ${value}: no error was met` : 'has no variance by identity';
    remarks.push(`${claim.figure.text} of the pilot ${none}, so only the rules can answer`);
    return undefined;
  }
  const expected = given ?? ('key' in claim.figure ? value : claim.bound / 2);
  const { byPeople, byPairs, people: carriers } = variance;
  const chance = comparisons === null ? null : (value * (1 - value)) / comparisons;
  const isRate = interval.method.includes('Wilson');
  // Impostor comparisons are of two people each, so what is chance in them is in the part of pairs.
  const byChance = isFar(claim) ? 0 : (chance ?? 0);
  return {
    pilot: { people, value, isRate, carriers, byPeople, byPairs, byChance },
    expected,
    designEffect: chance && (byPeople + byPairs) / chance,
    if: `${claim.figure.text} is ${round(expected)}, and people are as the ${people} of the pilot`,
  };
}

/** The figure of the pilot, and the comparisons that it is a rate of. */
function ofPilot(
  claim: Claim,
  pilot: Judgeable,
): { value: number | null; interval: Interval | null; comparisons: number | null } {
  const evaluation = pilot.schema === 'hackface-evaluation/1' ? pilot : undefined;
  const comparisons = evaluation?.[isFar(claim) ? 'impostors' : 'genuine'] ?? null;
  const { figure } = claim;
  if ('key' in figure) {
    const rate = /^(far|frr|tar)\b/.test(figure.text);
    return { ...findFigure(pilot, figure), comparisons: rate ? comparisons : null };
  }
  const of = figure.text === 'far' ? 'far' : 'tar';
  const at = (evaluation?.accuracyAt ?? []).map((one) => ({
    value: one[of],
    interval: one[`${of}Interval`],
  }));
  const chosen = (evaluation?.tarAtFar ?? []).map((one) =>
    of === 'far'
      ? { value: one.achievedFar, interval: one.achievedFarInterval }
      : { value: one.tar, interval: one.tarInterval },
  );
  const error = (value: number | null) => (value === null ? 0 : of === 'far' ? value : 1 - value);
  const met = [...at, ...chosen].filter(({ value }) => error(value) > 0);
  const away = ({ value }: { value: number | null }) =>
    Math.abs(Math.log(error(value) / claim.bound));
  const [nearest] = met.sort((a, b) => away(a) - away(b));
  const found = nearest ?? { value: null, interval: null };
  const value = found.value === null ? null : error(found.value);
  return { value, interval: found.interval, comparisons };
}

/** The variance of the difference of two systems in the pilot. */
function differenceOf(
  claim: Claim,
  { comparison }: PlanRequest,
  pilot: Judgeable,
  remarks: string[],
): Basis | undefined {
  const people = pilot.identities;
  const paired = comparison && differenceIn(comparison, claim.figure.text);
  const single = paired ? undefined : ofPilot(claim, pilot).interval;
  const variance = paired ? paired.interval.variance : single?.variance;
  if (!variance || people === null) {
    remarks.push(`${claim.figure.text} of the pilot has no variance by identity`);
    return undefined;
  }
  // Two systems on other people have twice the variance of one.
  const times = paired ? 1 : 2;
  const { byPeople, byPairs, people: carriers } = variance;
  const how = paired
    ? 'both systems are tried on the same people'
    : 'each system is tried on people of its own (a comparison of two as pilot needs fewer)';
  return {
    pilot: {
      people,
      value: 0,
      isRate: false,
      carriers,
      byPeople: times * byPeople,
      byPairs: times * byPairs,
      byChance: 0,
    },
    expected: undefined,
    designEffect: null,
    if: how,
  };
}

function differenceIn({ auroc, eer, tarAtFar }: Comparison, figure: string) {
  if (figure === 'auroc') return auroc;
  if (figure === 'eer') return eer;
  return tarAtFar.find(({ far }) => figure === `tar@far=${far}` || figure === `frr@far=${far}`);
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
