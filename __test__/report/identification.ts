/** Identifications to draw, made by hand. */
import type { Identification } from '../../src/evaluation/identification.js';

const interval = (low: number, high: number) => ({
  low,
  high,
  level: 0.95,
  method: 'identity influence',
  variance: null,
});

/** Both kinds of probes, ties, and a rate that they cannot resolve. */
export function identified(name = 'cosine'): Identification {
  return {
    schema: 'hackface-identification/1',
    subject: { gallery: 'faces/gallery.npy', probes: 'faces/probes.npy', metric: name },
    ignored: { class: '-1', probes: 2, rows: 30 },
    probes: 160,
    mated: 120,
    nonMated: 40,
    identities: 90,
    closedSet: {
      identities: 70,
      rankRates: [
        { rank: 1, rate: 0.5, interval: interval(0.4, 0.6), expected: 0.625 },
        { rank: 5, rate: 0.75, interval: interval(0.65, 0.83), expected: 0.75 },
      ],
      cmc: { rank: [1, 2, 9], rate: [0.5, 0.75, 1], expected: [0.625, 0.75, 1] },
      medianRank: 1.5,
      meanReciprocalRank: { value: 0.66, interval: interval(0.6, 0.72) },
      averagePrecision: 'at-hits',
      meanAveragePrecision: { value: 0.61, interval: interval(0.55, 0.67) },
      meanInverseNegativePenalty: { value: 0.37, interval: interval(0.31, 0.43) },
      rPrecision: { value: 0.52, interval: interval(0.45, 0.59) },
      mapAtR: { value: 0.48, interval: null },
    },
    openSet: {
      identities: 20,
      rank: 1,
      convention: 'at-most',
      leastFpir: 0.025,
      tpirAtFpir: [
        {
          fpir: 0.003,
          threshold: null,
          achievedFpir: null,
          achievedFpirInterval: null,
          tpir: null,
          tpirInterval: null,
          falsePositives: null,
          resolution: 'unresolved',
        },
        {
          fpir: 0.1,
          threshold: 0.41,
          achievedFpir: 0.075,
          achievedFpirInterval: interval(0.02, 0.2),
          tpir: 0.4,
          tpirInterval: interval(0.3, 0.5),
          falsePositives: 3,
          resolution: 'unstable',
        },
      ],
      curve: {
        threshold: [0.1, 0.2, 0.41, 0.7],
        fpir: [0, 0, 0.075, 1],
        tpir: [0, 0.3, 0.4, 0.5],
      },
    },
    warnings: [{ code: 'few-non-mated', text: '40 non-mated probes cannot resolve it' }],
    undefinedBecause: {
      'closedSet.mapAtR.interval': 'no variance',
      'openSet.tpirAtFpir.0.tpir': '40 non-mated probes cannot resolve it',
    },
  };
}

/** Probes of which each has a mate. */
export function closedOnly(): Identification {
  const because = 'it takes probes without a mate';
  return {
    ...identified(),
    mated: 160,
    nonMated: 0,
    openSet: null,
    undefinedBecause: { openSet: because },
  };
}

/** Probes of which none has a mate. */
export function strangersOnly(): Identification {
  return {
    ...closedOnly(),
    mated: 0,
    nonMated: 160,
    closedSet: null,
    undefinedBecause: { closedSet: 'no probe has a mate', openSet: 'no probe has a mate' },
  };
}
