// Figures as SVG files: well formed, every point where it belongs, hard cases.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { probit } from '#dist/report/axis.js';
import { FRAME } from '#dist/report/chart.js';
import { type PlotKind, plotKind, writePlot, writeStepPlot } from '#dist/report/index.js';
import type { Evaluation } from '../../src/evaluation/result.js';
import { temporaryFolder } from '../support/folder.js';
import { type Case, evaluate, full, overlapping } from './evaluation.js';
import { corners, type Node, ofClass, parseXml, walk } from './xml.js';

const folder = temporaryFolder();
const KINDS: PlotKind[] = ['roc', 'det', 'det-log', 'hist'];
/** Kinds that show what only some evaluations have. */
const FURTHER: PlotKind[] = ['reliability', 'tippett', 'nber', 'edc', 'quality', 'zoo'];
let files = 0;

async function draw(evaluation: Evaluation | Evaluation[], kind: PlotKind): Promise<Node> {
  files += 1;
  const path = join(folder, `${files}.svg`);
  await writePlot(evaluation, path, { kind });
  const svg = parseXml(readFileSync(path, 'utf8'));
  checkSound(svg);
  return svg;
}

/** Checks that hold for every figure. */
function checkSound(svg: Node): void {
  assert.equal(svg.name, 'svg');
  // It scales: a view box, and no size of its own.
  assert.ok(svg.attributes.viewBox);
  assert.deepEqual([svg.attributes.width, svg.attributes.height], [undefined, undefined]);
  assert.equal(svg.attributes.role, 'img');
  const ids = [...walk(svg)].map(({ attributes }) => attributes.id).filter(Boolean);
  assert.equal(new Set(ids).size, ids.length, 'an id twice');
  for (const id of svg.attributes['aria-labelledby']?.split(' ') ?? []) assert.ok(ids.includes(id));
  assert.deepEqual(
    svg.children.slice(0, 2).map(({ name, text }) => [name, text.length > 0]),
    [
      ['title', true],
      ['desc', true],
    ],
  );
  const [, , width, height] = (svg.attributes.viewBox ?? '').split(' ').map(Number);
  for (const { name, attributes } of walk(svg)) {
    assert.notEqual(name, 'script');
    for (const [attribute, text] of Object.entries(attributes)) {
      assert.doesNotMatch(text, /NaN|undefined|Infinity|null/, `${name} ${attribute}`);
      assert.doesNotMatch(attribute, /^on|href/, name);
    }
    if (attributes.class?.startsWith('arrow')) {
      const [, x, y] = /^M([\d.]+) ([\d.]+)l/.exec(attributes.d ?? '') ?? [];
      const { width, height, left, right, top, bottom } = FRAME;
      assert.ok(Number(x) >= left && Number(x) < width - right, `an arrow at ${x}`);
      assert.ok(Number(y) > top && Number(y) <= height - bottom, `an arrow at ${y}`);
    }
    if (name === 'circle') {
      assert.ok(Number(attributes.cx) >= 0 && Number(attributes.cx) <= (width as number));
      assert.ok(Number(attributes.cy) >= 0 && Number(attributes.cy) <= (height as number));
    }
  }
}

/** Where a share of both axes is in the view box. */
function pixel(x: number, y: number): [number, number] {
  const { width, height, left, right, top, bottom } = FRAME;
  const round = (v: number) => Math.round(v * 100) / 100;
  return [
    round(left + x * (width - left - right)),
    round(height - bottom - y * (height - top - bottom)),
  ];
}

const SMALL: Case = { genuine: [1, 2, 2.5, 6], impostors: [3, 5, 7, 8, 9], fars: [0.2] };

test('a ROC curve has its steps where the rates say', async () => {
  const svg = await draw(evaluate(SMALL), 'roc');
  const [line] = ofClass(svg, 'line');
  // FAR from 0.01 on a logarithmic axis; TAR from 0.7 with a fiftieth of headroom.
  const at = (far: number, tar: number) =>
    pixel((Math.log10(far) + 2) / 2, (tar - 0.7) / (1 + 0.3 / 50 - 0.7));
  const points = corners(line?.attributes.d as string);
  // TAR is 0.75 until two of five impostors are passed at 3 and 5; then 6 is accepted.
  assert.deepEqual(points, [
    at(0.01, 0.75),
    at(0.2, 0.75),
    at(0.4, 0.75),
    at(0.4, 1),
    at(0.6, 1),
    at(0.8, 1),
    at(1, 1),
  ]);
  const [mark] = ofClass(svg, 'mark');
  assert.deepEqual([Number(mark?.attributes.cx), Number(mark?.attributes.cy)], at(0.2, 0.75));
});

test('a DET curve is on normal deviates, and ends in arrows at half of one pair', async () => {
  const svg = await draw(evaluate(SMALL), 'det');
  // Five impostors resolve 0.1, four genuine pairs 0.125: both axes begin at a tick of 10 %.
  const ends = [probit(0.1), probit(0.5)] as const;
  const share = (v: number) => (probit(v) - ends[0]) / (ends[1] - ends[0]);
  const at = (far: number, frr: number) => pixel(Math.min(1, share(far)), Math.min(1, share(frr)));
  const line = ofClass(svg, 'line').find(({ attributes }) => !attributes.class?.includes('dash'));
  assert.deepEqual(corners(line?.attributes.d as string), [
    at(0.1, 0.25),
    at(0.2, 0.25),
    at(0.4, 0.25),
    at(0.4, 0.125),
  ]);
  const arrows = ofClass(svg, 'arrow').map(({ attributes }) => attributes.d);
  const start = ([x, y]: [number, number]) => `M${x} ${y}`;
  assert.deepEqual(arrows, [
    `${start(at(0.1, 0.25))}l9 -5v10z`,
    `${start(at(0.4, 0.125))}l-5 -9h10z`,
  ]);
});

test('a DET curve is cut at the frame, along which no line runs', async () => {
  // Half of the genuine pairs are worse than most impostors: FRR is above ½ up to FAR 0.6.
  const genuine = Array.from({ length: 20 }, (_, i) => (i < 8 ? 3 + i : 300 + i));
  const impostors = Array.from({ length: 100 }, (_, i) => 2 + 5 * i);
  for (const kind of ['det', 'det-log'] as const) {
    const svg = await draw(evaluate({ genuine, impostors }), kind);
    const [line] = ofClass(svg, 'line').filter((n) => !n.attributes.class?.includes('dash'));
    const points = corners(line?.attributes.d as string);
    const { width, right, top } = FRAME;
    const along = points.filter(([x, y], i) => {
      const [nextX, nextY] = points[i + 1] ?? [Number.NaN, Number.NaN];
      // A rate of 1 has its place on the edge of the logarithmic plot.
      return (
        (kind === 'det' && y === top && nextY === top) ||
        (x === width - right && nextX === width - right)
      );
    });
    assert.deepEqual(along, []);
    if (kind === 'det')
      assert.ok(
        points.some(([, y]) => y < top),
        'the curve begins above',
      );
    const clipped = [...walk(svg)].filter((n) => n.attributes['clip-path']);
    assert.ok(clipped.some((group) => ofClass(group, 'line').includes(line as Node)));
  }
});

test('every kind is drawn of an evaluation that has it', async () => {
  for (const kind of [...KINDS, ...FURTHER]) await draw(full(), kind);
  for (const kind of FURTHER) {
    await assert.rejects(draw(evaluate(SMALL), kind), { code: 'EOPTION' }, kind);
    assert.equal(plotKind(`out/my-${kind}.svg`), kind);
  }
});

test('a rate that the pairs do not resolve paints neither band nor whisker', async () => {
  const plain = evaluate({ ...overlapping(50, 200), fars: [0.3, 0.01] });
  const whole = {
    ...plain,
    curve: {
      ...plain.curve,
      tarLow: plain.curve.tar.map(() => 0),
      tarHigh: plain.curve.tar.map(() => 1),
    },
  };
  const svg = await draw(whole, 'roc');
  // 200 impostors: 30 false accepts are a rate of 0.15, and the axis begins at 1e-3.
  const [area] = ofClass(svg, 'area');
  const left = Math.min(...corners(area?.attributes.d?.replace('Z', '') as string).map(([x]) => x));
  const [at] = pixel((Math.log10(0.15) + 3) / 3, 0);
  assert.ok(left >= at - 0.1 && left < at + 10, `${left} ${at}`);
  assert.equal(ofClass(svg, 'whisker').length, 1);
  const few = await draw(evaluate({ ...SMALL, fars: [0.2] }), 'roc');
  assert.equal(ofClass(few, 'area').length, 0);
});

test('a histogram shows each kind as shares of its own', async () => {
  const svg = await draw(evaluate({ ...SMALL, bins: 4 }), 'hist');
  const lines = ofClass(svg, 'line').filter(({ attributes }) => attributes.d?.includes('L'));
  // Edges 1, 3, 5, 7, 9: genuine 3 0 1 0 of 4; impostors 0 1 1 3 of 5.
  const at = (x: number, y: number) => pixel((x - 1) / 8, y / (75 * 1.06));
  assert.deepEqual(corners(lines[1]?.attributes.d as string), [
    at(1, 0),
    at(1, 75),
    at(3, 75),
    at(3, 0),
    at(5, 0),
    at(5, 25),
    at(7, 25),
    at(7, 0),
    at(9, 0),
    at(9, 0),
  ]);
});

test('hard cases are drawn: one pair, perfect, hopeless and equal values', async () => {
  const cases: Case[] = [
    { genuine: [1], impostors: [2] },
    { genuine: [1, 2, 3], impostors: [10, 11, 12] },
    { genuine: [10, 11, 12], impostors: [1, 2, 3] },
    { genuine: [5, 5], impostors: [5, 5, 5] },
    overlapping(20, 1),
    overlapping(1, 3000),
  ];
  for (const each of cases) {
    for (const kind of KINDS) await draw(evaluate(each), kind);
  }
});

test('figures that are null are left out, and said to be', async () => {
  const plain = evaluate(SMALL);
  const bare: Evaluation = {
    ...plain,
    auroc: { value: null, interval: null },
    eer: { value: null, interval: null, threshold: null },
    tarAtFar: plain.tarAtFar.map((p) => ({ ...p, tar: null, tarInterval: null, threshold: null })),
    curve: { ...plain.curve, tarLow: null, tarHigh: null },
  };
  for (const kind of KINDS) {
    const svg = await draw(bare, kind);
    if (kind !== 'hist') assert.match(svg.children[1]?.text ?? '', /undefined/);
    assert.deepEqual(ofClass(svg, 'mark'), []);
  }
  const empty = {
    ...bare,
    curve: { threshold: [], far: [], tar: [], tarLow: null, tarHigh: null },
  };
  const none = { ...empty, histogram: { edges: [], genuine: [], impostors: [] } };
  for (const kind of KINDS) await draw(none, kind);
});

test('several curves share a picture and have names of their own', async () => {
  const one = full('a "quoted" <name> & more');
  const two = { ...one, subject: { metric: 'cosine' } };
  const three = { ...one, subject: { metric: 'cosine' } };
  for (const kind of ['roc', 'det', 'det-log', 'reliability', 'tippett', 'nber'] as const) {
    const svg = await draw([one, two, three], kind);
    const names = ofClass(svg, 'name').map(({ text }) => text.split(',')[0]);
    assert.equal(new Set(names).size, 3, names.join('; '));
    const colours = ofClass(svg, 'line').flatMap((n) => n.attributes.class?.match(/c\d/) ?? []);
    assert.equal(new Set(colours).size, 3);
  }
  for (const kind of ['hist', 'edc', 'quality', 'zoo'] as const)
    await assert.rejects(draw([one, two], kind), { code: 'EOPTION' });
  await assert.rejects(draw(evaluate(SMALL), 'reliability'), { code: 'EOPTION' });
  await assert.rejects(draw([], 'roc'), { code: 'EOPTION' });
});

test('the same evaluation gives the same bytes', async () => {
  const [a, b] = [join(folder, 'a-roc.svg'), join(folder, 'b-roc.svg')];
  await writePlot(full(), a);
  await writePlot(structuredClone(full()), b);
  assert.equal(readFileSync(a, 'utf8'), readFileSync(b, 'utf8'));
});

test('a large curve stays small on disk', async () => {
  const far = Array.from({ length: 100_001 }, (_, i) => i / 100_000);
  const tar = far.map((rate) => rate ** 0.1);
  const plain = evaluate(SMALL);
  const curve = { threshold: far, far, tar, tarLow: null, tarHigh: null };
  const svg = await draw({ ...plain, genuine: 1e5, impostors: 1e5, curve }, 'roc');
  const points = corners(ofClass(svg, 'line')[0]?.attributes.d as string);
  assert.ok(points.length < 4000, String(points.length));
});

test('CMC and DIR curves are steps over rank and rate', async () => {
  const path = join(folder, 'cmc.svg');
  const curve = { name: 'cosine', x: [1, 2, 5], y: [0.5, 0.75, 1] };
  await writeStepPlot({ kind: 'cmc', curves: [curve], marks: [1, 3] }, path);
  const cmc = parseXml(readFileSync(path, 'utf8'));
  checkSound(cmc);
  const at = (rank: number, y: number) => pixel((rank - 1) / 4, y / 1.02);
  assert.deepEqual(corners(ofClass(cmc, 'line')[0]?.attributes.d as string), [
    at(1, 0.5),
    at(2, 0.5),
    at(2, 0.75),
    at(5, 0.75),
    at(5, 1),
  ]);
  const marks = ofClass(cmc, 'mark').map((n) => [Number(n.attributes.cx), Number(n.attributes.cy)]);
  assert.deepEqual(marks, [at(1, 0.5), at(3, 0.75)]);
  const dir = join(folder, 'dir.svg');
  const rates = {
    name: 'cosine',
    x: [0, 0.02, 0.5],
    y: [0.2, 0.4, 0.9],
    low: [0.1, 0.3, 0.8],
    high: [0.3, 0.5, 1],
  };
  await writeStepPlot(
    { kind: 'dir', curves: [rates, { ...rates, name: 'plda' }], marks: [0.1] },
    dir,
  );
  checkSound(parseXml(readFileSync(dir, 'utf8')));
});

test('the name of a file says the kind', () => {
  assert.equal(plotKind('out/roc.svg'), 'roc');
  assert.equal(plotKind('cosine-DET.svg'), 'det');
  assert.equal(plotKind('det-log.svg'), 'det-log');
  assert.equal(plotKind('my.histogram.svg'), 'hist');
  assert.equal(plotKind('reliability_1.svg'), 'reliability');
  assert.throws(() => plotKind('procedure.svg'), { code: 'EOPTION' });
});

test('a file is replaced only when asked, and must be SVG', async () => {
  const path = join(folder, 'once-roc.svg');
  await writePlot(evaluate(SMALL), path);
  await assert.rejects(writePlot(evaluate(SMALL), path), { code: 'EEXISTS' });
  await writePlot(evaluate(SMALL), path, { force: true });
  await assert.rejects(writePlot(evaluate(SMALL), join(folder, 'roc.png')), { code: 'EOPTION' });
});
