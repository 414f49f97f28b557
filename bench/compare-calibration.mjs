// Affine and isotonic maps against scikit-learn; Cllr and its minimum against lir, where it is installed.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runPeer } from './python.mjs';
import { uniform } from './random.mjs';
import { table } from './table.mjs';

const PEER = join(import.meta.dirname, 'peers', 'calibration.py');
const CASES = 60;
const BOUNDS = { affine: 1e-6, isotonic: 1e-6, Cllr: 1e-12, minCllr: 1e-12 };

/** Prints the worst difference of each map; true when all are within their bounds. */
export async function compareCalibration(library, python, folder) {
  const random = uniform(17);
  const cases = Array.from({ length: CASES }, (_, number) => drawn(random, number));
  const file = join(folder, 'calibration.json');
  writeFileSync(file, JSON.stringify(cases));
  const expected = runPeer(python, PEER, [file]);
  const worst = { affine: 0, isotonic: 0, ...(expected[0].costs && { Cllr: 0, minCllr: 0 }) };
  const note = (name, found, wanted) => {
    worst[name] = Math.max(worst[name], Math.abs(found - wanted) / Math.max(1, Math.abs(wanted)));
  };
  for (const [number, { scores, same, prior }] of cases.entries()) {
    const [values, truth] = [Float64Array.from(scores), Uint8Array.from(same)];
    const { costs, ...maps } = expected[number];
    for (const [map, ratios] of Object.entries(maps)) {
      const options = { map, prior, orientation: 'similarity' };
      const { decision } = await library.calibrateScores(values, truth, options);
      ratios.forEach((ratio, pair) => {
        const found = decision.judge(scores[pair]).llr;
        // A ratio beyond its bounds is the bound.
        if (ratio !== null && Math.abs(ratio) < leastBound(same)) note(map, found, ratio);
      });
    }
    if (costs === undefined) continue;
    const judged = { orientation: 'similarity', ratios: true };
    const found = await library.evaluate(Float64Array.from(maps.affine), truth, judged);
    note('Cllr', found.calibration.cllr, costs[0]);
    note('minCllr', found.calibration.minCllr, costs[1]);
  }
  const held = (name) => worst[name] <= BOUNDS[name];
  const rows = Object.entries(worst).map(([name, difference]) => [
    name,
    difference.toExponential(1),
    BOUNDS[name].toExponential(0),
    held(name) ? 'held' : 'FAILED',
  ]);
  console.log(`${CASES} cases against scikit-learn and lir, relative above 1:\n`);
  console.log(table(['map', 'worst', 'bound', ''], rows));
  return Object.keys(worst).every(held);
}

/** The bound of a ratio that is nearer to 0. */
function leastBound(same) {
  const genuine = same.filter((kind) => kind === 1).length;
  return Math.log(Math.min(genuine, same.length - genuine) + 1);
}

/** A case by its number: with ties or without, one kind rare, priors of all kinds; never separated. */
function drawn(random, number) {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const step = [0, 0.1, 0.5][number % 3];
  const share = number % 2 === 0 ? 0.1 : 0.5;
  const same = Array.from({ length: 100 + 20 * (number % 10) }, () => Number(random() < share));
  same.splice(0, 4, 1, 0, 1, 0);
  const scores = same.map((kind, pair) => {
    const score = pair < 4 ? (pair < 2 ? 2 : -2) : normal() + kind;
    return step > 0 ? Math.round(score / step) * step : score;
  });
  return { scores, same, prior: [0.01, 0.5, 0.8, 0.1][number % 4] };
}
