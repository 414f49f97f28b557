/** Gates of commands that judge: their flags, what they need of the result, and how answers leave. */
import { appendFileSync } from 'node:fs';
import type { Comparison } from '../evaluation/compare.js';
import { writeFileAtomic } from '../files/atomic.js';
import { loadResult } from '../gates/documents.js';
import { type Judgeable, optionsFor } from '../gates/figure.js';
import {
  type GateAnswer,
  type GateReport,
  judge,
  parseBound,
  parseMargin,
} from '../gates/judge.js';
import { gateTable, writeJUnit } from '../report/gate-files.js';
import { printable } from '../printable.js';
import { usageError } from './failure.js';
import { range, rate, row, table } from './figures.js';
import { Flag, input, output, type Parsed } from './flags.js';

/** Exit code of each answer. */
export const GATE_EXIT_CODES: Record<GateAnswer, number> = {
  met: 0,
  'not met': 1,
  'cannot tell': 3,
};

/** In place of a file: the job summary of GitHub, and annotations of the run. */
const GITHUB = 'github';

const texts = (flags: string, about: string) => new Flag<string[] | undefined>(flags, about);

/** The flags of gates. */
export const gates = () => {
  const noWorse = texts(
    '--no-worse <gates...>',
    'figures that may be worse than in --baseline by so much, as "eer by 0.01"',
  );
  // Commander takes a flag that begins with `--no-` as the denial of another.
  noWorse.negate = false;
  return {
    require: texts(
      '--require <gates...>',
      'bounds that intervals are to keep, as "eer<=0.05" "tar@far=1e-3>=0.9"; exit code 0 met, 1 not met, 3 cannot tell',
    ),
    baseline: input('--baseline <file>', 'JSON that an earlier run printed, to compare with'),
    noWorse,
    junit: output('--junit <file>', 'JUnit XML of the gates to write'),
    summary: output(
      '--summary <file>',
      'Markdown table of the gates to write; github adds it to the job summary and annotates the run',
      { words: [GITHUB] },
    ),
  };
};

/** The parsed flags of gates. */
export type GateFlags = Parsed<{ Gates: ReturnType<typeof gates> }>;

/** Refuses gates that cannot be read or told, before the work. */
export function requireGates(flags: GateFlags): void {
  const { require: bounds = [], noWorse = [], baseline, junit, summary } = flags;
  for (const gate of bounds) parseBound(gate);
  for (const gate of noWorse) parseMargin(gate);
  if (noWorse.length > 0 && baseline === undefined) {
    throw usageError('--no-worse without --baseline', 'the result to compare with');
  }
  if (noWorse.length === 0 && baseline !== undefined) {
    throw usageError('--baseline without --no-worse', 'a figure and by how much it may be worse');
  }
  const idle = junit !== undefined ? '--junit' : summary !== undefined ? '--summary' : undefined;
  if (idle !== undefined && !hasGates(flags)) {
    throw usageError(`${idle} without a gate`, 'one, with --require or --no-worse');
  }
}

/** True if there is a gate. */
export function hasGates({ require: bounds = [], noWorse = [] }: GateFlags): boolean {
  return bounds.length + noWorse.length > 0;
}

/** Options that the figures of the gates need besides those that were asked for; `defaults` are taken where none were. */
export function gateOptions(
  flags: GateFlags,
  defaults: Partial<Record<'atFar' | 'atThreshold' | 'fpirs' | 'ranks', readonly number[]>>,
): Record<string, number[]> {
  const { require: bounds = [], noWorse = [] } = flags;
  const figures = [...bounds.map((gate) => parseBound(gate)), ...noWorse.map(parseMargin)];
  const needed = Object.entries(optionsFor(figures.map(({ figure }) => figure)));
  return Object.fromEntries(
    needed.map(([option, values]) => {
      const asked = defaults[option as keyof typeof defaults] ?? [];
      return [option, [...new Set([...asked, ...values])]];
    }),
  );
}

/** Judges the gates and writes the files that were asked for; `undefined` without a gate. */
export async function judgeGates(
  result: Judgeable,
  flags: GateFlags & { force?: boolean | undefined; level?: number | undefined },
  comparison?: Comparison | null,
): Promise<GateReport | undefined> {
  if (!hasGates(flags)) return undefined;
  const { require: bounds, noWorse, baseline: file, junit, summary, force, level } = flags;
  const baseline = file === undefined ? undefined : await loadResult(file);
  const report = judge(result, {
    require: bounds,
    noWorse,
    baseline,
    comparison: comparison ?? undefined,
    level,
  });
  if (junit !== undefined) await writeJUnit(report, junit, { force });
  if (summary === GITHUB) summarise(report);
  else if (summary !== undefined) {
    await writeFileAtomic(summary, [Buffer.from(gateTable(report).join('\n'))], { force });
  }
  process.exitCode = GATE_EXIT_CODES[report.answer];
  return report;
}

/** Adds the table to the summary of the job that runs on GitHub. */
function summarise(report: GateReport): void {
  const file = process.env.GITHUB_STEP_SUMMARY;
  if (!file) {
    throw usageError(
      '--summary github outside of a job on GitHub',
      'GITHUB_STEP_SUMMARY to be set',
    );
  }
  appendFileSync(file, `${gateTable(report).join('\n')}\n`);
}

/** The answers, as lines. */
export function describeGates({ answer, gates: all }: GateReport): string[] {
  const cells = all.map(({ gate, answer: of, value, interval }) => [
    `  ${gate}`,
    of,
    rate(value),
    range(interval),
  ]);
  const reasons = ['because', ...all.map(({ because }) => because)];
  const lines = table([['  gate', 'answer', 'value', 'interval'], ...cells]);
  return [row('gates', answer), ...lines.map((line, at) => `${line}  ${reasons[at]}`)];
}

/** Annotations of GitHub for gates that are not met, as lines; none where `--summary github` was not asked for. */
export function annotations({ gates: all }: GateReport, { summary }: GateFlags): string[] {
  if (summary !== GITHUB) return [];
  const told = all.filter(({ answer }) => answer !== 'met');
  return told.map(({ gate, answer, because }) => {
    const level = answer === 'not met' ? 'error' : 'warning';
    const text = printable(`${gate}: ${answer}; ${because}`).replaceAll('%', '%25');
    return `::${level} title=hackface-native gate::${text}`;
  });
}
