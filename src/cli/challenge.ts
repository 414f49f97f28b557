import { existsSync } from 'node:fs';
import type { SubmissionOptions } from '../csv/submission.js';
import { HackfaceError } from '../errors.js';
import { usageError } from './failure.js';

/** With `/`, which every system reads, so that what is printed is the same. */
const PLACES = ['', 'data/'];

/** The file of the challenge's name, where people unpack it. */
export function discover(name: string, option: string): string {
  const found = PLACES.map((place) => `${place}${name}`).find((path) => existsSync(path));
  if (found) return found;
  throw new HackfaceError('EINPUT', 'input', {
    found: `no ${name} in . or ./data`,
    expected: 'the file there',
    hint: `Name it with ${option} FILE, or make a challenge with hackface-native synth data`,
  });
}

/** `Id,Predicted`: two names in their order, of which one ends in "id". */
export function parseColumns(text: string): Pick<SubmissionOptions, 'columns' | 'idFirst'> {
  const names = text.split(',').map((name) => name.trim());
  const [first = '', second = ''] = names;
  const isId = (name: string) => /id$/i.test(name);
  if (names.length !== 2 || first === '' || second === '' || isId(first) === isId(second)) {
    throw usageError(
      `--columns ${text}`,
      'two names, of which one ends in "id" and holds the ids',
      'Write for example --columns Id,Predicted',
    );
  }
  return isId(first)
    ? { columns: { id: first, distance: second }, idFirst: true }
    : { columns: { id: second, distance: first }, idFirst: false };
}
