/** `.npz`: arrays of NumPy in a zip archive. */
import type { FoundMatrix } from './matrix.js';
import { chooseMember, type Member } from './members.js';
import {
  describeArray,
  isMatrix,
  LONGEST_NPY_HEADER,
  type NpyArray,
  npyArray,
  textsOf,
} from './npy-header.js';
import type { Source } from './source.js';
import { meaningOf, type Wanted } from './wanted.js';
import { isZip, readMember, startOfMember, type ZipMember, zipMembers } from './zip.js';

export { isZip as isNpz };

/** A member that NumPy wrote. */
interface ArrayMember extends Member {
  member: ZipMember;
  array: NpyArray;
}

/** Members beyond this number are not looked into. */
const MOST_ARRAYS = 1000;

/** Finds the matrix of an archive: the member asked for, or the only one that is a matrix. */
export function findInNpz(source: Source, wanted: Wanted): FoundMatrix {
  const arrays = arraysOf(source);
  // The core says of an array of other axes how to make it a matrix.
  const asked = arrays.find(
    ({ member }) => member.name.replace(/\.npy$/, '') === wanted.member?.replace(/\.npy$/, ''),
  );
  const { name, member, array } = asked ?? chooseMember(source.file, arrays, wanted);
  const told = `member ${name} of a zip archive, ${member.stored ? 'stored' : 'packed'}`;
  const texts = (meaning: 'names' | 'labels') => {
    const count =
      array.shape.length === 3 && array.shape[0] === 1 ? array.shape[1] : array.shape[0];
    const named = arrays.find(
      (one) =>
        meaningOf(one.name, wanted) === meaning &&
        one.array.shape.length === 1 &&
        one.array.shape[0] === count,
    );
    return named && (() => textsOf(readMember(source, named.member), named.array) ?? []);
  };
  const [names, labels] = [texts('names'), texts('labels')];
  const beside = arrays.filter(
    ({ array: one }) =>
      one.shape.length === 1 && one.shape[0] === array.shape[0] && /[USiu]\d+$/.test(one.descr),
  );
  const [one] = names || labels || wanted.names || wanted.labels ? [] : beside;
  const more = one && `; :${name},labels=${one.name} behind the file takes classes from there`;
  const about = { told: told + (more ?? ''), names, labels };
  if (member.stored) {
    return { ...about, place: { offset: member.offset, length: member.size } };
  }
  return { ...about, place: { offset: 0 }, bytes: readMember(source, member) };
}

function arraysOf(source: Source): ArrayMember[] {
  return zipMembers(source)
    .filter(({ name }) => name.endsWith('.npy'))
    .slice(0, MOST_ARRAYS)
    .flatMap((member) => {
      const array = npyArray(startOfMember(source, member, LONGEST_NPY_HEADER));
      if (array === undefined) return [];
      const name = member.name.slice(0, -4);
      return [{ name, about: describeArray(array), isMatrix: isMatrix(array), member, array }];
    });
}
