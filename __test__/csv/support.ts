/** Helpers of the csv/ tests. */
import assert from 'node:assert/strict';
import { LABELS_FORMAT, type Labels, type LabelsOptions } from '#dist/csv/labels.js';
import { parsePairs } from '#dist/csv/pairs.js';
import { SCORES_FORMAT, type Scores, type ScoresOptions } from '#dist/csv/scores.js';
import { TRUTH_FORMAT, type Truth } from '#dist/csv/truth.js';
import { HackfaceError } from '#dist/errors.js';

/** Expected parts of a refusal; texts match as substrings. */
export interface Refusal {
  code: string;
  class?: string;
  file?: string;
  line?: number;
  row?: number;
  column?: string;
  found?: string | RegExp;
  expected?: string | RegExp;
  hint?: string | RegExp;
}

/** UTF-8 bytes of a text. */
export function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'utf8');
}

/** Labels from memory. */
export function parseLabels(
  bytes: Uint8Array,
  options: LabelsOptions & { file?: string } = {},
): Labels {
  return LABELS_FORMAT.parse(bytes, options);
}

/** The truth from memory. */
export function parseTruth(bytes: Uint8Array): Truth {
  return TRUTH_FORMAT.parse(bytes, {});
}

/** A submission from memory. */
export function parseSubmission(bytes: Uint8Array, options: ScoresOptions = {}): Scores {
  return SCORES_FORMAT.parse(bytes, options);
}

/** Fails unless the function refuses as told, in the form that every refusal has. */
export function refuses(act: () => unknown, refusal: Refusal): HackfaceError {
  let thrown: unknown;
  try {
    act();
  } catch (error) {
    thrown = error;
  }
  return checkRefusal(thrown, refusal);
}

/** {@link refuses} for promises. */
export async function refusesLater(
  act: () => Promise<unknown>,
  refusal: Refusal,
): Promise<HackfaceError> {
  let thrown: unknown;
  try {
    await act();
  } catch (error) {
    thrown = error;
  }
  return checkRefusal(thrown, refusal);
}

function checkRefusal(error: unknown, refusal: Refusal): HackfaceError {
  assert.ok(error instanceof HackfaceError, `expected a refusal, got ${String(error)}`);
  assert.equal(error.code, refusal.code, error.message);
  for (const key of ['class', 'file', 'line', 'row', 'column'] as const) {
    if (refusal[key] !== undefined) assert.equal(error[key], refusal[key], error.message);
  }
  for (const key of ['found', 'expected', 'hint'] as const) {
    const wanted = refusal[key];
    const text = error[key] ?? '';
    if (typeof wanted === 'string') assert.ok(text.includes(wanted), `${key}: ${text}`);
    else if (wanted !== undefined) assert.match(text, wanted);
  }
  // One line: place, found, expected, what to do; no stack, no control characters.
  const where = error.line ?? error.row;
  const place = [error.file, where, where === undefined ? undefined : error.column]
    .filter((part) => part !== undefined)
    .join(':');
  const offset = where === undefined && error.offset !== undefined ? `@${error.offset}` : '';
  const prefix = place + offset === '' ? '' : `${place}${offset}: `;
  assert.equal(
    error.message,
    `${prefix}found ${error.found}, expected ${error.expected}. ${error.hint}`,
  );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point.
  assert.doesNotMatch(error.message, /[\u0000-\u001f\u007f-\u009f]/);
  assert.equal(error.toJSON().message, error.message);
  // The same process goes on to give right answers.
  const good = parsePairs(bytesOf('index1,index2,Id\n3,1,7\n0,2,5\n'));
  assert.deepEqual([...good.index1, ...good.index2, ...good.ids], [3, 0, 1, 2, 7, 5]);
  return error;
}

/** Says on standard error that a test is not run here, and why. */
export function skipLoudly(what: string, why: string): void {
  console.error(`skipped: ${what}: ${why}`);
}
