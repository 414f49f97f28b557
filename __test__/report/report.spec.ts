// Reports as files: self-contained, harmless, complete.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeReport, writeSystemsReport } from '#dist/report/index.js';
import { rate } from '#dist/report/number-text.js';
import { SLIDER_SCRIPT } from '#dist/report/threshold-slider.js';
import type { Evaluation } from '../../src/evaluation/result.js';
import { temporaryFolder } from '../support/folder.js';
import { evaluate, full, overlapping } from './evaluation.js';
import { parseXml } from './xml.js';

const folder = temporaryFolder();
let files = 0;

async function report(
  evaluation: Evaluation,
  options: Parameters<typeof writeReport>[2] = {},
): Promise<string> {
  files += 1;
  const path = join(folder, `${files}.html`);
  await writeReport(evaluation, path, options);
  const html = readFileSync(path, 'utf8');
  const visible = html.replace(/<style>[\s\S]*?<\/style>/g, '');
  assert.doesNotMatch(visible, /NaN|Infinity|\[object|null|>undefined<\/(td|p)/);
  return html;
}

/** A page without its own script, which must be the one that is meant. */
function withoutScript(html: string): string {
  const own = `<script>${SLIDER_SCRIPT}</script>\n`;
  assert.equal(html.split(own).length, 2);
  return html.replace(own, '');
}

test('a report loads nothing and runs nothing but its slider', async () => {
  const html = withoutScript(await report(full(), { command: 'hackface-native evaluate' }));
  assert.doesNotMatch(html, /<script|<link|<img|<iframe|javascript:|@import|url\((?!#)/i);
  assert.doesNotMatch(html, /\s(src|href)=/);
  // The name space of SVG is not needed within HTML.
  assert.doesNotMatch(html, /https?:\/\//);
  assert.match(html, /Content-Security-Policy" content="default-src 'none'/);
  const hash = createHash('sha256').update(SLIDER_SCRIPT).digest('base64');
  assert.ok(html.includes(`; script-src 'sha256-${hash}'">`));
});

test('a report is well formed, and names that mean harm are only text', async () => {
  const hostile = '</style><script>alert(1)</script><img src=x onerror="y">\'&\u0007\ud800';
  const html = await report(full(hostile), {
    title: hostile,
    command: hostile,
    card: { [hostile]: hostile },
  });
  assert.doesNotMatch(withoutScript(html), /<script|<img/);
  // Void elements aside, it is XML.
  const closed = html
    .replace('<!doctype html>\n', '')
    .replaceAll(/<meta ([^>]*)>/g, '<meta $1/>')
    .replace(/<style>[\s\S]*?<\/style>/, '');
  parseXml(closed);
  assert.ok(html.includes('&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;'));
});

test('every part of an evaluation is there, warnings first', async () => {
  const html = await report(full('name'), { command: 'hackface-native evaluate --seed 7' });
  const parts = [
    'warnings',
    'headline',
    'slider',
    'figures',
    'thresholds',
    'groups',
    'worst',
    'further',
    'undefined',
    'data',
    'reproduce',
    'definitions',
  ];
  const places = parts.map((id) => html.indexOf(` id="${id}"`));
  assert.ok(!places.includes(-1), parts[places.indexOf(-1)]);
  assert.deepEqual(
    [...places].sort((a, b) => a - b),
    places,
  );
  for (const text of [
    'WFEW',
    'only 57 identities',
    'unresolved',
    'unstable',
    '0.99000 – 0.99980',
    'identity influence',
    'rows of zeros',
    'no genuine pair',
    '--seed 7',
    'actual detection cost',
    'plda.safetensors',
  ]) {
    assert.ok(html.includes(text), text);
  }
  assert.equal(html.match(/<svg/g)?.length, 9);
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length);
});

test('what an evaluation lacks leaves no empty heading, and reasons are given', async () => {
  const plain = evaluate(overlapping(1, 1));
  const html = await report({
    ...plain,
    auroc: { value: null, interval: null },
    eer: { value: null, interval: null, threshold: null },
    tarAtFar: [],
    undefinedBecause: { auroc: 'there is no genuine pair', 'eer.value': 'nor is there here' },
  });
  for (const id of ['warnings', 'groups', 'worst', 'thresholds', 'reproduce', 'reliability']) {
    assert.ok(!html.includes(` id="${id}"`), id);
  }
  assert.ok(html.includes('there is no genuine pair'));
  assert.ok(html.includes('nor is there here'));
});

test('folds that were asked for are the headline, with their standard error', async () => {
  const plain = full();
  const folds = { mean: 0.975, standardError: 0.004, accuracies: [0.97, 0.98], thresholds: [1, 1] };
  const [with_, without] = [
    await report({ ...plain, folds }),
    await report({ ...plain, folds: null }),
  ];
  const headline = (html: string) =>
    (/<section id="headline"[\s\S]*?<\/section>/.exec(html)?.[0] ?? '').replaceAll(/<[^>]+>/g, ' ');
  assert.match(
    headline(with_),
    /Accuracy over folds +97\.50 % +± 0\.40 % +mean ± standard error of 2 folds/,
  );
  assert.ok(headline(with_).indexOf('folds') < headline(with_).indexOf('AUROC'));
  assert.doesNotMatch(headline(with_), /Best accuracy/);
  assert.match(headline(without), /Best accuracy/);
  assert.match(with_, /best accuracy/);
});

test('figures without a value are named in words and folded, each reason once', async () => {
  const plain = full();
  const html = await report({
    ...plain,
    undefinedBecause: {
      'tarAtFar.0.tarInterval': 'too few',
      'tarAtFar.0.achievedFarInterval': 'too few',
      'groups.1.at.0.groupTar': 'none of a kind',
      'auroc.interval': 'too few',
      'something.new': 'unheard of',
    },
  });
  const [list = ''] = /<details id="undefined">[\s\S]*?<\/details>/.exec(html) ?? [];
  const [first] = plain.tarAtFar.map(({ far }) => rate(far));
  const text = list.replaceAll(/<[^>]+>/g, '|').replaceAll(/[|\s]*\|[|\s]*/g, '|');
  assert.ok(
    text.includes(
      `|interval of TAR at FAR ${first}, interval of the FAR reached where ${first} is asked, interval of AUROC|too few|`,
    ),
    text,
  );
  assert.ok(text.includes(`|TAR of group second at FAR ${first}|none of a kind|`), text);
  assert.ok(text.includes('|something.new|unheard of|'), text);
});

test('worst pairs have one name each and their classes; groups say how far they are apart', async () => {
  const plain = full('name');
  const html = await report({
    ...plain,
    groupRatios: plain.tarAtFar.map(({ far }) => {
      const interval = { low: 1, high: 2.25, level: 0.95, method: 'm', variance: null };
      return {
        far,
        farRatio: 1.5,
        farRatioInterval: interval,
        frrRatio: null,
        frrRatioInterval: null,
        fdr: 0.98,
        fdrInterval: null,
        garbe: 0.125,
        garbeInterval: null,
        giniFar: 0.1,
        giniFarInterval: null,
        giniFrr: 0.15,
        giniFrrInterval: null,
      };
    }),
  });
  const [worst = ''] = /<section id="worst"[\s\S]*?<\/section>/.exec(html) ?? [];
  const headings = [...worst.matchAll(/<th [^>]*>([^<]*)</g)].map(([, text]) => text);
  assert.deepEqual(headings, [
    'distance',
    'pair',
    'rows',
    'class',
    'distance',
    'pair',
    'rows',
    'class',
  ]);
  assert.match(worst, />ann, bob</);
  assert.match(worst, /data-of="class">ann</);
  const [apart = ''] = /<section id="groups-apart"[\s\S]*?<\/section>/.exec(html) ?? [];
  assert.match(apart, />× 1\.50<span class="of">× 1\.00 – × 2\.25</);
  assert.match(apart, />undefined<[\s\S]*>0\.9800<[\s\S]*>0\.1250</);
  assert.match(html, /95\.00 %<span class="of">90\.00 – 97\.00 %</);
});

test('several systems have a table, differences and pictures of all', async () => {
  const all = ['one', '<b>two</b>', 'three'].map((metric) => ({ ...full(), subject: { metric } }));
  const interval = { low: -0.02, high: 0.01, level: 0.95, method: 'paired', variance: null };
  const one = { value: -0.005, error: 0.01, interval, p: 0.5 };
  const adjusted = { ...one, adjustedInterval: { ...interval, high: 0.02 }, adjustedP: 0.75 };
  const warning = { code: 'few-people', text: 'only 9 people' };
  const comparison = {
    auroc: one,
    eer: one,
    tarAtFar: [{ far: 0.1, ...one }],
    warnings: [warning],
  };
  const systems = {
    reference: 2,
    chosen: true,
    comparisons: 3,
    warnings: [warning],
    against: [0, 1].map((system) => ({
      system,
      auroc: adjusted,
      eer: adjusted,
      tarAtFar: [{ far: 0.1, difference: adjusted }],
    })),
  };
  const write = async (of: readonly Evaluation[], options: object) => {
    files += 1;
    const path = join(folder, `${files}.html`);
    await writeSystemsReport(of, path, options);
    return readFileSync(path, 'utf8');
  };
  const page = await write(all, { systems, command: 'evaluate' });
  assert.doesNotMatch(page, /<script|<b>|NaN|\[object/);
  assert.match(page, /3 systems, each on/);
  assert.match(page, /Less three, which has the largest AUROC/);
  assert.match(page, />−0\.00500<[\s\S]*>−0\.02000 to \+0\.01000<[\s\S]*>0\.7500</);
  assert.equal(page.match(/only 9 people/g)?.length, 1);
  const two = await write(all.slice(0, 2), { comparison });
  assert.match(two, /<p>one less &lt;b&gt;two&lt;\/b&gt;: paired\.</);
  assert.doesNotMatch(await write(all, {}), /id="differences"/);
  // Ids of a page are its own, and each system has its groups.
  const headings = [...page.matchAll(/<h2 id="(groups-\d)-h">([^<]*)</g)].map(([, ...of]) => of);
  assert.deepEqual(headings, [
    ['groups-1', 'Groups: one'],
    ['groups-2', 'Groups: &lt;b&gt;two&lt;/b&gt;'],
    ['groups-3', 'Groups: three'],
  ]);
  const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length);
});

test('every cell of a table says its heading, for pages too narrow for columns', async () => {
  const html = await report(full('name'));
  for (const [table] of html.matchAll(/<table>[\s\S]*?<\/table>/g)) {
    const headings = [...table.matchAll(/<th [^>]*>([^<]*)<\/th>/g)].map(([, text]) => text);
    for (const [row] of table.matchAll(/<tr><td[\s\S]*?<\/tr>/g)) {
      const named = [...row.matchAll(/ data-of="([^"]*)"/g)].map(([, text]) => text);
      assert.deepEqual(named, headings);
    }
  }
});

test('the same evaluation gives the same bytes; a file is replaced only when asked', async () => {
  assert.equal(await report(full()), await report(structuredClone(full())));
  const path = join(folder, 'once.html');
  await writeReport(full(), path);
  await assert.rejects(writeReport(full(), path), { code: 'EEXISTS' });
  await writeReport(full(), path, { force: true });
});
