/** Results that were kept as JSON: evaluations and identifications, read back. */
import { filePath, isArray, isObject, look, wrongArgument } from '../arguments.js';
import { HackfaceError } from '../errors.js';
import { piecesOf } from '../files/input.js';
import type { Comparison } from '../evaluation/compare.js';
import type { Judgeable } from './figure.js';

const SCHEMAS: readonly string[] = ['hackface-evaluation/1', 'hackface-identification/1'];

/** Rule for the result of an evaluation or of a search. */
export function requireDocument(value: unknown, name: string): Judgeable {
  if (isDocument(value)) return value;
  throw wrongArgument(name, value, 'the result of an evaluation or of a search');
}

/** Rule for the comparison of two systems. */
export function requireComparison(value: unknown, name: string): Comparison {
  const { auroc, eer, tarAtFar, warnings } = look(value, 'auroc', 'eer', 'tarAtFar', 'warnings');
  const whole = isObject(auroc) && isObject(eer) && isArray(tarAtFar) && isArray(warnings);
  if (whole) return value as Comparison;
  throw wrongArgument(name, value, 'the comparison of two systems');
}

function isDocument(value: unknown): value is Judgeable {
  const { schema, warnings, undefinedBecause } = look(
    value,
    'schema',
    'warnings',
    'undefinedBecause',
  );
  return SCHEMAS.includes(schema as string) && isArray(warnings) && isObject(undefinedBecause);
}

/**
 * Reads what `evaluate --json` or `identify --json` printed. Errors: `EFORMAT` for another text, those of opening a
 * file.
 */
export async function readResult(file: string): Promise<Judgeable> {
  filePath(file, 'file');
  return loadResult(file);
}

/** {@link readResult} for a path that was validated before. */
export async function loadResult(file: string): Promise<Judgeable> {
  const value = parsed(await textOf(file), file);
  const { identification } = Object(value) as { identification?: unknown };
  const document = isDocument(value) ? value : identification;
  if (isDocument(document)) return document;
  throw wrongResult(file, 'JSON of another kind');
}

/**
 * Reads the result of a pilot: that of {@link readResult}, or of two systems as `evaluate --scores A B --json` printed
 * them: the first, and how it differs from the second.
 */
export async function readComparison(
  file: string,
): Promise<{ pilot: Judgeable; comparison?: Comparison }> {
  const value = parsed(await textOf(file), file);
  const { evaluations, comparison } = look(value, 'evaluations', 'comparison');
  const [first] = isArray(evaluations) ? evaluations : [];
  if (!isDocument(first) || !isObject(comparison)) return { pilot: await loadResult(file) };
  return { pilot: first, comparison: comparison as Comparison };
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrongResult(file, 'no JSON');
  }
}

function wrongResult(file: string, found: string): HackfaceError {
  const expected = 'the JSON of an evaluation or an identification';
  return new HackfaceError('EFORMAT', 'data', { file, found, expected, hint: 'Write it again' });
}

async function textOf(file: string): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of piecesOf(file)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString('utf8');
}
