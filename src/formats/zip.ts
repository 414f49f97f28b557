/** Zip archives: the list of members, and the bytes of one. Nothing is ever written. */
import { zlib } from './zlib.js';
import { quoteText } from '../printable.js';
import { cutShort, refused } from './failure.js';
import { MOST_HELD, type Source } from './source.js';

/** A member of an archive. */
export interface ZipMember {
  name: string;
  /** True if its bytes lie in the archive as they are. */
  stored: boolean;
  /** First byte of what is stored. */
  offset: number;
  /** Bytes stored. */
  packed: number;
  /** Bytes of the member. */
  size: number;
  crc: number;
}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 0xffff;
const [MAX_16, MAX_32] = [0xffff, 0xffffffff];

const MOST_MEMBERS = 100_000;
const MOST_DIRECTORY = 16 << 20;
/** Embeddings shrink to a half at best: a member that grows more than this is made to fill memory. */
export const MOST_GROWTH = 100;
/** A member may grow by any factor up to this size. */
export const SMALL = 16 << 20;

/** Methods that are not read, by their number in the format. */
const METHODS: Record<number, string> = {
  1: 'shrink',
  6: 'implode',
  9: 'deflate64',
  12: 'bzip2',
  14: 'lzma',
  93: 'zstd',
  95: 'xz',
  98: 'ppmd',
  99: 'AES encryption',
};

/** True for the first bytes of an archive. */
export function isZip(head: Buffer): boolean {
  return head.length >= 4 && (head.readUInt32LE(0) === LOCAL || head.readUInt32LE(0) === END);
}

/**
 * Lists the members by the directory at the end of the archive, after PKWARE's APPNOTE 6.3.10.
 *
 * Refuses members that are encrypted, packed by another method than deflate, of one name, or that
 * overlap: of two readers each could see another file.
 */
export function zipMembers(source: Source): ZipMember[] {
  const { start, length, count } = directoryOf(source);
  const { file } = source;
  if (count > MOST_MEMBERS || length > MOST_DIRECTORY) {
    throw refused(file, {
      found: `a zip archive of ${count} members`,
      expected: `at most ${MOST_MEMBERS}, listed in ${MOST_DIRECTORY} bytes`,
      hint: 'Save the matrix with numpy.save',
    });
  }
  const directory = source.bytes(start, length, 'the list of members');
  const members: ZipMember[] = [];
  const seen = new Set<string>();
  let at = 0;
  for (let place = 0; place < count; place += 1) {
    const end = at + 46;
    if (end > length || directory.readUInt32LE(at) !== ENTRY) {
      throw cutShort(file, 'the list of members', start + at);
    }
    const [nameLength, extraLength] = [
      directory.readUInt16LE(at + 28),
      directory.readUInt16LE(at + 30),
    ];
    const next = end + nameLength + extraLength + directory.readUInt16LE(at + 32);
    if (next > length) throw cutShort(file, 'the list of members', start + at);
    const name = directory.toString('utf8', end, end + nameLength);
    const extra = directory.subarray(end + nameLength, end + nameLength + extraLength);
    if (seen.has(name)) {
      throw refused(file, {
        found: `two members named ${quoteText(name)}`,
        expected: 'each name once',
        hint: 'Write the archive again',
      });
    }
    seen.add(name);
    // A folder.
    if (!name.endsWith('/'))
      members.push(memberOf(source, directory.subarray(at, end), extra, name));
    at = next;
  }
  return withPlaces(source, members, start);
}

/** A member as the directory describes it; `offset` is still that of its local header. */
function memberOf(source: Source, entry: Buffer, extra: Buffer, name: string): ZipMember {
  const [flags, method] = [entry.readUInt16LE(8), entry.readUInt16LE(10)];
  const refuse = (found: string, hint: string) =>
    refused(source.file, {
      found: `the member ${quoteText(name)} ${found}`,
      expected: 'one that is stored, or packed by deflate',
      hint,
    });
  if (flags & 0x2041) throw refuse('encrypted', 'Write the archive again without a password');
  if (method !== 0 && method !== 8) {
    const known = METHODS[method] ?? `method ${method}`;
    throw refuse(`packed by ${known}`, 'Write it with numpy.savez or numpy.savez_compressed');
  }
  const member = {
    name,
    stored: method === 0,
    crc: entry.readUInt32LE(16),
    packed: entry.readUInt32LE(20),
    size: entry.readUInt32LE(24),
    offset: entry.readUInt32LE(42),
  };
  const long = longSizes(extra);
  for (const field of ['size', 'packed', 'offset'] as const) {
    if (member[field] !== MAX_32) continue;
    const value = long.shift();
    if (value === undefined) throw refuse('without its 64-bit sizes', 'Write the archive again');
    member[field] = value;
  }
  if (member.stored && member.size !== member.packed) {
    throw refuse(`stored as ${member.packed} bytes of ${member.size}`, 'Write the archive again');
  }
  return member;
}

/** The 64-bit numbers of the extra field 1. */
function longSizes(extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length; ) {
    const [kind, length] = [extra.readUInt16LE(at), extra.readUInt16LE(at + 2)];
    const field = extra.subarray(at + 4, at + 4 + length);
    if (kind === 1) {
      const count = Math.floor(field.length / 8);
      return Array.from({ length: count }, (_, i) => Number(field.readBigUInt64LE(8 * i)));
    }
    at += 4 + length;
  }
  return [];
}

/** Moves each offset from the local header to the bytes, and refuses members that overlap. */
function withPlaces(source: Source, members: ZipMember[], end: number): ZipMember[] {
  let before = 0;
  const inOrder = [...members].sort((a, b) => a.offset - b.offset);
  for (const member of inOrder) {
    const what = `the member ${quoteText(member.name)}`;
    const local = source.bytes(member.offset, 30, what);
    const nameLength = local.readUInt16LE(26);
    const start = member.offset + 30 + nameLength + local.readUInt16LE(28);
    const isLocal = local.readUInt32LE(0) === LOCAL;
    const named = () => source.bytes(member.offset + 30, nameLength, what).toString('utf8');
    if (!isLocal || named() !== member.name) {
      throw refused(source.file, {
        offset: member.offset,
        found: 'a local header that is not that of its member',
        expected: what,
        hint: 'Write the archive again',
      });
    }
    if (member.offset < before || !(start + member.packed <= end)) {
      throw refused(source.file, {
        offset: member.offset,
        found: `${what} over other bytes of the archive`,
        expected: 'members that do not overlap',
        hint: 'Write the archive again',
      });
    }
    before = start + member.packed;
    member.offset = start;
  }
  return members;
}

/** Place and length of the list of members. */
function directoryOf(source: Source): { start: number; length: number; count: number } {
  const { size, file } = source;
  const span = Math.min(size, END_BYTES + LONGEST_COMMENT);
  const tail = source.bytes(size - span, span, 'the archive');
  let at = span - END_BYTES;
  // The comment behind it has the length that it says.
  const isEnd = () =>
    tail.readUInt32LE(at) === END && at + END_BYTES + tail.readUInt16LE(at + 20) === span;
  while (at >= 0 && !isEnd()) at -= 1;
  if (at < 0) {
    throw refused(file, {
      found: 'a zip archive without its list of members',
      expected: 'the list at its end',
      hint: 'The file was cut short: copy or write it again',
    });
  }
  let [count, length, start] = [
    tail.readUInt16LE(at + 10),
    tail.readUInt32LE(at + 12),
    tail.readUInt32LE(at + 16),
  ];
  const end = size - span + at;
  if (count === MAX_16 || length === MAX_32 || start === MAX_32) {
    const locator = end >= 20 ? source.bytes(end - 20, 20, 'the archive') : Buffer.alloc(20);
    if (locator.readUInt32LE(0) === LOCATOR_64) {
      const place = Number(locator.readBigUInt64LE(8));
      const record = source.bytes(place, 56, 'the list of members');
      if (record.readUInt32LE(0) !== END_64) throw cutShort(file, 'the list of members', place);
      count = Number(record.readBigUInt64LE(32));
      length = Number(record.readBigUInt64LE(40));
      start = Number(record.readBigUInt64LE(48));
    }
  }
  if (start + length > end) throw cutShort(file, 'the list of members', end);
  return { start, length, count };
}

/** Bytes of a packed member that are unpacked for its beginning: few, as they may grow a thousandfold. */
const PACKED_START = 512;

/** The first bytes of a member: up to `wanted`, or what the first of a packed one unpack to. */
export function startOfMember(source: Source, member: ZipMember, wanted: number): Buffer {
  const what = `the member ${quoteText(member.name)}`;
  const length = Math.min(member.packed, member.stored ? wanted : PACKED_START);
  const packed = source.bytes(member.offset, length, what);
  return member.stored ? packed : inflated(source, member, packed, false);
}

/** All bytes of a member, checked against its size and its checksum. */
export function readMember(source: Source, member: ZipMember): Buffer {
  const what = `the member ${quoteText(member.name)}`;
  if (member.size > SMALL && member.size > MOST_GROWTH * member.packed) {
    throw refused(source.file, {
      found: `${what} to grow from ${member.packed} bytes to ${member.size}`,
      expected: `at most ${MOST_GROWTH} times as many, as it would fill the memory`,
      hint: 'Write the archive again with numpy.savez, which packs nothing',
    });
  }
  const packed = source.bytes(member.offset, member.packed, what);
  const bytes = member.stored ? packed : inflated(source, member, packed, true);
  if (bytes.length === member.size && zlib().crc32(bytes) === member.crc) return bytes;
  throw refused(source.file, {
    found: `${what} with another content than its checksum tells`,
    expected: `${member.size} bytes as they were written`,
    hint: 'The file was damaged: copy or write it again',
  });
}

function inflated(source: Source, member: ZipMember, packed: Buffer, whole: boolean): Buffer {
  if (member.size >= MOST_HELD) throw source.tooLarge(member.size, member.name);
  // One byte more shows that there are more.
  const maxOutputLength = whole ? member.size + 1 : undefined;
  try {
    return zlib().inflateRawSync(packed, {
      finishFlush: whole ? zlib().constants.Z_FINISH : zlib().constants.Z_SYNC_FLUSH,
      ...(maxOutputLength && { maxOutputLength }),
    });
  } catch (cause) {
    throw refused(source.file, {
      found: `the member ${quoteText(member.name)} with data that deflate does not write`,
      expected: `${member.size} bytes, packed`,
      hint: `The file was damaged: copy or write it again (${(cause as Error).message})`,
    });
  }
}
