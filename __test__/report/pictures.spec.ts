// Pictures for experts: numbers in the SVG against the pairs themselves, and the slider against the library.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Evaluation, evaluate, type PlotKind, writePlot, writeReport } from 'hackface-native';
import { FRAME } from '#dist/report/chart.js';
import { temporaryFolder } from '../support/folder.js';
import { normals, randomNumbers } from '../support/random.js';
import { corners, type Node, ofClass, parseXml, walk } from './xml.js';

const folder = temporaryFolder();
const PEOPLE = 24;

/** Ratios of pairs of a few people, who differ; half of the pairs have been seen well. */
function world(orientation: 'distance' | 'similarity') {
  const random = randomNumbers(5);
  const normal = normals(random);
  const of = Array.from({ length: PEOPLE }, normal);
  const sign = orientation === 'distance' ? -1 : 1;
  const [scores, same, first, second, quality] = [0, 1, 2, 3, 4].map((): number[] => []) as [
    number[],
    number[],
    number[],
    number[],
    number[],
  ];
  for (let pair = 0; pair < 900; pair += 1) {
    const a = Math.floor(random() * PEOPLE);
    const b = pair % 3 === 0 ? a : (a + 1 + Math.floor(random() * (PEOPLE - 1))) % PEOPLE;
    const seen = Math.floor(random() * 25) / 4;
    const ratio =
      (a === b ? 1 : -2) + (of[a] as number) + (a === b ? 0.4 * seen : 0) + 2 * normal();
    scores.push(sign * (Math.round(ratio * 50) / 50));
    same.push(Number(a === b));
    first.push(a);
    second.push(b);
    quality.push(seen);
  }
  return { scores, same, first, second, quality };
}

async function judged(orientation: 'distance' | 'similarity') {
  const { scores, same, first, second, quality } = world(orientation);
  const evaluation = await evaluate(Float64Array.from(scores), Uint8Array.from(same), {
    orientation,
    ratios: true,
    atFar: [0.1, 0.01],
    priors: [0.01, 0.5],
    people: { first: Uint32Array.from(first), second: Uint32Array.from(second) },
    names: Array.from({ length: PEOPLE }, (_, i) => `person ${i}`),
    quality: Float64Array.from(quality),
  });
  return { evaluation, scores, same, first, second, quality };
}

async function draw(evaluation: Evaluation, kind: PlotKind): Promise<Node> {
  const path = join(folder, `${kind}.svg`);
  await writePlot(evaluation, path, { force: true });
  return parseXml(readFileSync(path, 'utf8'));
}

/** Where a place between the ends of both axes is in the view box. */
function pixel(x: number, y: number): [number, number] {
  const { width, height, left, right, top, bottom } = FRAME;
  return [left + x * (width - left - right), height - bottom - y * (height - top - bottom)];
}

const linesOf = (svg: Node, colour: string) =>
  ofClass(svg, 'line')
    .filter(({ name, attributes }) => name === 'path' && attributes.class?.split(' ')[1] === colour)
    .map(({ attributes }) => corners(attributes.d as string));

const near = (a: number, b: number, what: string) =>
  assert.ok(Math.abs(a - b) < 0.02, `${what}: ${a} where ${b} is right`);

for (const orientation of ['distance', 'similarity'] as const) {
  test(`a Tippett plot counts pairs at each ratio, ${orientation}`, async () => {
    const { evaluation, scores, same } = await judged(orientation);
    const svg = await draw(evaluation, 'tippett');
    const ratio = scores.map((score) => (orientation === 'distance' ? -score : score));
    const share = (kind: number, x: number) => {
      const of = ratio.filter((_, i) => same[i] === kind);
      return of.filter((value) => value >= x).length / of.length;
    };
    // The marks stand at a ratio of 0, and tell the scale of x with the ends of the axis.
    const marks = ofClass(svg, 'mark').map(({ attributes }) => Number(attributes.cy));
    near(marks[0] as number, pixel(0, share(1, 0) / 1.02)[1], 'genuine at 0');
    near(marks[1] as number, pixel(0, share(0, 0) / 1.02)[1], 'impostors at 0');
    const ticks = ofClass(svg, 'tick').filter(
      (node) => node.attributes['text-anchor'] === 'middle',
    );
    const places = ticks.map(({ text, attributes }) => [
      Number(text.replace('−', '-')),
      Number(attributes.x),
    ]);
    const zero = places.find(([value]) => value === 0)?.[1] as number;
    const [value = 1, place = 0] = places.find(([value]) => value !== 0) ?? [];
    const unit = (place - zero) / value;
    for (const [kind, colour] of [
      [1, 'c0'],
      [0, 'c1'],
    ] as const) {
      const [line = []] = linesOf(svg, colour);
      let seen = 0;
      // Between two corners of one height the share is that of every ratio in between.
      for (const [i, [x, y]] of line.entries()) {
        const next = line[i + 1];
        if (!next || next[1] !== y || x - next[0] < 1) continue;
        const middle = ((x + next[0]) / 2 - zero) / unit;
        const off = Math.abs(y - pixel(0, share(kind, middle) / 1.02)[1]);
        // Curves are thinned to steps of a 256th.
        assert.ok(off < 272 / 256 + 0.1, `${off} at ${middle}`);
        seen += 1;
      }
      assert.ok(seen > 20, `${seen} steps`);
    }
  });

  test(`Bayes error rates are those of counting errors at each prior, ${orientation}`, async () => {
    const { evaluation, scores, same } = await judged(orientation);
    const svg = await draw(evaluation, 'nber');
    const ratio = scores.map((score) => (orientation === 'distance' ? -score : score));
    const rates = (threshold: number) => {
      const error = (kind: number) => {
        const of = ratio.filter((_, i) => same[i] === kind);
        return of.filter((value) => value >= threshold !== (kind === 1)).length / of.length;
      };
      return [error(1), error(0)] as const;
    };
    const thresholds = [...new Set([...ratio, Number.POSITIVE_INFINITY])].map(rates);
    const [actual = []] = linesOf(svg, 'c0');
    const [least = []] = linesOf(svg, 'c2');
    const worst = Math.max(...(evaluation.calibration?.bayesErrors.actual ?? []));
    const top = Math.min(2, Math.max(1.1, worst * 1.05));
    assert.deepEqual([actual.length, least.length], [129, 129]);
    for (let k = 0; k < 129; k += 8) {
      const logOdds = -8 + k / 8;
      const prior = 1 / (1 + Math.exp(-logOdds));
      const cost = ([frr, far]: readonly [number, number]) =>
        (prior * frr + (1 - prior) * far) / Math.min(prior, 1 - prior);
      const clip = (y: number) => pixel(0, Math.min(2, y / top))[1];
      near(actual[k]?.[1] as number, clip(cost(rates(-logOdds))), `actual at ${logOdds}`);
      near(least[k]?.[1] as number, clip(Math.min(...thresholds.map(cost))), `best at ${logOdds}`);
    }
  });

  test(`error over discard is the rate of the pairs that are left, ${orientation}`, async () => {
    const { evaluation, scores, same, quality } = await judged(orientation);
    const svg = await draw(evaluation, 'edc');
    const genuine = scores.map((_, i) => i).filter((i) => same[i] === 1);
    for (const [place, at] of (evaluation.quality?.discards ?? []).entries()) {
      const threshold = evaluation.tarAtFar.find(({ far }) => far === at.far)?.threshold as number;
      const rejected = (i: number) =>
        orientation === 'distance'
          ? (scores[i] as number) > threshold
          : (scores[i] as number) < threshold;
      for (const [k, least] of at.least.entries()) {
        const left = genuine.filter((i) => (quality[i] as number) >= least);
        assert.equal(at.kept[k], left.length);
        assert.equal(at.frr[k], left.filter(rejected).length / left.length);
        assert.ok((at.low[k] as number) <= (at.frr[k] as number));
        assert.ok((at.high[k] as number) >= (at.frr[k] as number));
      }
      const shown = at.kept.filter(
        (pairs) => pairs >= 30 && pairs >= evaluation.genuine / 10,
      ).length;
      const [line = []] = linesOf(svg, `c${place}`);
      const first = line[0] as [number, number];
      const last = line.at(-1) as [number, number];
      assert.equal(first[0], FRAME.left, 'the curve begins where nothing is discarded');
      // Two points give the scale of y, whatever the top of the axis is.
      const bottom = FRAME.height - FRAME.bottom;
      const scale = (bottom - first[1]) / (at.frr[0] as number);
      near(bottom - last[1], scale * (at.frr[shown - 1] as number), 'the last of the curve');
    }
  });

  test(`a zoo plot has each person once, at the means of their pairs, ${orientation}`, async () => {
    const { evaluation, scores, same, first, second } = await judged(orientation);
    const { menagerie } = evaluation;
    assert.ok(menagerie);
    const mean = (person: number, kind: number) => {
      const of = scores.filter(
        (_, i) => same[i] === kind && (first[i] === person || second[i] === person),
      );
      return of.reduce((sum, score) => sum + score, 0) / of.length;
    };
    const { members } = menagerie;
    for (const [i, person] of members.identity.entries()) {
      assert.equal(members.name?.[i], `person ${person}`);
      assert.ok(Math.abs((members.genuine[i] as number) - mean(person, 1)) < 1e-9);
      assert.ok(Math.abs((members.impostor[i] as number) - mean(person, 0)) < 1e-9);
    }
    const svg = await draw(evaluation, 'zoo');
    // Those of the legend stand outside.
    const plot = [...walk(svg)].find(({ attributes }) => attributes['clip-path']);
    const dots = ofClass(plot as Node, 'dots').map(({ attributes }) => [
      attributes.class?.split(' ')[1],
      (attributes.d ?? '').split('M').length - 1,
    ]);
    assert.equal(
      dots.reduce((sum, [, n]) => sum + Number(n), 0),
      menagerie.people,
    );
    const drawn = Object.fromEntries(dots);
    assert.deepEqual(
      menagerie.animals.map(({ people }) => people),
      ['c2', 'c4', 'c3', 'c1'].map((colour) => drawn[colour]),
    );
    assert.ok(menagerie.animals.every(({ p, people }) => p > 0 && p <= 1 && people <= 6));
  });
}

test('scores over quality are medians of the pairs of each part', async () => {
  const { evaluation, scores, same, quality } = await judged('distance');
  const svg = await draw(evaluation, 'quality');
  const bins = evaluation.quality?.bins ?? [];
  assert.equal(
    bins.reduce((sum, bin) => sum + bin.genuine + bin.impostors, 0),
    scores.length,
  );
  for (const bin of bins) {
    const of = (kind: number) =>
      scores
        .filter(
          (_, i) =>
            same[i] === kind &&
            (quality[i] as number) >= bin.low &&
            (quality[i] as number) <= bin.high,
        )
        .sort((a, b) => a - b);
    const [own, others] = [of(1), of(0)];
    assert.deepEqual([bin.genuine, bin.impostors], [own.length, others.length]);
    const median = (all: number[]) =>
      ((all[Math.floor((all.length - 1) / 2)] as number) +
        (all[Math.floor(all.length / 2)] as number)) /
      2;
    assert.ok(Math.abs((bin.genuineScores?.[1] as number) - median(own)) < 1e-12);
    assert.ok(Math.abs((bin.impostorScores?.[1] as number) - median(others)) < 1e-12);
  }
  assert.equal(ofClass(svg, 'mark').length, 2 * bins.length);
});

test('what an evaluation lacks is said, and not drawn', async () => {
  const { scores, same } = world('distance');
  const plain = await evaluate(Float64Array.from(scores), Uint8Array.from(same));
  assert.deepEqual([plain.menagerie, plain.quality, plain.calibration], [null, null, null]);
  assert.match(plain.undefinedBecause.menagerie ?? '', /who is in a pair/);
  assert.match(plain.undefinedBecause.quality ?? '', /no quality/);
  for (const kind of ['tippett', 'nber', 'edc', 'quality', 'zoo'] as const) {
    await assert.rejects(draw(plain, kind), { code: 'EOPTION' }, kind);
  }
  await assert.rejects(
    evaluate(Float64Array.from(scores), Uint8Array.from(same), { quality: Float64Array.of(1) }),
    { code: 'EDIMENSION' },
  );
});

test('each stop of the slider has the figures of the library', async () => {
  const { evaluation, scores, same } = await judged('distance');
  const path = join(folder, 'slider.html');
  await writeReport(evaluation, path);
  const html = readFileSync(path, 'utf8');
  const stops = (/ data-stops="([^"]*)"/.exec(html)?.[1] ?? '')
    .split(';')
    .map((stop) => stop.split('|'));
  const { threshold } = evaluation.curve;
  assert.equal(stops.length, threshold.length);
  const atThreshold = await evaluate(Float64Array.from(scores), Uint8Array.from(same), {
    atThreshold: threshold,
    priors: [0.01, 0.5],
    ratios: true,
  });
  const { genuine, impostors, accuracyAt } = atThreshold;
  const number = (text: string) => Number(text.replaceAll('\u202f', ''));
  const share = (text: string) => Number(text.replace(' %', '')) / 100;
  const costs: number[][] = [];
  for (const [i, stop] of stops.entries()) {
    const [t, , falseAccepts, tar, accepted, frr, falseRejects, ...rest] = stop as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const at = accuracyAt[i];
    assert.ok(at);
    assert.equal(Number(t.replace('−', '-')), Number(at.threshold.toPrecision(5)));
    assert.equal(number(falseAccepts) / impostors, at.far);
    assert.equal(number(accepted) / genuine, at.tar);
    assert.equal(number(accepted) + number(falseRejects), genuine);
    assert.ok(Math.abs(share(tar) - at.tar) < 5.1e-5 && Math.abs(share(frr) - 1 + at.tar) < 5.1e-5);
    costs.push(rest.slice(0, 2).map(Number));
  }
  // The best threshold for each prior is a corner of the curve, and a stop.
  for (const [place, { minimum }] of evaluation.detectionCost.entries()) {
    const least = Math.min(...costs.map((of) => of[place] as number));
    assert.equal(least, Number(minimum.toFixed(4)));
  }
});

test('a page runs its own script and no other, and is whole without it', async () => {
  const { evaluation } = await judged('similarity');
  const path = join(folder, 'page.html');
  await writeReport(evaluation, path);
  const html = readFileSync(path, 'utf8');
  const [script, ...others] = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, text]) => text ?? '',
  );
  assert.deepEqual(others, []);
  const hash = createHash('sha256')
    .update(script ?? '')
    .digest('base64');
  assert.ok(html.includes(`script-src 'sha256-${hash}'">`));
  assert.doesNotMatch(script ?? '', /fetch|XMLHttp|import|eval|Function|innerHTML|http/);
  const closed = html
    .replace('<!doctype html>\n', '')
    .replaceAll(/<meta ([^>]*)>/g, '<meta $1/>')
    .replace(/<style>[\s\S]*?<\/style>/, '');
  const sections = [...walk(parseXml(closed))].filter(({ name }) => name === 'section');
  const hidden = sections.filter(({ attributes }) => attributes.hidden !== undefined);
  assert.deepEqual(
    hidden.map(({ attributes }) => attributes.id),
    ['slider'],
  );
  const charts = [...html.matchAll(/<svg class="chart" id="([^"]*)"/g)].map(([, id]) => id);
  assert.deepEqual(charts, [
    'roc',
    'det',
    'histogram',
    'reliability',
    'tippett',
    'nber',
    'edc',
    'quality',
    'zoo',
  ]);
  // Every picture says how to read it.
  assert.equal(
    [...html.matchAll(/<figcaption>[^<]+<span>[^<]+[.]<\/span>/g)].length,
    charts.length,
  );
});
