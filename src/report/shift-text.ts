/** How far test rows are from train rows, in words a person can act on. */
import type { DomainShift } from '../audit.js';

/** AUROC of the domain classifier below which two sets are alike, and from which they are apart. */
const ALIKE = 0.6;
const APART = 0.8;

/** One line for each figure, the one that sums them up first. */
export function shiftText(shift: DomainShift): string[] {
  const { auroc, meanDistance, largestRatio, bound, directions } = shift;
  const { normDistance, normRatios, cosineMean, cosineDeviation, hubness } = shift;
  const [low, , median] = normRatios as [number, number, number];
  const pairs = (side: 'train' | 'target') =>
    `${cosineMean[side].toFixed(3)} ± ${cosineDeviation[side].toFixed(3)}`;
  const wider =
    directions === 0
      ? `no direction varies more in test than chance allows: ${largestRatio.toFixed(1)} times at most, chance ${bound.toFixed(1)}`
      : `${directions} ${directions === 1 ? 'direction varies' : 'directions vary'} more in test than chance allows: up to ` +
        `${largestRatio.toFixed(1)} times, chance ${bound.toFixed(1)}; a model fitted with a target adapts to that`;
  return [
    `a plane tells test rows from train rows with AUROC ${auroc.toFixed(3)}: ${verdict(shift)}`,
    wider,
    `the mean of test is off by ${(100 * meanDistance).toFixed(1)} % of the variance of train`,
    `norms in test are ${median.toFixed(2)} times as long (median), the shortest ${low.toFixed(2)} times; ` +
      `distance of the distributions ${normDistance.toFixed(2)}`,
    `cosine of random rows: ${pairs('train')} in train, ${pairs('target')} in test` +
      (moved(shift) ? '; a threshold from train will not hold' : ''),
    `hubness: ${hubness.train.toFixed(1)} in train, ${hubness.target.toFixed(1)} in test`,
  ];
}

function verdict({ auroc, directions }: DomainShift): string {
  if (auroc >= APART) return 'another domain, where figures of train do not hold';
  if (auroc >= ALIKE) return 'somewhat apart, so figures of train are optimistic';
  return directions > 0 ? 'alike but for how they vary' : 'alike';
}

/** True if random test rows are as alike as few train rows are, or the other way round. */
function moved({ cosineMean, cosineDeviation }: DomainShift): boolean {
  const wider = cosineDeviation.target > 1.25 * cosineDeviation.train;
  return wider || Math.abs(cosineMean.target - cosineMean.train) > 0.5 * cosineDeviation.train;
}
