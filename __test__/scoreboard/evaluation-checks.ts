/** X09: what may be judged, and what it comes to. */
import assert from 'node:assert/strict';
import { randomNumbers } from '../support/random.js';
import type { Bench } from './bench.js';
import type { Check } from './check.js';

async function areas(bench: Bench): Promise<void> {
  const area = async (scores: ArrayLike<number>, same: ArrayLike<number>) =>
    bench.host.call('auroc', Float64Array.from(scores), Uint8Array.from(same), {
      orientation: 'similarity',
    });
  const is = async (scores: ArrayLike<number>, same: ArrayLike<number>, right: number) => {
    const answer = await area(scores, same);
    assert.equal(answer.error, undefined, answer.error?.message);
    assert.equal(answer.value, right);
  };
  // All tied; the example of scikit-learn's documentation; perfect, and perfectly wrong.
  await is([3, 3, 3, 3], [0, 1, 0, 1], 0.5);
  await is([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], 0.75);
  await is([1, 2, 3, 4], [0, 0, 1, 1], 1);
  await is([1, 2, 3, 4], [1, 1, 0, 0], 0);
  await is([-0, 0], [0, 1], 0.5);
  const random = randomNumbers(9);
  const scores = Array.from({ length: 5000 }, () => Math.floor(random() * 300));
  const same = scores.map((score) => (random() * 300 < score ? 1 : 0));
  const first = await area(scores, same);
  const order = scores.map((_, i) => i).sort(() => random() - 0.5);
  await is(
    order.map((i) => scores[i] as number),
    order.map((i) => same[i] as number),
    first.value as number,
  );
  let doubled = 0;
  const of = (kind: number) => scores.filter((_, i) => same[i] === kind);
  for (const g of of(1)) for (const h of of(0)) doubled += g > h ? 2 : g === h ? 1 : 0;
  assert.equal(first.value, doubled / (2 * of(1).length * of(0).length));
  const refusals: [number[], number[], string, number | undefined][] = [
    [[1, 2], [1, 1], 'EONECLASS', undefined],
    [[1, 2], [0, 0], 'EONECLASS', undefined],
    [[1, Number.NaN, 2], [0, 1, 1], 'ENOTFINITE', 1],
    [[1, 2, Number.NEGATIVE_INFINITY], [0, 1, 1], 'ENOTFINITE', 2],
  ];
  for (const call of ['auroc', 'evaluate', 'eer', 'roc']) {
    for (const [values, truth, code, row] of refusals) {
      const given = [Float64Array.from(values), Uint8Array.from(truth)];
      const { error } = await bench.host.call(call, ...given, { orientation: 'distance' });
      assert.deepEqual([error?.code, error?.row], [code, row], `${call} of ${values}`);
    }
  }
}

export const evaluationChecks: Check[] = [
  { id: 'X09', title: 'AUROC: ties, known vectors, shuffled, one class, NaN', run: areas },
];
