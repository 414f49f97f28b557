/** Identifications as text. */
import type {
  AveragePrecision,
  Identification,
  IdentificationPoint,
} from '../evaluation/identification.js';
import type { Interval } from '../evaluation/result.js';
import { figure, indented, levelOf, range, rate, row, table, within } from './figures.js';
import { counted } from '../counted.js';

/** An identification as a few lines. */
export function describeIdentification(identification: Identification): string[] {
  const { subject, probes, identities, mated, nonMated, closedSet, openSet, undefinedBecause } =
    identification;
  const { ignored } = identification;
  const lines = [
    `${Object.values(subject).filter(Boolean).join(', ')}: ${counted(probes, 'probe')} of ${counted(identities, 'person')}, ${mated} with a mate and ${nonMated} without`,
  ];
  if (ignored) {
    const { class: name, probes: left, rows } = ignored;
    lines.push(row('left out', `${left} probes and ${rows} gallery rows of class ${name}`));
  }
  if (closedSet) {
    for (const { rank, rate: share, interval, expected } of closedSet.rankRates) {
      const ties = expected === share ? '' : `${rate(expected)} with ties in random order`;
      lines.push(row(`rank ${rank}`, rate(share), within(interval), ties));
    }
    const named = (
      name: string,
      of: { value: number | null; interval: Interval | null },
      note = '',
    ) => row(name, rate(of.value), within(of.interval), note);
    lines.push(
      named('MRR', closedSet.meanReciprocalRank),
      named('mAP', closedSet.meanAveragePrecision, areaOf(closedSet)),
      named('mINP', closedSet.meanInverseNegativePenalty),
      named('R-precision', closedSet.rPrecision),
      named('MAP@R', closedSet.mapAtR),
      row('median', `rank ${figure(closedSet.medianRank)}`),
    );
  } else {
    lines.push(row('closed set', '–', undefinedBecause.closedSet ?? ''));
  }
  if (!openSet) lines.push(row('open set', '–', undefinedBecause.openSet ?? ''));
  else if (openSet.tpirAtFpir.length > 0) lines.push(...indented(openTable(openSet.tpirAtFpir)));
  return lines;
}

/** The rule for the average precision, where it is not the usual one. */
function areaOf({ averagePrecision }: { averagePrecision: AveragePrecision }): string {
  return averagePrecision === 'trapezoid' ? 'by trapezoids, as Market-1501' : '';
}

function openTable(points: readonly IdentificationPoint[]): string[] {
  const level = levelOf(points.flatMap((at) => [at.achievedFpirInterval, at.tpirInterval]));
  const heading = ['FPIR', 'threshold', 'reached', level, 'TPIR', level, 'false positives', ''];
  const cells = points.map((at) => [
    String(at.fpir),
    figure(at.threshold),
    rate(at.achievedFpir),
    range(at.achievedFpirInterval),
    rate(at.tpir),
    range(at.tpirInterval),
    at.falsePositives === null ? '–' : String(at.falsePositives),
    at.resolution === 'resolved' ? '' : at.resolution,
  ]);
  return table([heading, ...cells]);
}
