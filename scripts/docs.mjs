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

function shortMetricTable() {
  const rows = metrics().map((m) => `| \`${m.name}\` | ${cell(m.formula)} | ${cell(m.range)} |`);
  return ['| metric | of rows x and y | range |', '| --- | --- | --- |', ...rows].join('\n');
}

function shortPresetTable() {
  const rows = presets().map((p) => `| \`${p.name}\` | ${cell(p.about)} |`);
  return ['| model | what it is |', '| --- | --- |', ...rows].join('\n');
}

/** Metrics of the table of times: the common ones, and those that cost most. */
const TIMED = [
  'sqeuclidean',
  'cosine',
  'correlation',
  'cityblock',
  'canberra',
  'jensenshannon',
  'mahalanobis',
  'minkowski(p=3.2)',
];

/** Medians of the newest records. */
function speedTable() {
  const records = readdirSync(join(root, 'bench', 'record'))
    .filter((name) => name.endsWith('.json'))
    .sort()
    .reverse();
  return `${pairSpeeds(records)}\n\n${searchSpeeds(records)}`;
}

/** The newest record with such a section, and a way to its sections. */
function newest(records, section) {
  for (const name of records) {
    const { about, sections } = JSON.parse(
      readFileSync(join(root, 'bench', 'record', name), 'utf8'),
    );
    const find = (start) => sections.find(({ title }) => title.startsWith(start));
    if (!find(section)) continue;
    const link = `[record of ${about.date}](bench/record/${name.replace('.json', '.md')})`;
    return { about, find, link };
  }
  throw new Error(`bench/record has nothing on ${section}`);
}

function pairSpeeds(records) {
  const { about, find, link } = newest(records, 'Whole process');
  const { raw: whole, bars } = find('Whole process');
  const { raw: metric } = find('Every metric');
  const bar = (start) => bars.find(({ name }) => name.startsWith(start)).measured;
  const score = whole['score --metric sqeuclidean'];
  const script = whole['baseline.py'];
  const times = TIMED.map((name) => {
    const { two, vectorised, loop } = metric[name];
    return `| \`${name}\` | ${ms(two)} | ${ms(vectorised)} | ${ms(loop)} |`;
  });
  return `31,444 pairs × 512 on ${about.cores} cores, ${about.cpu}: ${link}, with the method and the bars
that are missed.

| | here | NumPy, whole arrays | SciPy, pair by pair |
| --- | --- | --- | --- |
| from the shell to the file written | ${ms(score)} | ${ms(script)}, with pandas | |
${times.join('\n')}

The whole command takes ${bar('score / node').toFixed(2)} × the time of \`node -e 0\`, and ${bar('peak memory').toFixed(0)} MiB.`;
}

function searchSpeeds(records) {
  const { find, link } = newest(records, 'One probe');
  const { raw: many } = find('The 10 nearest');
  const { raw: one } = find('One probe');
  const { raw: other } = find('The nearest by other metrics');
  const seconds = (times) => `${median(times).toFixed(1)} s`;
  const [probe, reading] = [one.search, one.prepared].map((blocks) => ms(blocks.flat()));
  const { search, one: cdist } = other.cityblock;
  return `Exact searches, the answers compared: ${link}.

| | here | |
| --- | --- | --- |
| the 10 nearest of 454,714 rows by \`cosine\`, 11,605 probes | ${seconds(many.warm)} | ${seconds(many.faiss)}, \`IndexFlatIP\` of faiss |
| the same for one probe | ${probe} | ${reading} to add up the bytes that are read |
| the nearest of 11,605 rows by \`cityblock\`, 2,000 probes | ${seconds(search)} | ${seconds(cdist)}, \`cdist\` of SciPy |`;
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
  ['README.md', 'metrics', shortMetricTable],
  ['README.md', 'presets', shortPresetTable],
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
