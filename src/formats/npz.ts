/** `.npz`: arrays of NumPy in a zip archive. */
import { listTexts, nearestHint } from './lists.js';
import { refused } from './failure.js';
import { type FoundMatrix, meaningOf } from './matrix.js';
import {
  describeArray,
  isMatrix,
  LONGEST_NPY_HEADER,
  type NpyArray,
  npyArray,
  textsOf,
} from './npy-header.js';
import type { Source } from './source.js';
import { isZip, readMember, startOfMember, type ZipMember, zipMembers } from './zip.js';

export { isZip as isNpz };

/** A member that NumPy wrote. */
interface Member {
  name: string;
  member: ZipMember;
  array: NpyArray;
}

/** Members beyond this number are not looked into. */
const MOST_ARRAYS = 1000;

/** Finds the matrix of an archive: the member asked for, or the only one that is a matrix. */
export function findInNpz(source: Source, wanted: string | undefined): FoundMatrix {
  const arrays = arraysOf(source);
  const { name, member, array } = chosen(source.file, arrays, wanted);
  const told = `member ${name} of a zip archive, ${member.stored ? 'stored' : 'packed'}`;
  const texts = (meaning: 'names' | 'labels') => {
    const count =
      array.shape.length === 3 && array.shape[0] === 1 ? array.shape[1] : array.shape[0];
    const named = arrays.find(
      (one) =>
        meaningOf(one.name) === meaning &&
        one.array.shape.length === 1 &&
        one.array.shape[0] === count,
    );
    return named && (() => textsOf(readMember(source, named.member), named.array) ?? []);
  };
  const about = { told, names: texts('names'), labels: texts('labels') };
  if (member.stored) {
    return { ...about, place: { offset: member.offset, length: member.size } };
  }
  return { ...about, place: { offset: 0 }, bytes: readMember(source, member) };
}

function arraysOf(source: Source): Member[] {
  return zipMembers(source)
    .filter(({ name }) => name.endsWith('.npy'))
    .slice(0, MOST_ARRAYS)
    .flatMap((member) => {
      const array = npyArray(startOfMember(source, member, LONGEST_NPY_HEADER));
      return array === undefined ? [] : [{ name: member.name.slice(0, -4), member, array }];
    });
}

function chosen(file: string, arrays: Member[], wanted: string | undefined): Member {
  const matrices = arrays.filter(({ array }) => isMatrix(array));
  const described = listTexts(arrays.map(({ name, array }) => `${name} (${describeArray(array)})`));
  if (wanted !== undefined) {
    const found = arrays.find(({ name }) => name === wanted || `${name}.npy` === wanted);
    if (found !== undefined) return found;
    const names = arrays.map(({ name }) => name);
    throw refused(file, {
      found: `no member ${wanted}`,
      expected: `one of ${described || 'its arrays, of which there are none'}`,
      ...nearestHint(names, wanted, (name) => `Write ${file}:${name}`),
    });
  }
  const named = matrices.filter(({ name }) => meaningOf(name) === 'vectors');
  const [first, ...others] = named.length === 1 ? named : matrices;
  if (first !== undefined && others.length === 0) return first;
  throw refused(file, {
    found: `${first === undefined ? 'no matrix' : `${matrices.length} matrices`}: ${described || 'no arrays'}`,
    expected: 'one matrix of numbers, or to be told which',
    hint: first === undefined ? 'Save the matrix with numpy.save' : `Write ${file}:${first.name}`,
  });
}
