/** `.npz`: arrays of NumPy in a zip archive. */
import { arraysByName, requireWhole } from './by-name.js';
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
import { matrixIn } from './values.js';
import { meaningOf, type Wanted } from './wanted.js';
import { isZip, readMember, startOfMember, type ZipMember, zipMembers } from './zip.js';

export { isZip as isNpz };

/** A member that NumPy wrote. */
interface ArrayMember extends Member {
  shape: readonly number[];
  isFloat: boolean;
  member: ZipMember;
  array: NpyArray;
}

/** Packed members beyond this number are not looked into: the beginning of each may grow a thousandfold. */
const MOST_PACKED = 1000;
/** Bytes of a member in which its header lies, unless it is long. */
const SHORT_HEADER = 256;

/** Finds the matrix of an archive: the member asked for, or the only one that is a matrix. */
export function findInNpz(source: Source, wanted: Wanted): FoundMatrix {
  const { arrays, isCut } = arraysOf(source);
  const apart = arraysByName(wanted.member === undefined ? arrays : []);
  if (apart.arrays.length > 0) {
    const bytes = apart.arrays.reduce((sum, { member }) => sum + member.size, 0);
    requireWhole(source, { bytes, most: isCut ? MOST_PACKED : undefined });
    return together(source, apart, wanted);
  }
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

/** The matrix of members that hold a vector each, or the rows of a person. */
function together(
  source: Source,
  { arrays, common }: { arrays: readonly ArrayMember[]; common: string },
  wanted: Wanted,
): FoundMatrix {
  const byName = arrays.map(({ name, member, array }) => {
    const { descr, shape, fortran, offset } = array;
    const data = readMember(source, member).subarray(offset);
    return [name.slice(0, name.length - common.length), { descr, shape, fortran, data }] as const;
  });
  return matrixIn(source, new Map(byName), 'a zip archive', wanted);
}

/** The arrays; `isCut` if more of them are packed. */
function arraysOf(source: Source): { arrays: ArrayMember[]; isCut: boolean } {
  let packed = 0;
  const arrays = zipMembers(source).flatMap((member) => {
    if (!member.name.endsWith('.npy')) return [];
    if (!member.stored) packed += 1;
    if (!member.stored && packed > MOST_PACKED) return [];
    const start = (bytes: number) => npyArray(startOfMember(source, member, bytes));
    const array = start(SHORT_HEADER) ?? start(LONGEST_NPY_HEADER);
    if (array === undefined) return [];
    const [name, { shape }] = [member.name.slice(0, -4), array];
    const isFloat = /^[<>=|]?f[248]$/.test(array.descr);
    const kinds = { isMatrix: isMatrix(array), isFloat };
    return [{ name, about: describeArray(array), shape, ...kinds, member, array }];
  });
  return { arrays, isCut: packed > MOST_PACKED };
}
