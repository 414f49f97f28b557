/** `metrics`: the list that expressions are made of. */
import type { Command } from 'commander';
import { metricFunctions, metrics } from '../../metrics.js';
import { command, type Parsed } from '../flags.js';
import * as shared from '../shared-flags.js';
import { print } from '../terminal.js';

const FLAGS = { 'Output:': { json: shared.json() } };

const AFTER = `
Examples:
  $ hackface-native metrics
  $ hackface-native metrics --json`;

export function metricsCommand(): Command {
  const about = 'List the metrics and functions that --metric understands.';
  return command('metrics', about, FLAGS, AFTER).action(run);
}

function run({ json }: Parsed<typeof FLAGS>): void {
  if (json) print([JSON.stringify({ metrics: metrics(), functions: metricFunctions() })]);
  else print(table());
}

function table(): string[] {
  const lines: string[] = [];
  for (const metric of metrics()) {
    const parameters = metric.parameters.map((p) => `${p.name}=${p.default}`).join(', ');
    const also = metric.aliases.length > 0 ? `  (also ${metric.aliases.join(', ')})` : '';
    lines.push(`${metric.name}${parameters ? `(${parameters})` : ''}${also}`);
    lines.push(`    ${metric.formula}   in ${metric.range}`);
    if (metric.undefined) lines.push(`    undefined for ${metric.undefined}`);
    for (const p of metric.parameters) lines.push(`    ${p.name}: ${p.about}`);
  }
  lines.push('', 'Functions of a term:');
  for (const { name, about } of metricFunctions()) lines.push(`    ${name}(…)  ${about}`);
  lines.push('', 'Combine with + - * / and numbers: "0.5*minmax(cosine) + 0.5*minmax(canberra)"');
  return lines;
}
