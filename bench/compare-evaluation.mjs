// Every measure that scikit-learn has, on random cases with ties, one-sided, tiny and skewed.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runPeer } from './python.mjs';
import { uniform } from './random.mjs';
import { table } from './table.mjs';

const PEER = join(import.meta.dirname, 'peers', 'evaluation.py');
const CASES = 500;
const BOUND = 1e-12;

/** Prints the worst difference of each measure; true when all are within the bound. */
export async function compareEvaluation(library, python, folder) {
  const random = uniform(4);
  const cases = Array.from({ length: CASES }, (_, number) => drawn(random, number));
  const file = join(folder, 'cases.json');
  writeFileSync(file, JSON.stringify(cases));
  const expected = runPeer(python, PEER, [file]);
  const worst = new Map();
  for (const [number, { scores, same }] of cases.entries()) {
    const found = await measure(library, Float64Array.from(scores), Uint8Array.from(same));
    for (const [name, value] of Object.entries(found)) {
      const difference = apart(value, expected[number][name]);
      if (!(difference <= (worst.get(name)?.difference ?? -1))) {
        worst.set(name, { difference, number });
      }
    }
  }
  const rows = [...worst].map(([name, { difference, number }]) => [
    name,
    difference.toExponential(1),
    `${number}`,
    difference <= BOUND ? 'held' : 'FAILED',
  ]);
  console.log(`${CASES} cases against scikit-learn, bound ${BOUND}, relative above 1:\n`);
  console.log(table(['measure', 'worst', 'case', ''], rows));
  return [...worst.values()].every(({ difference }) => difference <= BOUND);
}

/** A case by its number: few values or many, few pairs or many, one kind rare, well or ill told apart. */
function drawn(random, number) {
  const pairs = number % 7 === 0 ? 2 + (number % 5) : 20 + Math.floor(random() * 400);
  const share = number % 3 === 0 ? 0.03 : 0.5;
  const gap = [0, 0.5, 3, 20][number % 4];
  const step = [0, 0.25, 1][number % 3];
  const same = Array.from({ length: pairs }, () => Number(random() < share));
  same[0] = 1;
  same[1] = 0;
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const scores = same.map((kind) => {
    const score = normal() + gap * kind;
    return step > 0 ? Math.round(score / step) * step : score;
  });
  return { scores, same };
}

async function measure(library, scores, same) {
  const options = { orientation: 'similarity', atFar: [0.1], partialFar: [0.1], ratios: true };
  const found = await library.evaluate(scores, same, { ...options, priors: [0.01, 0.5] });
  const curve = await library.roc(scores, same, { orientation: 'similarity' });
  return {
    auroc: found.auroc.value,
    partial: found.partialAuroc[0].value,
    far: [...curve.far],
    tar: [...curve.tar],
    costs: found.detectionCost.map((cost) => cost.minimum),
    dPrime: found.dPrime,
    cllr: found.calibration.cllr,
    minCllr: found.calibration.minCllr,
  };
}

function apart(found, expected) {
  if (Array.isArray(expected)) {
    if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
    return Math.max(...expected.map((value, at) => apart(found[at], value)));
  }
  if (found === null || expected === null) return found === expected ? 0 : Number.POSITIVE_INFINITY;
  return Math.abs(found - expected) / Math.max(1, Math.abs(expected));
}
