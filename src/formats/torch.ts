/** Files of `torch.save`: a pickle in a zip archive, and the storages that it names. */
import { STORAGES } from './arrays.js';
import { refused } from './failure.js';
import type { FoundMatrix } from './matrix.js';
import { Named, unpickle, type Value } from './pickle.js';
import type { Source } from './source.js';
import { matrixIn } from './values.js';
import type { Wanted } from './wanted.js';
import { isZip, readMember, zipMembers } from './zip.js';

/** True for the first bytes of such a file: the first member is the pickle. */
export function isTorch(head: Buffer): boolean {
  if (!isZip(head) || head.length < 30) return false;
  const name = head.toString('latin1', 30, 30 + head.readUInt16LE(26));
  return /(^|\/)data\.pkl$/.test(name);
}

export function findInTorch(source: Source, wanted: Wanted): FoundMatrix {
  const members = new Map(zipMembers(source).map((member) => [member.name, member]));
  // The first member has that name; the directory at the end, which counts, may have another.
  const pickle = [...members.values()].find(({ name }) => /(^|\/)data\.pkl$/.test(name));
  if (pickle === undefined) {
    throw refused(source.file, {
      found: 'an archive whose directory names no data.pkl',
      expected: 'the pickle that torch.save writes',
      hint: 'The file was damaged: copy or write it again',
    });
  }
  const folder = pickle.name.slice(0, -'data.pkl'.length);
  const order = members.get(`${folder}byteorder`);
  if (order && readMember(source, order).toString('latin1') !== 'little') {
    throw refused(source.file, {
      found: 'a file of a big-endian machine',
      expected: 'little-endian',
    });
  }
  const storages = new Map<string, Value>();
  const storage = (id: Value): Value | undefined => {
    const [kind, type, key] = Array.isArray(id) ? id : [];
    const descr = type instanceof Named ? STORAGES[type.name.replace(/^torch\./, '')] : undefined;
    const member = typeof key === 'string' ? members.get(`${folder}data/${key}`) : undefined;
    if (kind !== 'storage' || descr === undefined || member === undefined) return undefined;
    const known = storages.get(member.name);
    if (known !== undefined) return known;
    const data = readMember(source, member);
    const made = { descr, shape: [data.length / Number(descr.at(-1))], fortran: false, data };
    storages.set(member.name, made);
    return made;
  };
  const value = unpickle(source.file, readMember(source, pickle), storage);
  return matrixIn(source, value, 'a file of torch', wanted);
}
