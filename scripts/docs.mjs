// `npm run docs`: rewrites the tables of docs/ that follow a list in the code.
//   --check   instead fails if a table differs
import { readFileSync, writeFileSync } from 'node:fs';
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

/** Which table stands between which markers of which page. */
const TABLES = [
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
