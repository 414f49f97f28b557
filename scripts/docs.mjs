// `npm run docs`: rewrites the tables of README.md and docs/ that follow a list in the code, or a record.
//   --check   instead fails if a table differs
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { metricFunctions, metrics, presets } from '../dist/index.js';
import { root } from './run.mjs';

const cell = (text) => text.replaceAll('|', '\\|');

function metricTable() {
  const rows = metrics().map((m) => {
    const parameters = m.parameters.map((p) => `\`${p.name}=${p.default}\` ${p.about}`).join('; ');
    const names = [m.name, ...m.aliases].map((name) => `\`${name}\``).join(', ');
    const cells = [
      names,
      m.formula,
      m.range,
      m.undefined || 'never',
      parameters || 'none',
      m.source,
    ];
    return `| ${cells.map(cell).join(' | ')} |`;
  });
  return [
    '| name, aliases | formula over rows x and y | range | undefined for | parameters | source |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function functionTable() {
  const rows = metricFunctions().map((f) => `| \`${f.name}(…)\` | ${cell(f.about)} |`);
  return ['| function | what it does |', '| --- | --- |', ...rows].join('\n');
}

function presetTable() {
  const rows = presets().map((p) => `| \`${p.name}\` | \`${p.pipeline}\` | ${cell(p.about)} |`);
  return ['| preset | pipeline | about |', '| --- | --- | --- |', ...rows].join('\n');
}

/** Metrics of the speed table: the usual ones, and those that cost most. */
const TIMED = ['cosine', 'sqeuclidean', 'canberra', 'jensenshannon', 'mahalanobis'];

/** The newest record with such a section, the way to its sections, and a link to its page. */
function newest(records, section) {
  for (const name of records) {
    const { about, sections } = JSON.parse(
      readFileSync(join(root, 'bench', 'record', name), 'utf8'),
    );
    const find = (start) => sections.find(({ title }) => title.startsWith(start));
    if (!find(section)) continue;
    const link = (what) => `[${what}, ${about.date}](bench/record/${name.replace('.json', '.md')})`;
    return { about, find, link };
  }
  throw new Error(`bench/record has nothing on ${section}`);
}

/** Medians of the newest records of pairs and of searches. */
function speedTable() {
  const records = readdirSync(join(root, 'bench', 'record'))
    .filter((name) => name.endsWith('.json'))
    .sort()
    .reverse();
  const pairs = newest(records, 'Whole process');
  const searches = newest(records, 'One probe');
  return `Median times on ${pairs.about.cores} cores (${pairs.about.cpu}), after checking that both sides give the same answers. Method,
and targets that were missed: ${pairs.link('pairs')}, ${searches.link('searches')}.

| | here | peer |
| --- | --- | --- |
${[...pairSpeeds(pairs), ...searchSpeeds(searches)].join('\n')}`;
}

function pairSpeeds({ find }) {
  const { raw: whole } = find('Whole process');
  const { raw: metric } = find('Every metric');
  const [score, script] = [whole['score --metric sqeuclidean'], whole['baseline.py']];
  return [
    `| 31,444 pairs × 512, from the shell to the file | ${ms(score)} | ${ms(script)}, NumPy and pandas |`,
    ...TIMED.map((name) => {
      const { two, vectorised } = metric[name];
      return `| \`${name}\` of these pairs | ${ms(two)} | ${ms(vectorised)}, NumPy |`;
    }),
  ];
}

function searchSpeeds({ find }) {
  const { raw: many } = find('The 10 nearest');
  const { raw: one } = find('One probe');
  const { raw: other } = find('The nearest by other metrics');
  const seconds = (times) => `${median(times).toFixed(1)} s`;
  const [probe, reading] = [one.search, one.prepared].map((blocks) => ms(blocks.flat()));
  const { search, one: cdist } = other.cityblock;
  return [
    `| exact 10 nearest of 454,714 rows, 11,605 probes, \`cosine\` | ${seconds(many.warm)} | ${seconds(many.faiss)}, faiss \`IndexFlatIP\` |`,
    `| the same for one probe | ${probe} | none; adding up the same bytes takes ${reading} |`,
    `| nearest of 11,605 rows, 2,000 probes, \`cityblock\` | ${seconds(search)} | ${seconds(cdist)}, SciPy \`cdist\` |`,
  ];
}

function ms(times) {
  return `${median(times).toFixed(median(times) < 20 ? 1 : 0)} ms`;
}

function median(times) {
  const sorted = times.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/** Which table stands between which markers of which page. */
const TABLES = [
  ['README.md', 'speed', speedTable],
  ['docs/metrics.md', 'metrics', metricTable],
  ['docs/metrics.md', 'functions', functionTable],
  ['docs/models.md', 'presets', presetTable],
];

let stale = 0;
for (const [page, name, table] of TABLES) {
  const path = join(root, page);
  const text = readFileSync(path, 'utf8');
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no markers for ${name}`);
  const fresh = `${text.slice(0, from + begin.length)}\n${table()}\n${text.slice(to)}`;
  if (fresh === text) continue;
  stale += 1;
  if (process.argv.includes('--check')) console.error(`${page}: the table of ${name} is stale`);
  else writeFileSync(path, fresh);
}
if (stale > 0 && process.argv.includes('--check')) {
  console.error('run npm run docs, review the difference, commit it');
  process.exit(1);
}
