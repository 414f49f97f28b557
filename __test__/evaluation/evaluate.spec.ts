// The library's judgement of scores: against naive twins, and what it says of the list itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  auroc,
  compareScores,
  type Evaluation,
  eer,
  evaluate,
  HackfaceError,
  roc,
} from 'hackface-native';
import { randomNumbers } from '../support/random.js';
import { crowd } from './crowd.js';

const random = randomNumbers(17);

/** Every number of an evaluation is finite, and every `null` has a reason. */
function requireDefined(evaluation: Evaluation): void {
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'number') assert.ok(Number.isFinite(value), path);
    if (value === null && !/^worst\./.test(path)) {
      assert.ok(path in evaluation.undefinedBecause, `no reason for ${path}`);
    }
    if (typeof value !== 'object' || value === null) return;
    // An interval by another method has no variance by identity; its method says so.
    const { method, variance, ...rest } = value as { method?: string; variance?: unknown };
    if (variance === null) assert.doesNotMatch(String(method), /identity influence/, path);
    else if (variance !== undefined) walk(variance, `${path}.variance`);
    for (const [key, inner] of Object.entries(rest)) walk(inner, path ? `${path}.${key}` : key);
  };
  const { undefinedBecause, ...figures } = evaluation;
  walk(figures, '');
}

test('every measure is that of its definition', async () => {
  const { scores, same } = crowd(random, 20, 4);
  const found = await evaluate(scores, same, { atFar: [0.1], partialFar: [0.2], priors: [0.1] });
  requireDefined(found);
  const of = (kind: number) => scores.filter((_, pair) => same[pair] === kind);
  const [genuine, impostors] = [of(1), of(0)];
  assert.deepEqual([found.genuine, found.impostors], [genuine.length, impostors.length]);
  let wins = 0;
  for (const g of genuine) for (const h of impostors) wins += g < h ? 1 : g === h ? 0.5 : 0;
  assert.ok(
    Math.abs((found.auroc.value as number) - wins / genuine.length / impostors.length) < 1e-12,
  );
  const share = (list: Float64Array, t: number) => list.filter((s) => s <= t).length / list.length;
  const [at] = found.tarAtFar;
  assert.ok(at && at.threshold !== null);
  assert.equal(at.achievedFar, share(impostors, at.threshold));
  assert.equal(at.tar, share(genuine, at.threshold));
  const tars = [...scores].filter((t) => share(impostors, t) <= 0.1).map((t) => share(genuine, t));
  assert.equal(at.tar, Math.max(...tars));
  const right = (t: number) =>
    (genuine.length * share(genuine, t) + impostors.length * (1 - share(impostors, t))) /
    same.length;
  const best = Math.max(...[...scores].map(right));
  assert.ok(Math.abs(found.accuracy.best - best) < 1e-12);
  assert.ok(Math.abs(right(found.accuracy.threshold) - best) < 1e-12);
  assert.equal(
    found.histogram.genuine.reduce((a, b) => a + b),
    genuine.length,
  );
  assert.equal(found.worst.falseAccepts[0]?.value, Math.min(...impostors));
  assert.equal(found.worst.falseRejects[0]?.value, Math.max(...genuine));
  assert.deepEqual(
    found.warnings.map(({ code }) => code),
    ['pairs-independent'],
  );
  assert.match(found.auroc.interval?.method as string, /DeLong, pairs taken as independent/);
});

test('identities make intervals wider, and threads change nothing', async () => {
  const { scores, same, people } = crowd(random, 30, 4);
  const width = ({ auroc: { interval } }: Evaluation) =>
    (interval?.high as number) - (interval?.low as number);
  const alone = await evaluate(scores, same);
  const known = await evaluate(scores, same, { people, atFar: [0.1] });
  requireDefined(known);
  assert.equal(known.identities, 30);
  assert.ok(width(known) > 1.5 * width(alone), `${width(known)} and ${width(alone)}`);
  const { tar, tarLow, tarHigh } = known.curve;
  for (const [point, value] of tar.entries()) {
    assert.ok((tarLow?.[point] as number) <= value && value <= (tarHigh?.[point] as number));
  }
  const options = { people, bootstrap: 100, folds: 5, atFar: [0.1] };
  const one = await evaluate(scores, same, { ...options, threads: 1 });
  assert.equal(one.auroc.interval?.method, 'identity bootstrap (100)');
  assert.equal(one.folds?.accuracies.length, 5);
  for (const threads of [2, 7]) {
    assert.deepEqual(await evaluate(scores, same, { ...options, threads }), one);
  }
  const narrow = Float32Array.from(scores);
  const wide = Float64Array.from(narrow);
  assert.deepEqual(await evaluate(narrow, same), await evaluate(wide, same));
});

test('a list that gives itself away is told', async () => {
  const codes = (evaluation: Evaluation) => evaluation.warnings.map(({ code }) => code);
  const scores = Float64Array.of(1, 2, 3, 4, 5, 6);
  const same = Uint8Array.of(1, 1, 1, 0, 0, 0);
  // Rows 0, 1, 2 close a triangle; 3–4 comes twice.
  const pairs = {
    index1: Uint32Array.of(0, 1, 0, 0, 3, 4),
    index2: Uint32Array.of(1, 2, 2, 3, 4, 3),
  };
  const leaky = await evaluate(scores, same, { pairs, atFar: [] });
  assert.deepEqual(codes(leaky), [
    ...['repeated-pairs', 'closed-loops', 'identities-from-pairs'],
    ...['few-people', 'concentrated'],
  ]);
  assert.equal(leaky.identities, 3);
  assert.deepEqual(
    leaky.worst.falseAccepts.map(({ pair, index1, index2 }) => [pair, index1, index2])[0],
    [3, 0, 3],
  );
  // The repetition now contradicts the first.
  const wrong = await evaluate(scores, Uint8Array.of(1, 1, 1, 0, 0, 1), { pairs, atFar: [] });
  assert.ok(codes(wrong).includes('contradicting-truth'));
  assert.equal(wrong.identities, null);
});

test('groups share thresholds, and ratios compare them', async () => {
  const scores = Float64Array.from({ length: 400 }, (_, i) => (i % 100) / 100);
  const same = Uint8Array.from({ length: 400 }, (_, i) => (i < 200 ? 1 : 0));
  const groups = { of: Uint32Array.from(scores, (_, i) => i % 2), names: ['a', 'b'] };
  const found = await evaluate(scores, same, { groups, atFar: [0.5] });
  requireDefined(found);
  const [at] = found.tarAtFar;
  for (const [number, group] of found.groups.entries()) {
    assert.deepEqual([group.group, group.genuine, group.impostors], ['ab'[number], 100, 100]);
    const mine = (kind: number) =>
      [...scores].filter((_, i) => i % 2 === number && same[i] === kind);
    const accepted = mine(0).filter((s) => s <= (at?.threshold as number)).length / 100;
    assert.equal(group.at[0]?.groupFar, accepted);
  }
  const [ratio] = found.groupRatios;
  const fars = found.groups.map((group) => group.at[0]?.groupFar as number);
  assert.equal(ratio?.farRatio, Math.max(...fars) / Math.min(...fars));
});

test('two metrics on the same pairs', async () => {
  const { scores, same, people } = crowd(random, 40, 4);
  const worse = scores.map((score) => score + random() * 3);
  const found = await compareScores(scores, worse, same, { people, atFar: [0.1] });
  assert.ok(found.auroc.interval.low > 0 && (found.auroc.p as number) < 0.01);
  assert.equal(found.auroc.interval.method, 'paired identity influence');
  const [a, b] = [
    await auroc(scores, same, { orientation: 'distance' }),
    await auroc(worse, same, { orientation: 'distance' }),
  ];
  assert.ok(Math.abs(found.auroc.value - (a - b)) < 1e-15);
  const itself = await compareScores(scores, scores, same);
  assert.deepEqual([itself.auroc.value, itself.auroc.p], [0, null]);
});

test('roc and eer', async () => {
  const scores = Float64Array.of(1, 2, 3, 4);
  const same = Uint8Array.of(1, 0, 1, 0);
  const curve = await roc(scores, same, { orientation: 'distance' });
  assert.deepEqual([...curve.far], [0, 0, 0.5, 0.5, 1]);
  assert.deepEqual([...curve.tar], [0, 0.5, 0.5, 1, 1]);
  assert.deepEqual([...curve.threshold].slice(1), [1, 2, 3, 4]);
  assert.ok([...curve.farDeviate, ...curve.frrDeviate].every(Number.isFinite));
  const rate = await eer(scores, same, { orientation: 'distance' });
  assert.deepEqual([rate.value, rate.nearest, rate.threshold], [0.5, 0.5, 2]);
  const flipped = await evaluate(Float64Array.of(4, 3, 2, 1), Uint8Array.of(1, 1, 0, 0));
  assert.ok(flipped.warnings.some(({ code }) => code === 'sign-flipped'));
  assert.equal(flipped.eer.value, 1);
});

test('what cannot be judged is refused with its place', async () => {
  const refused = (code: string, row?: number) => (error: unknown) => {
    assert.ok(error instanceof HackfaceError, String(error));
    assert.deepEqual([error.code, error.row], [code, row]);
    return true;
  };
  const scores = Float64Array.of(1, 2, 3);
  const same = Uint8Array.of(1, 0, 1);
  const infinite = Float64Array.of(1, Number.POSITIVE_INFINITY, 3);
  await assert.rejects(evaluate(infinite, same), refused('ENOTFINITE', 1));
  await assert.rejects(evaluate(scores, Uint8Array.of(1, 1, 1)), refused('EONECLASS'));
  await assert.rejects(evaluate(scores, same, { atFar: [0] }), refused('EOPTION'));
  await assert.rejects(evaluate(scores, same, { bootstrap: 10 }), refused('EOPTION'));
  await assert.rejects(
    evaluate(scores, same, { folds: Uint32Array.of(0, 1) }),
    refused('EDIMENSION'),
  );
  const people = { first: Uint32Array.of(0, 0, 1), second: Uint32Array.of(0, 0, 1) };
  await assert.rejects(evaluate(scores, same, { people }), refused('EDOMAIN', 1));
  await assert.rejects(evaluate(scores, same, { ids: ['a'] }), refused('EDIMENSION'));
  const shared = new Float64Array(new SharedArrayBuffer(24));
  await assert.rejects(evaluate(shared, same), refused('EARGUMENT'));
});

test('an abort stops a bootstrap at once, and arrays are copied', async () => {
  const { scores, same, people } = crowd(random, 60, 6);
  const controller = new AbortController();
  const long = evaluate(scores, same, { people, bootstrap: 100_000, signal: controller.signal });
  setTimeout(() => controller.abort(), 50);
  const started = performance.now();
  await assert.rejects(long, { name: 'AbortError' });
  assert.ok(performance.now() - started < 1000);
  const area = await auroc(scores, same, { orientation: 'distance' });
  const call = evaluate(scores, same, { people });
  scores.fill(0);
  people.first.fill(0);
  assert.equal((await call).auroc.value, area);
});

test('a level asks for shorter or longer intervals, and no other is one', async () => {
  const scores = Float64Array.from({ length: 400 }, (_, i) => ((i * 37) % 101) / 101 + i / 400);
  const same = Uint8Array.from({ length: 400 }, (_, i) => (i < 200 ? 1 : 0));
  const width = async (level: number) => {
    const { auroc, tarAtFar } = await evaluate(scores, same, { level, atFar: [0.1] });
    assert.deepEqual([auroc.interval?.level, tarAtFar[0]?.tarInterval?.level], [level, level]);
    return (auroc.interval?.high ?? 0) - (auroc.interval?.low ?? 0);
  };
  const widths = [await width(0.8), await width(0.95), await width(0.99)];
  assert.ok((widths[0] as number) > 0);
  assert.deepEqual(
    widths,
    widths.toSorted((a, b) => a - b),
  );
  for (const level of [0, 1, -0.5, 95]) {
    await assert.rejects(evaluate(scores, same, { level }), { code: 'EOPTION' });
  }
  for (const far of [0, 1e308, -1]) {
    await assert.rejects(compareScores(scores, scores, same, { atFar: [far] }), {
      code: 'EOPTION',
    });
  }
});
