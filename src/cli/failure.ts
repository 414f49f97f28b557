/** Failures as text or JSON, and the exit code of each. */
import { type ErrorClass, HackfaceError } from '../errors.js';
import { AbortError } from '../job.js';

/** Exit code of each class of failure; 0 is success. */
export const EXIT_CODES: Record<ErrorClass, number> = {
  usage: 2,
  data: 65,
  input: 66,
  internal: 70,
  create: 73,
  io: 74,
  aborted: 130,
};

/** A request that the command line cannot read. */
export function usageError(found: string, expected: string, hint?: string): HackfaceError {
  return new HackfaceError('EUSAGE', 'usage', { found, expected, ...(hint ? { hint } : {}) });
}

/** A failure as one line of text or one object of JSON, and its exit code. */
export function describeFailure(error: unknown, json: boolean): { text: string; exitCode: number } {
  const known = asHackfaceError(error);
  const text = json ? JSON.stringify({ error: known }) : `error[${known.code}] ${known.message}`;
  return { text, exitCode: EXIT_CODES[known.class] };
}

function asHackfaceError(error: unknown): HackfaceError {
  if (error instanceof HackfaceError) return error;
  if (error instanceof AbortError) {
    return new HackfaceError('EABORTED', 'aborted', {
      found: 'a request to stop',
      expected: 'to run to the end',
    });
  }
  // V8 has no code for it.
  if (error instanceof RangeError && error.message === 'Array buffer allocation failed') {
    return new HackfaceError('EMEMORY', 'io', {
      found: 'no memory left for an array',
      expected: 'room for the inputs and the results',
      hint: 'Use a smaller input, a machine with more memory, or raise the limit of this process',
    });
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new HackfaceError('EINTERNAL', 'internal', {
    found: oneLine(text),
    expected: 'this never to happen',
    hint: 'This is a bug in hackface-native: please report it with this message',
  });
}

function oneLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.join(' | ');
}
