// Identifications as pictures, pages and lines: every figure where it belongs, undefined ones named.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeIdentification } from '#dist/cli/identification.js';
import { readOptions } from '#dist/arguments.js';
import {
  IDENTIFICATION_RULES,
  type IdentificationMeasures,
} from '#dist/evaluation/identification.js';
import { FRAME } from '#dist/report/chart.js';
import {
  checkIdentificationPlot,
  writeIdentificationPlot,
  writeIdentificationReport,
} from '#dist/report/index.js';
import type { Identification } from '../../src/evaluation/identification.js';
import { temporaryFolder } from '../support/folder.js';
import { closedOnly, identified, strangersOnly } from './identification.js';
import { corners, type Node, ofClass, parseXml, walk } from './xml.js';

const folder = temporaryFolder();
let files = 0;

async function draw(all: Identification | Identification[], kind: 'cmc' | 'dir'): Promise<Node> {
  files += 1;
  const path = join(folder, `${files}-${kind}.svg`);
  await writeIdentificationPlot(all, path);
  return parseXml(readFileSync(path, 'utf8'));
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

const lines = (svg: Node) =>
  ofClass(svg, 'line')
    .map(({ attributes }) => attributes.d ?? '')
    .filter((path) => path.includes('L'))
    .map(corners);
const marks = (svg: Node) =>
  ofClass(svg, 'mark').map(({ attributes }) => [Number(attributes.cx), Number(attributes.cy)]);

test('a CMC curve steps over the rank, and ties have a curve of their own', async () => {
  const svg = await draw(identified(), 'cmc');
  const at = (rank: number, share: number) => pixel((rank - 1) / 8, share / 1.02);
  const steps = (...shares: [number, number, number]) => [
    at(1, shares[0]),
    at(2, shares[0]),
    at(2, shares[1]),
    at(9, shares[1]),
    at(9, shares[2]),
  ];
  assert.deepEqual(lines(svg), [steps(0.5, 0.75, 1), steps(0.625, 0.75, 1)]);
  assert.deepEqual(marks(svg), [at(1, 0.5), at(5, 0.75), at(1, 0.625), at(5, 0.75)]);
  const { closedSet } = identified();
  assert.ok(closedSet);
  const untied = { ...closedSet, cmc: { ...closedSet.cmc, expected: closedSet.cmc.rate } };
  assert.equal(lines(await draw({ ...identified(), closedSet: untied }, 'cmc')).length, 1);
  assert.equal(lines(await draw([identified(), identified('lda')], 'cmc')).length, 2);
});

test('ranks of a large gallery are logarithmic', async () => {
  const one = identified();
  assert.ok(one.closedSet);
  one.closedSet.cmc = { rank: [1, 100, 10_000], rate: [0.5, 0.7, 1], expected: [0.5, 0.7, 1] };
  const [line] = lines(await draw(one, 'cmc'));
  assert.deepEqual(line?.[1], pixel(0.5, 0.5 / 1.02));
});

test('a DIR curve steps over a logarithmic rate and marks what was reached', async () => {
  const svg = await draw(identified(), 'dir');
  const at = (fpir: number, tpir: number) => pixel(Math.log10(fpir) / 2 + 1, tpir / 1.02);
  assert.deepEqual(lines(svg), [
    [at(0.01, 0.3), at(0.075, 0.3), at(0.075, 0.4), at(1, 0.4), at(1, 0.5)],
  ]);
  assert.deepEqual(marks(svg), [at(0.1, 0.4)]);
  const other = identified();
  assert.ok(other.openSet);
  other.openSet.convention = 'insightface';
  assert.deepEqual(marks(await draw(other, 'dir')), []);
});

test('what cannot be drawn is refused, by its name before the work', async () => {
  for (const path of ['out/cmc.svg', 'cosine-DIR.svg']) checkIdentificationPlot(path);
  for (const path of ['roc.svg', 'cmc.png', 'direct.svg']) {
    assert.throws(() => checkIdentificationPlot(path), { code: 'EOPTION' });
  }
  await assert.rejects(draw(closedOnly(), 'dir'), { code: 'EOPTION' });
  await assert.rejects(draw(strangersOnly(), 'cmc'), { code: 'EOPTION' });
  await assert.rejects(draw([], 'cmc'), { code: 'EOPTION' });
});

async function report(
  identification: Identification,
  options: Parameters<typeof writeIdentificationReport>[2] = {},
): Promise<{ html: string; tree: Node }> {
  files += 1;
  const path = join(folder, `${files}.html`);
  await writeIdentificationReport(identification, path, options);
  const html = readFileSync(path, 'utf8');
  const visible = html.replace(/<style>[\s\S]*?<\/style>/g, '');
  assert.doesNotMatch(visible, /NaN|Infinity|\[object|null|>undefined<\/(td|p)/);
  assert.doesNotMatch(visible, /<script|<link|<img|https?:\/\//);
  // Void elements aside, it is XML.
  const closed = visible
    .replace('<!doctype html>\n', '')
    .replaceAll(/<meta ([^>]*)>/g, '<meta $1/>');
  return { html, tree: parseXml(closed) };
}

const sections = (tree: Node) =>
  [...walk(tree)]
    .filter(({ name }) => name === 'section' || name === 'details')
    .map(({ attributes }) => attributes.id);

test('a report has every part, warnings first', async () => {
  const { html, tree } = await report(identified(), { command: 'hackface-native search' });
  assert.deepEqual(sections(tree), [
    'warnings',
    'headline',
    'figures',
    'ranks',
    'thresholds',
    'retrieval',
    'undefined',
    'data',
    'reproduce',
    'definitions',
  ]);
  for (const text of ['50.00 %', '62.50 %', '40.00 – 60.00 %', 'FPIR of 0.025', '61.00 %']) {
    assert.ok(html.includes(text), text);
  }
  assert.match(html, /TPIR at FPIR 0\.1<\/h3><p class="big">40\.00 %/);
  assert.match(html, /unresolved/);
});

test('a report without a kind of probes says so instead', async () => {
  const closed = await report(closedOnly());
  assert.ok(!sections(closed.tree).includes('thresholds'));
  assert.ok(closed.html.includes('it takes probes without a mate'));
  const strangers = await report(strangersOnly());
  assert.ok(!sections(strangers.tree).some((id) => ['figures', 'ranks'].includes(id ?? '')));
  assert.ok(strangers.html.includes('no probe has a mate'));
});

test('names that mean harm are only text, and a file is replaced only when asked', async () => {
  const hostile = '</style><script>alert(1)</script>';
  const { html } = await report(identified(hostile), { title: hostile, card: { [hostile]: 'x' } });
  assert.ok(html.includes('&lt;script&gt;'));
  const path = join(folder, 'once.html');
  await writeIdentificationReport(identified(), path);
  const first = readFileSync(path, 'utf8');
  await assert.rejects(writeIdentificationReport(identified(), path), { code: 'EEXISTS' });
  await writeIdentificationReport(identified(), path, { force: true });
  assert.equal(readFileSync(path, 'utf8'), first);
});

test('lines for the terminal', () => {
  assert.equal(
    describeIdentification(identified()).join('\n'),
    `faces/gallery.npy, faces/probes.npy, cosine: 160 probes of 90 people, 120 with a mate and 40 without
  left out    2 probes and 30 gallery rows of class -1
  rank 1      0.50000   0.40000 … 0.60000 (95 %, identity influence), 0.62500 with ties in random order
  rank 5      0.75000   0.65000 … 0.83000 (95 %, identity influence)
  MRR         0.66000   0.60000 … 0.72000 (95 %, identity influence)
  mAP         0.61000   0.55000 … 0.67000 (95 %, identity influence)
  mINP        0.37000   0.31000 … 0.43000 (95 %, identity influence)
  R-precision 0.52000   0.45000 … 0.59000 (95 %, identity influence)
  MAP@R       0.48000
  median      rank 1.5
  FPIR   threshold  reached               95 %     TPIR               95 %  false positives
  0.003          –        –                  –        –                  –                –  unresolved
  0.1         0.41  0.07500  0.02000 … 0.20000  0.40000  0.30000 … 0.50000                3    unstable`,
  );
  const text = describeIdentification(strangersOnly()).join('\n');
  assert.match(text, /^ {2}closed set {2}– {9}no probe has a mate$/m);
  assert.match(text, /^ {2}open set {4}– {9}no probe has a mate$/m);
});

test('what is left out is left to the addon, and ranks are whole numbers', () => {
  const measured = (asked: IdentificationMeasures) => readOptions(asked, IDENTIFICATION_RULES);
  assert.deepEqual(measured({}), {});
  const all = { ranks: [1, 7], fpirs: [0.5], rank: 2, convention: 'insightface' } as const;
  assert.deepEqual(measured(all), { ...all });
  for (const rank of [0, 1.5, -1, Number.NaN, 2 ** 32]) {
    assert.throws(() => measured({ rank }), { code: 'EOPTION' });
    assert.throws(() => measured({ ranks: [1, rank] }), { code: 'EOPTION' });
  }
});
