/** Evaluations to draw: figures by their definitions, from the values of a few pairs. */
import type { Evaluation, OperatingPoint } from '../../src/evaluation/result.js';
import { randomNumbers } from '../support/random.js';

/** Parameters of a case; distances. */
export interface Case {
  genuine: readonly number[];
  impostors: readonly number[];
  fars?: readonly number[];
  bins?: number;
}

const Z95 = 1.959964;

/** A plain evaluation: every threshold, every pair, no shortcut. */
export function evaluate({ genuine, impostors, fars = [0.1, 0.01], bins = 20 }: Case): Evaluation {
  const all = [...genuine, ...impostors];
  const thresholds = [...new Set(all)].sort((a, b) => a - b);
  const rate = (values: readonly number[], t: number) =>
    values.filter((value) => value <= t).length / values.length;
  const start = (thresholds[0] ?? 0) - 1;
  const points = [start, ...thresholds].map((t) => [t, rate(impostors, t), rate(genuine, t)]);
  const column = (i: number) => points.map((point) => point[i] as number);
  const [threshold, far, tar] = [column(0), column(1), column(2)];
  const band = (side: number) =>
    tar.map((t) => clamp(t + side * Z95 * Math.sqrt((t * (1 - t)) / genuine.length)));
  const crossing = far.findIndex((rate, i) => rate >= 1 - (tar[i] as number));
  const edges = binEdges(all, bins);
  const inBins = (values: readonly number[]) =>
    edges.slice(1).map((edge, i) => {
      const last = i === edges.length - 2;
      const low = edges[i] as number;
      return values.filter((v) => v >= low && (v < edge || (last && v <= edge))).length;
    });
  const best = Math.max(...far.map((f, i) => correct(genuine, impostors, f, tar[i] as number)));
  return {
    schema: 'hackface-evaluation/1',
    subject: { embeddings: 'faces/test_set.npy', metric: 'cosine' },
    orientation: 'distance',
    genuine: genuine.length,
    impostors: impostors.length,
    skipped: {},
    identities: null,
    auroc: { value: area(genuine, impostors), interval: null },
    aurocBound: 0,
    partialAuroc: [],
    eer: {
      value: ((far[crossing] as number) + 1 - (tar[crossing] as number)) / 2,
      interval: null,
      threshold: threshold[crossing] as number,
    },
    eerBy: { hull: null, nearest: null },
    tarAtFar: fars.map((asked) => operatingPoint(asked, impostors.length, threshold, far, tar)),
    accuracy: { best, threshold: threshold[crossing] as number },
    accuracyAt: [],
    folds: null,
    dPrime: null,
    detectionCost: [],
    calibration: null,
    groups: [],
    groupRatios: [],
    menagerie: null,
    quality: null,
    curve: { threshold, far, tar, tarLow: band(-1), tarHigh: band(1) },
    histogram: { edges, genuine: inBins(genuine), impostors: inBins(impostors) },
    worst: { falseAccepts: [], falseRejects: [] },
    warnings: [],
    undefinedBecause: { 'auroc.interval': 'identities are not known' },
  };
}

/** Values that overlap a little; the same in every run. */
export function overlapping(genuine = 200, impostors = 4000): Case {
  const next = randomNumbers(7);
  const normal = () => Array.from({ length: 12 }, next).reduce((sum, u) => sum + u, -6);
  return {
    genuine: Array.from({ length: genuine }, () => 0.5 + 0.09 * normal()),
    impostors: Array.from({ length: impostors }, () => 0.9 + 0.08 * normal()),
    fars: [0.1, 0.01, 0.001, 1e-5],
    bins: 60,
  };
}

/** An evaluation with every part that a report can show, and names that mean harm. */
export function full(hostile = '<b onload="x">&\'\u0000'): Evaluation {
  const plain = evaluate(overlapping());
  return {
    ...plain,
    subject: { embeddings: `data/${hostile}.npy`, model: 'plda.safetensors' },
    skipped: { 'rows of zeros': 3 },
    identities: 57,
    auroc: { ...plain.auroc, interval: interval(0.99, 0.9998) },
    partialAuroc: [{ far: 0.01, value: 0.973 }],
    eer: { ...plain.eer, interval: interval(0.004, 0.02) },
    accuracyAt: [
      {
        threshold: 0.7,
        accuracy: 0.99,
        far: 0.004,
        tar: 0.97,
        farInterval: null,
        tarInterval: null,
      },
    ],
    folds: {
      mean: 0.991,
      standardError: 0.002,
      accuracies: [0.99, 0.992],
      thresholds: [0.7, 0.71],
    },
    dPrime: 4.7,
    detectionCost: [
      { prior: 0.01, costMiss: 1, costFalseAccept: 1, minimum: 0.12, threshold: 0.66, actual: 0.2 },
    ],
    calibration: {
      cllr: 0.09,
      cllrInterval: interval(0.07, 0.12),
      minCllr: 0.05,
      reliability: [0.02, 0.2, 0.4, 0.6, 0.8, 0.97].map((predicted, i) => ({
        predicted,
        observed: predicted ** 1.2,
        pairs: [3800, 60, 30, 25, 40, 160][i] as number,
      })),
      bayesErrors: bayesErrors(),
    },
    menagerie: menagerie(hostile),
    quality: quality(),
    groups: [hostile, 'second'].map((group) => ({
      group,
      genuine: 40,
      impostors: 900,
      auroc: group === 'second' ? null : 0.993,
      aurocInterval: group === 'second' ? null : interval(0.98, 0.998),
      people: 20,
      acrossImpostors: 700,
      own: [],
      at: plain.tarAtFar.map(({ far }) => ({
        far,
        groupFar: far * 2,
        groupFarInterval: interval(far, far * 3),
        groupTar: 0.95,
        groupTarInterval: interval(0.9, 0.97),
        acrossFar: far / 2,
        acrossFarInterval: interval(far / 4, far),
      })),
    })),
    worst: {
      falseAccepts: [
        { pair: 3, id: hostile, index1: 12, index2: 99, value: 0.41, class1: 'ann', class2: 'bob' },
      ],
      falseRejects: [
        { pair: 8, id: 'p8', index1: 7, index2: 8, value: 0.93, class1: 'ann', class2: 'ann' },
      ],
    },
    warnings: [{ code: 'WFEW', text: `only 57 identities in ${hostile}` }],
    undefinedBecause: { 'groups.1.auroc': 'no genuine pair' },
  };
}

function bayesErrors() {
  const logOdds = Array.from({ length: 33 }, (_, i) => i / 2 - 8);
  const minimum = logOdds.map((x) => 0.6 - 0.4 * Math.exp(-x * x * 0.1));
  return {
    logOdds,
    minimum,
    actual: minimum.map((least, i) => least * (1 + i / 40)),
    falseAccepts: logOdds.map((_, i) => 8 * i),
    falseRejects: logOdds.map((_, i) => 200 - 6 * i),
  };
}

function menagerie(name: string) {
  const next = randomNumbers(8);
  const people = Array.from({ length: 57 }, next);
  const animal = (name: 'doves' | 'chameleons' | 'phantoms' | 'worms', people: number) => ({
    name,
    people,
    expected: 3.44,
    p: 0.3,
  });
  return {
    people: 57,
    genuineQuartiles: [0.62, 0.38],
    impostorQuartiles: [0.93, 0.87],
    animals: [
      animal('doves', 5),
      animal('chameleons', 3),
      animal('phantoms', 4),
      animal('worms', 2),
    ],
    members: {
      identity: people.map((_, i) => i),
      name: people.map(() => name),
      genuine: people.map((u) => 0.25 + u / 2),
      impostor: people.map(() => 0.84 + next() / 8),
      genuinePairs: people.map(() => 3),
      impostorPairs: people.map(() => 70),
    },
  };
}

function quality() {
  const parts = Array.from({ length: 10 }, (_, i) => i);
  return {
    discards: [0.1, 0.01].map((far) => {
      const frr = parts.map((i) => 0.002 / far - i / 900);
      return {
        far,
        threshold: 0.7,
        least: parts.map((i) => i / 10),
        discarded: parts.map((i) => i / 12),
        kept: parts.map((i) => 200 - 16 * i),
        frr,
        low: frr.map((rate) => rate / 2),
        high: frr.map((rate) => rate * 2),
      };
    }),
    bins: parts.map((i) => ({
      low: i / 10,
      mean: (i + 0.5) / 10,
      high: (i + 1) / 10,
      genuine: i === 0 ? 0 : 20,
      impostors: 400,
      genuineScores: i === 0 ? null : [0.5, 0.55, 0.6].map((score) => score - i / 50),
      impostorScores: [0.85, 0.9, 0.95],
    })),
  };
}

function operatingPoint(
  asked: number,
  impostors: number,
  threshold: readonly number[],
  far: readonly number[],
  tar: readonly number[],
): OperatingPoint {
  const at = far.findLastIndex((reached) => reached <= asked);
  const share = tar[at] as number;
  const expected = asked * impostors;
  return {
    far: asked,
    rule: 'at-most',
    threshold: threshold[at] as number,
    achievedFar: far[at] as number,
    achievedFarInterval: interval((far[at] as number) / 2, (far[at] as number) * 2),
    tar: share,
    tarInterval: interval(clamp(share - 0.03), clamp(share + 0.02)),
    falseAccepts: Math.round((far[at] as number) * impostors),
    resolution: expected < 1 ? 'unresolved' : expected < 30 ? 'unstable' : 'resolved',
  };
}

function interval(low: number, high: number) {
  return { low, high, level: 0.95, method: 'identity influence', variance: null };
}

function area(genuine: readonly number[], impostors: readonly number[]): number {
  let sum = 0;
  for (const g of genuine) for (const i of impostors) sum += g < i ? 1 : g === i ? 0.5 : 0;
  return sum / (genuine.length * impostors.length);
}

function correct(genuine: readonly number[], impostors: readonly number[], f: number, t: number) {
  return (t * genuine.length + (1 - f) * impostors.length) / (genuine.length + impostors.length);
}

function binEdges(values: readonly number[], bins: number): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return Array.from({ length: bins + 1 }, (_, i) => low + ((high - low) * i) / bins);
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
