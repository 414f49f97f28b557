/** Answers of gates as JUnit XML and as Markdown. */
import { filePath, isArray, look, readOptions, wrongArgument } from '../arguments.js';
import { WRITE_RULES, type WriteOptions, writeFileAtomic } from '../files/atomic.js';
import { printable } from '../printable.js';
import { escapeText } from './markup.js';
import type { GateReport, GateResult } from '../gates/judge.js';

/** Rule for the answers of gates. */
function requireReport(value: unknown): GateReport {
  const { schema, gates } = look(value, 'schema', 'gates');
  if (schema === 'hackface-gates/1' && isArray(gates)) return value as GateReport;
  throw wrongArgument('report', value, 'the answers of judge');
}

/** A number for a reader: at most five significant digits. */
function short(value: number | null): string {
  return value === null ? '–' : String(Number(value.toPrecision(5)));
}

/** The answer of a gate as one line. */
export function describeGate({ gate, answer, value, interval, because }: GateResult): string {
  const within = interval === null ? '' : ` (${short(interval.low)} … ${short(interval.high)})`;
  return `${answer}: ${gate}: ${short(value)}${within}; ${because}`;
}

/** Writes answers as JUnit XML, a test case for each gate: *not met* is a failure, *cannot tell* an error. Errors: those of writing a file. */
export async function writeJUnit(
  report: GateReport,
  path: string,
  options: WriteOptions = {},
): Promise<void> {
  const settled = readOptions(options, WRITE_RULES);
  filePath(path, 'path');
  const { gates } = requireReport(report);
  const count = (answer: string) => gates.filter((gate) => gate.answer === answer).length;
  const totals = `tests="${gates.length}" failures="${count('not met')}" errors="${count('cannot tell')}"`;
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${totals}>`,
    `  <testsuite name="hackface-native gates" ${totals} skipped="0">`,
    ...gates.flatMap(testCase),
    '  </testsuite>',
    '</testsuites>',
    '',
  ];
  await writeFileAtomic(path, [Buffer.from(lines.join('\n'))], settled);
}

function testCase(gate: GateResult): string[] {
  const open = `    <testcase classname="gates" name="${escapeText(gate.gate)}"`;
  if (gate.answer === 'met') return [`${open}/>`];
  const element = gate.answer === 'not met' ? 'failure' : 'error';
  const text = escapeText(describeGate(gate));
  return [
    `${open}>`,
    `      <${element} type="${gate.answer}" message="${text}"/>`,
    '    </testcase>',
  ];
}

const SIGNS: Record<string, string> = { met: '✅', 'not met': '❌', 'cannot tell': '❔' };

/** Answers as a table in Markdown; lines without their ends. */
export function gateTable(report: GateReport): string[] {
  const { answer, gates } = requireReport(report);
  const cell = (text: string) => printable(text).replaceAll('|', '\\|');
  const rows = gates.map(({ gate, answer: of, value, interval, because }) => {
    const within = interval === null ? '–' : `${short(interval.low)} … ${short(interval.high)}`;
    const cells = [`\`${cell(gate)}\``, `${SIGNS[of]} ${of}`, short(value), within, cell(because)];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    `### Gates: ${answer}`,
    '',
    '| gate | answer | value | interval | because |',
    '| --- | --- | ---: | ---: | --- |',
    ...rows,
    '',
  ];
}
