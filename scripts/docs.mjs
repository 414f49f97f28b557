// Writes the generated parts of the documentation: `node scripts/docs.mjs` after a build.
//   docs/metrics.md   the tables of metrics and functions, from the one list in the core
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './run.mjs';

/** The table of metrics as Markdown, one row each, in the order of the list. */
export function metricsTable(metrics) {
  const rows = metrics.map((metric) => [
    [metric.name, ...metric.aliases].map(code).join(', '),
    code(metric.formula),
    metric.range,
    metric.undefined || 'never',
    metric.parameters.map((p) => `${code(`${p.name}=${p.default}`)}: ${p.about}`).join('; ') ||
      'none',
    metric.source,
  ]);
  return table(
    ['name, aliases', 'formula', 'range', 'undefined for', 'parameters', 'source'],
    rows,
  );
}

/** The table of functions as Markdown. */
export function functionsTable(functions) {
  const rows = functions.map(({ name, about }) => [code(`${name}(…)`), about]);
  return table(['function', 'of the column of values'], rows);
}

/** The text with what stands between the two markers of `name` replaced. */
export function replaced(text, name, part) {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`no markers ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n${part}${text.slice(to)}`;
}

function table(header, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return [header, header.map(() => '---'), ...rows].map(line).join('');
}

function code(text) {
  return `\`${text}\``;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { metrics, metricFunctions } = await import('../dist/index.js');
  const path = join(root, 'docs', 'metrics.md');
  let text = readFileSync(path, 'utf8');
  text = replaced(text, 'metrics', metricsTable(metrics()));
  text = replaced(text, 'functions', functionsTable(metricFunctions()));
  writeFileSync(path, text);
}
