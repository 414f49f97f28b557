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
      `|too few|interval of TAR at FAR ${first}; interval of the FAR reached where ${first} is asked; interval of AUROC|`,
    ),
    text,
  );
  assert.ok(text.includes(`|none of a kind|TAR of group second at FAR ${first}|`), text);
  assert.ok(text.includes('|unheard of|something.new|'), text);
});

test('figures of groups without a value have words, rates of one figure stand together', async () => {
  const plain = full('name');
  const rates = plain.tarAtFar.map(({ far }) => rate(far)).slice(0, 2);
  const paths = [0, 1].flatMap((at) =>
    ['threshold', 'achievedFar', 'achievedFarInterval', 'tar', 'tarInterval', 'falseAccepts'].map(
      (key) => [`groups.1.own.${at}.${key}`, 'unresolved'],
    ),
  );
  const own = plain.tarAtFar.map((point) => ({ ...point, resolution: 'unresolved' as const }));
  const groups = plain.groups.map((group) => ({ ...group, own }));
  const html = await report({ ...plain, groups, undefinedBecause: Object.fromEntries(paths) });
  const [list = ''] = /<details id="undefined">[\s\S]*?<\/details>/.exec(html) ?? [];
  assert.deepEqual(
    [...list.matchAll(/<dd>(.*?)<\/dd>/g)].map(([, text]) => text),
    [`own threshold of group second for FAR ${rates.join(', ')}, and its rates`],
  );
});

test('each rate has a table of groups, which no number of rates makes wider', async () => {
  const plain = full('name');
  const interval = { low: 0.1, high: 0.4, level: 0.9, method: 'm', variance: null };
  const own = (threshold: number | null, far: number) => ({
    ...(plain.tarAtFar[0] as Evaluation['tarAtFar'][number]),
    ...{ far, threshold, tar: threshold, tarInterval: null, resolution: 'unstable' as const },
  });
  const groups = plain.groups.map((group, place) => ({
    ...group,
    acrossImpostors: place === 0 ? 700 : null,
    aurocInterval: interval,
    // The first rate is in reach of one group, the others of none.
    own: plain.tarAtFar.map(({ far }, at) => own(at === 0 && place === 0 ? 0.75 : null, far)),
  }));
  const html = await report({ ...plain, groups });
  const tablesOf = (id: string) => {
    const [part = ''] = new RegExp(`<section id="${id}"[\\s\\S]*?</section>`).exec(html) ?? [];
    const headings = [...part.matchAll(/<h3>([^<]*)</g)].map(([, text]) => text);
    const columns = [...part.matchAll(/<thead>[\s\S]*?<\/thead>/g)].map(([head]) =>
      [...head.matchAll(/<th [^>]*>([^<]*)</g)].map(([, text]) => text),
    );
    return { part, headings, columns };
  };
  const shared = tablesOf('groups');
  assert.equal(shared.headings.length, plain.tarAtFar.length);
  assert.match(shared.headings[0] as string, /^At FAR 0\.1, shared threshold 0\./);
  assert.ok(shared.columns.slice(1).every((of) => of.join() === 'group,FAR,FAR across,TAR'));
  assert.match(shared.part, /Below a figure is its 90\u00a0% interval\./);
  // Of the second group no pairs across are known: its cell is empty rather than undefined.
  assert.match(shared.part, /data-of="FAR across"><\/td>/);
  const alone = tablesOf('groups-own');
  assert.equal(alone.headings.length, 1);
  const others = plain.tarAtFar.slice(1).map(({ far }) => rate(far));
  assert.ok(alone.part.includes(`No group has impostors enough for FAR ${others.join(' or ')}.`));
  // Regions of a page are told apart by their names.
  const labels = [...html.matchAll(/role="region" aria-label="([^"]*)"/g)].map(([, text]) => text);
  assert.equal(new Set(labels).size, labels.length);
  const named = [...html.matchAll(/<h2 [^>]*>([^<]*)</g)].map(([, text]) => text);
  assert.deepEqual(
    labels.filter((label) => named.includes(label)),
    [],
  );
  assert.doesNotMatch(html, /<th [^>]*><\/th>/);
});

test('gates, thresholds that were given and those from elsewhere are on the page', async () => {
  const plain = full('name');
  const interval = { low: -0.02, high: 0.03, level: 0.98, method: 'm', variance: null };
  const gate = { gate: 'eer<=0.05', figure: 'eer', relation: '<=' as const, because: 'it <is>' };
  const gates = {
    schema: 'hackface-gates/1' as const,
    answer: 'cannot tell' as const,
    gates: [
      {
        ...gate,
        ...{ answer: 'cannot tell' as const, value: 0.01, interval, bound: 0.05, confidence: 0.99 },
      },
    ],
  };
  const [at] = plain.accuracyAt as [Evaluation['accuracyAt'][number]];
  const transferred = [
    {
      ...{ from: 'old.json', threshold: at.threshold, promisedFar: 0.001, holds: false },
      ...{ far: at.far, farInterval: null, tar: at.tar, tarInterval: null },
      ...{ frr: 1 - at.tar, frrInterval: null },
    },
  ];
  const other = { ...at, threshold: 0.8, tarInterval: { ...interval, low: 0.9, high: 0.98 } };
  const evaluation = { ...plain, accuracyAt: [at, other], transferred };
  const html = await report(evaluation, { gates });
  const part = (id: string) =>
    (new RegExp(`<section id="${id}"[\\s\\S]*?</section>`).exec(html)?.[0] ?? '')
      .replaceAll(/<[^>]+>/g, '|')
      .replaceAll(/[|\s]*\|[|\s]*/g, '|');
  assert.match(
    part('gates'),
    /\|eer&lt;=0\.05\|cannot tell\|0\.01\|−0\.02 to 0\.03\|it &lt;is&gt;\|/,
  );
  assert.match(part('given-thresholds'), /of old\.json\./);
  assert.match(
    part('given-thresholds'),
    /\|0\.7\|10⁻³\|4 × 10⁻³\|3\.00 %\|97\.00 %\|99\.00 %\|promise outside of the interval\|0\.8\|/,
  );
  // The interval of FRR is that of TAR, turned round.
  assert.match(part('given-thresholds'), /\|3\.00 %\|2\.00 – 10\.00 %\|/);
  assert.doesNotMatch(part('further'), /accuracy at/);
  const wrong = { gates: { schema: 'hackface-evaluation/1' } as never };
  await assert.rejects(report(plain, wrong), { code: 'EARGUMENT' });
});

test('a name from right to left leaves numbers and names behind it in their places', async () => {
  const text = 'too few: f × کهنسال (17), گروه دوم (18), men (3)';
  const html = await report({ ...full(), warnings: [{ code: 'WFEW', text }] });
  assert.ok(
    html.includes('too few: f × <bdi>کهنسال</bdi> (17), <bdi>گروه دوم</bdi> (18), men (3) <code>'),
  );
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
