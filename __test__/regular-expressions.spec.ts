/** No regular expression takes more than linear time: every one of src/, on texts that make bad ones slow. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';

const SOURCES = join(import.meta.dirname, '..', '..', 'src');

interface Found {
  place: string;
  expression: RegExp;
}

/** Every literal `/…/` of a file; those made at run time are refused. */
function expressionsOf(name: string): Found[] {
  const text = readFileSync(join(SOURCES, name), 'utf8');
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest);
  const found: Found[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      const expression = new RegExp(node.text.slice(1, end), node.text.slice(end + 1));
      const { line } = ts.getLineAndCharacterOfPosition(file, node.getStart(file));
      found.push({ place: `src/${name}:${line + 1} ${node.text}`, expression });
    }
    assert.ok(!(ts.isNewExpression(node) && node.expression.getText(file) === 'RegExp'), name);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

const expressions = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && name !== 'binding.d.ts')
  .flatMap(expressionsOf);

/** One character of each class that an expression can tell apart, and those that it names. */
function lettersOf({ source }: RegExp): string[] {
  const named = source
    .replaceAll(/\\[pP]\{[^}]*\}|\(\?[=!:<]*|\\[dDwWsSbB]/g, '')
    .replaceAll(/\\(?=.)/g, '');
  return [...new Set([' ', '\t', '\n', '\0', '0', 'a', '_', '.', ...named])].slice(0, 40);
}

/** Beginnings that lead an anchored expression to what it repeats. */
const BEGINNINGS = [
  '',
  'a ',
  'a b:1',
  '"',
  '-',
  'x(',
  "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)",
  "required option '",
  'version `GLIBC_',
];

/** Texts that repeat one or two of an expression's letters between a beginning and what it does not expect. */
function attacks(expression: RegExp): { beginning: string; pump: string }[] {
  const letters = lettersOf(expression);
  const pairs = letters.flatMap((a) => letters.slice(0, 5).map((b) => a + b));
  const triples = letters.slice(8).flatMap((a) => letters.slice(8, 14).map((b) => `${a}0${b}`));
  const pumps = [...letters, ...pairs, ...triples];
  return BEGINNINGS.flatMap((beginning) => pumps.map((pump) => ({ beginning, pump })));
}

const attack = (beginning: string, pump: string, length: number) =>
  `${beginning}${pump.repeat(Math.ceil(length / pump.length))}\u0001!`;

function milliseconds(expression: RegExp, text: string): number {
  const started = performance.now();
  if (expression.global) text.replaceAll(expression, '');
  else expression.test(text);
  return performance.now() - started;
}

/** The least of three: a pause of the machine is not an expression's fault. */
const least = (expression: RegExp, text: string) =>
  Math.min(...[1, 2, 3].map(() => milliseconds(expression, text)));

// A short text comes first: what is worse than the square takes hours for a long one. What takes a
// millisecond at all must grow no more than linearly: 4 times for a text 4 times as long, where the square grows 16 times.
const [SHORT, LONG] = [500, 4000];

/** A text on which an expression is slow. */
function slowText(expression: RegExp): string | undefined {
  const found = attacks(expression).find(({ beginning, pump }) => {
    const time = (length: number) => least(expression, attack(beginning, pump, length));
    if (time(SHORT) > 4) return true;
    const long = time(LONG);
    return long > 1 && time(4 * LONG) > 8 * long;
  });
  return found && JSON.stringify(`${found.beginning}${found.pump}${found.pump}…`);
}

test('each regular expression is linear', () => {
  assert.ok(expressions.length > 80);
  const slow = expressions.flatMap(({ place, expression }) => {
    const text = slowText(expression);
    return text === undefined ? [] : [`${place} on ${text}`];
  });
  assert.deepEqual(slow, []);
});

test('the attacks find what is not linear', () => {
  const bad = [
    /\s*\n\s*/,
    /^[+-]?(\d+\.?\d*|\.\d+)$/,
    /\0+$/,
    /^\S+ \S.*:\d+(\[.*\])?\s*$/,
    /__\w+x/,
  ];
  for (const expression of bad) assert.ok(slowText(expression), String(expression));
});
