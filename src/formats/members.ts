/** The one matrix that is meant among the arrays of a file. */
import { quoteText } from '../printable.js';
import { refused } from './failure.js';
import { listTexts, nearestHint } from './lists.js';
import { meaningOf, type Wanted } from './wanted.js';

/** An array of a file. */
export interface Member {
  name: string;
  /** Size and type, as people call them: `7 × 5 of float32`. */
  about: string;
  isMatrix: boolean;
}

/**
 * The member asked for; else the only matrix, or the only one whose name tells that it holds vectors.
 *
 * Errors: `EFORMAT`, with a list of all members, if there is no such one, or if it is no matrix.
 */
export function chooseMember<One extends Member>(
  file: string,
  members: readonly One[],
  { member: wanted }: Wanted,
): One {
  const described = listTexts(members.map(({ name, about }) => `${name} (${about})`));
  if (wanted !== undefined) {
    const found = members.find(({ name }) => name === wanted);
    if (found?.isMatrix) return found;
    const names = members.map(({ name }) => name);
    throw refused(file, {
      found: found ? `${quoteText(wanted)} of ${found.about}` : `no member ${wanted}`,
      expected: `${found ? 'a matrix of numbers, ' : ''}one of ${described || 'its arrays, of which there are none'}`,
      ...(found === undefined && nearestHint(names, wanted, (name) => `Write ${file}:${name}`)),
    });
  }
  const matrices = members.filter(({ isMatrix }) => isMatrix);
  const telling = matrices.filter(({ name }) => meaningOf(name) === 'vectors');
  const [first, ...others] = telling.length === 1 ? telling : matrices;
  if (first !== undefined && others.length === 0) return first;
  throw refused(file, {
    found: `${first === undefined ? 'no matrix' : `${matrices.length} matrices`}: ${described || 'no arrays'}`,
    expected: 'one matrix of numbers, or to be told which',
    hint: first === undefined ? cureOf(members) : `Write ${file}:${first.name}`,
  });
}

/** How to make a matrix of what has none. */
function cureOf(members: readonly Member[]): string {
  const has = (about: RegExp) => members.some((one) => about.test(one.about));
  if (has(/ of struct$/))
    return "Save its fields as variables: save FILE -struct NAME, or savemat(FILE, {'X': X})";
  if (has(/ of \|?O\d*$/))
    return 'Stack the Python objects first: numpy.save(FILE, numpy.stack(LIST))';
  return 'Save the matrix with numpy.save';
}
