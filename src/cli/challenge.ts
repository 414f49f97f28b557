/** The files of the challenge where they are not named, and the two columns of a submission. */
import { existsSync } from 'node:fs';
import type { SubmissionOptions } from '../csv/submission.js';
import { HackfaceError } from '../errors.js';
import { usageError } from './failure.js';

/** With `/`, which every system reads, so that all print the same. */
const PLACES = ['', 'data/'];

/** Finds a file of the challenge where people unpack it. */
export function discover(name: string, option: string): string {
  const found = PLACES.map((place) => `${place}${name}`).find((path) => existsSync(path));
  if (found) return found;
  throw notFound(`no ${name} in . or ./data`, 'the file there', `Name it with ${option} FILE`);
}

/**
 * Finds the embeddings and the pairs of a challenge, unless they are named. If neither is, both come
 * from one folder, so that the rows of one challenge never meet the pairs of another.
 */
export function discoverChallenge(
  named: Record<'embeddings' | 'pairs', string | undefined>,
): Record<'embeddings' | 'pairs', string> {
  const [matrix, list] = ['test_set.npy', 'test_pairs.csv'];
  if (named.embeddings !== undefined || named.pairs !== undefined) {
    return {
      embeddings: named.embeddings ?? discover(matrix, '--embeddings'),
      pairs: named.pairs ?? discover(list, '--pairs'),
    };
  }
  const lacks: string[] = [];
  for (const place of PLACES) {
    const missing = [matrix, list].filter((name) => !existsSync(`${place}${name}`));
    if (missing.length === 0) return { embeddings: `${place}${matrix}`, pairs: `${place}${list}` };
    lacks.push(`no ${missing.join(' or ')} in ${place === '' ? '.' : './data'}`);
  }
  throw notFound(
    lacks.join(', '),
    `${matrix} and ${list} in one folder, . or ./data`,
    'Name them with --embeddings FILE and --pairs FILE',
  );
}

function notFound(found: string, expected: string, hint: string): HackfaceError {
  return new HackfaceError('EINPUT', 'input', {
    found,
    expected,
    hint: `${hint}, or make a challenge with hackface-native synth data`,
  });
}

/** Parses the names of the two columns in their order, such as `Id,Predicted`. */
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
