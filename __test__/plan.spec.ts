/** Plans: published numbers of test subjects, pilots, and differences. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareScores, evaluate, type Plan, plan } from 'hackface-native';
import { draw } from './gates/worlds.js';

const people = ({ steps }: Plan, rule: string) =>
  steps.filter((step) => step.rule === rule).map((step) => step.people);

test('published numbers of test subjects come out', () => {
  // biometricITC/cPP-biometrics, issue 306: 246 subjects for 1 in 10,000 at 95 %, 174 in either order.
  const claim = 'far<=1e-4';
  const [safe, optimistic] = people(plan({ claim }), 'three');
  assert.deepEqual([safe, optimistic], [2 * 29_956, 246]);
  assert.equal(people(plan({ claim, eachTwo: 2 }), 'three')[1], 174);
  // FIDO Biometrics Requirements: 123 subjects with two fingers each, 195 for 1 in 25,000.
  assert.equal(people(plan({ claim, eachTwo: 4 }), 'three')[1], 123);
  assert.equal(people(plan({ claim: 'far<=4e-5', eachTwo: 4 }), 'three')[1], 195);
  // Doddington: 30 errors at 1 % want 3,000 trials.
  const frr = plan({ claim: 'frr<=0.01' });
  assert.equal(frr.steps.find(({ rule }) => rule === 'thirty')?.comparisons, 3000);
  assert.deepEqual(people(frr, 'three'), [299]);
  assert.equal(frr.steps[0]?.images, 598);
  // The same claim by what is right.
  assert.deepEqual(people(plan({ claim: 'tar@far=0.001>=0.99' }), 'three'), [299]);
  assert.deepEqual(people(plan({ claim: 'rank-1>=0.99', images: 4 }), 'three'), [299, 50]);
});

test('a pilot is followed to more people, and a difference is found with more', async () => {
  const { scores, same, people: who } = draw(60, 3, 5);
  const asked = { people: who, atFar: [0.1, 0.01] };
  const pilot = await evaluate(scores[0], same, asked);
  const eer = pilot.eer.value ?? 0;
  const near = people(plan({ claim: `eer<=${1.1 * eer}`, pilot }), 'pilot')[0] ?? 0;
  const far = people(plan({ claim: `eer<=${1.4 * eer}`, pilot }), 'pilot')[0] ?? 0;
  assert.ok(far > 10 && far < near / 4, `${far} and ${near}`);
  const below = plan({ claim: `eer<=${0.9 * eer}`, pilot, expected: 0.95 * eer });
  assert.deepEqual(people(below, 'pilot'), []);
  assert.match(below.remarks.join(), /not on the side/);
  const rate = plan({ claim: 'far<=0.02', pilot });
  assert.ok((rate.designEffect ?? 0) > 1);
  assert.match(rate.steps.at(-1)?.if ?? '', /far is 0\.01, and people are as the 60/);

  const comparison = await compareScores(scores[0], scores[1], same, asked);
  const claim = `eer<=${eer}`;
  const paired = people(plan({ claim, pilot, comparison, detect: 0.01 }), 'pilot')[0] ?? 0;
  const apart = people(plan({ claim, pilot, detect: 0.01 }), 'pilot')[0] ?? 0;
  assert.ok(paired < apart / 2, `${paired} and ${apart}`);
  // Twice the power of the variance, by hand: n = 60 (z σ/d)².
  const { standardError } = comparison.eer;
  const byHand = 60 * ((2.8 * standardError) / 0.01) ** 2;
  assert.ok(Math.abs(paired / byHand - 1) < 0.15, `${paired} and ${byHand}`);
  assert.match(plan({ claim, detect: 0.01 }).remarks.join(), /needs a pilot/);
  assert.match(plan({ claim: 'eer<=0.1' }).remarks.join(), /eer needs a pilot/);
});

test('a plan holds: claims that are true by a margin are mostly shown', async () => {
  const known = await evaluate(...whole(200));
  const truth = known.eer.value ?? 0;
  const claim = `eer<=${1.35 * truth}`;
  const { judge } = await import('hackface-native');
  let shown = 0;
  for (let seed = 0; seed < 15; seed += 1) {
    const small = draw(45, 2, 300 + seed);
    const pilot = await evaluate(small.scores[0], small.same, { people: small.people, atFar: [] });
    const size = people(plan({ claim, pilot, expected: truth, images: 2 }), 'pilot')[0] ?? 0;
    const { scores, same, people: who } = draw(Math.max(40, Math.min(size, 120)), 2, 600 + seed);
    const found = await evaluate(scores[0], same, { people: who, level: 0.9, atFar: [] });
    shown += Number(judge(found, { require: [claim] }).answer === 'met');
  }
  assert.ok(shown >= 7, `${shown} of 15, where 12 are wanted`);
});

function whole(count: number): Parameters<typeof evaluate> {
  const { scores, same, people: who } = draw(count, 2, 9);
  return [scores[0], same, { people: who, atFar: [] }];
}

test('what cannot be planned is refused', () => {
  const refused = (request: Parameters<typeof plan>[0]) =>
    assert.throws(() => plan(request), { code: 'EOPTION' });
  refused({});
  refused({ claim: 'far' });
  refused({ claim: 'nothing<=1' });
  refused({ claim: 'far<=2' });
  refused({ claim: 'far<=0.1', confidence: 2 });
  refused({ claim: 'far<=0.1', images: 0.5 });
  refused({ claim: 'far<=0.1', eachTwo: 0 });
  refused({ claim: 'far<=0.1', detect: 0 });
});
