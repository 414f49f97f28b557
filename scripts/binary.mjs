// Facts that a compiled library states: format, machine, libraries it needs, newest symbol
// version of glibc. Reads ELF (64-bit, little endian), Mach-O (64-bit) and PE (32+).

/**
 * @returns {{format: 'elf'|'macho'|'pe', machine: string, needed: string[], glibc?: string}}
 * Throws with the reason for anything else.
 */
export function describeBinary(bytes) {
  if (bytes.length >= 64 && bytes.readUInt32BE(0) === 0x7f454c46) return elf(bytes);
  if (bytes.length >= 32 && bytes.readUInt32LE(0) === 0xfeedfacf) return machO(bytes);
  if (bytes.length >= 64 && bytes.readUInt16LE(0) === 0x5a4d) return pe(bytes);
  throw new Error('neither ELF, 64-bit Mach-O nor PE');
}

const machine = (names, code) => names[code] ?? `machine 0x${code.toString(16)}`;

/** The text up to the next NUL. */
function textAt(bytes, start) {
  return bytes.toString('latin1', start, bytes.indexOf(0, start));
}

// ELF: System V ABI, chapter 5; symbol versions: the Linux Standard Base, "Symbol Versioning".

const LOAD = 1;
const DYNAMIC = 2;
const DT = { needed: 1, stringTable: 5, versionNeed: 0x6ffffffe, versionNeedCount: 0x6fffffff };

function elf(bytes) {
  if (bytes[4] !== 2 || bytes[5] !== 1)
    throw new Error('an ELF file, but not 64-bit little endian');
  const segments = elfSegments(bytes);
  const entries = dynamicEntries(bytes, segments);
  const first = (tag) => entries.find((entry) => entry.tag === tag)?.value;
  const strings = offsetOf(segments, first(DT.stringTable) ?? 0);
  const needed = entries.filter(({ tag }) => tag === DT.needed);
  const versions = first(DT.versionNeed);
  return {
    format: 'elf',
    machine: machine({ 62: 'x64', 183: 'arm64' }, bytes.readUInt16LE(18)),
    needed: needed.map(({ value }) => textAt(bytes, strings + value)),
    glibc:
      versions === undefined
        ? undefined
        : newestGlibc(bytes, strings, offsetOf(segments, versions), first(DT.versionNeedCount)),
  };
}

function elfSegments(bytes) {
  const table = Number(bytes.readBigUInt64LE(32));
  const [size, count] = [bytes.readUInt16LE(54), bytes.readUInt16LE(56)];
  return Array.from({ length: count }, (_, index) => {
    const at = table + index * size;
    const number = (offset) => Number(bytes.readBigUInt64LE(at + offset));
    return {
      type: bytes.readUInt32LE(at),
      offset: number(8),
      address: number(16),
      size: number(32),
    };
  });
}

/** Where an address of the loaded library lies in the file. */
function offsetOf(segments, address) {
  const segment = segments.find(
    (s) => s.type === LOAD && address >= s.address && address < s.address + s.size,
  );
  if (!segment) throw new Error(`no segment holds the address 0x${address.toString(16)}`);
  return segment.offset + address - segment.address;
}

function dynamicEntries(bytes, segments) {
  const dynamic = segments.find(({ type }) => type === DYNAMIC);
  if (!dynamic) throw new Error('an ELF file without a dynamic section: no shared library');
  const entries = [];
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 16) {
    const tag = Number(bytes.readBigUInt64LE(at));
    if (tag === 0) break;
    entries.push({ tag, value: Number(bytes.readBigUInt64LE(at + 8)) });
  }
  return entries;
}

/** Walks the list of files and, for each, the list of its versions: `2.17`, or undefined. */
function newestGlibc(bytes, strings, table, count) {
  const found = [];
  let file = table;
  for (let index = 0; index < count; index += 1) {
    let version = file + bytes.readUInt32LE(file + 8);
    for (let left = bytes.readUInt16LE(file + 2); left > 0; left -= 1) {
      const name = textAt(bytes, strings + bytes.readUInt32LE(version + 8));
      if (/^GLIBC_\d/.test(name)) found.push(name.slice('GLIBC_'.length));
      version += bytes.readUInt32LE(version + 12);
    }
    file += bytes.readUInt32LE(file + 12);
  }
  return found.sort(compareVersions).at(-1);
}

/** Orders `2.4` before `2.17`. */
export function compareVersions(left, right) {
  const [a, b] = [left, right].map((text) => text.split('.').map(Number));
  for (let part = 0; part < Math.max(a.length, b.length); part += 1) {
    const difference = (a[part] ?? 0) - (b[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

// Mach-O: <mach-o/loader.h>.

const DYLIB_COMMANDS = [0x0c, 0x80000018, 0x8000001f];

function machO(bytes) {
  const needed = [];
  let at = 32;
  for (let left = bytes.readUInt32LE(16); left > 0; left -= 1) {
    if (DYLIB_COMMANDS.includes(bytes.readUInt32LE(at))) {
      needed.push(textAt(bytes, at + bytes.readUInt32LE(at + 8)));
    }
    at += bytes.readUInt32LE(at + 4);
  }
  return {
    format: 'macho',
    machine: machine({ 16777223: 'x64', 16777228: 'arm64' }, bytes.readUInt32LE(4)),
    needed,
  };
}

// PE: Microsoft's "PE Format".

const IMPORTS = 120;

function pe(bytes) {
  const header = bytes.readUInt32LE(60);
  if (bytes.toString('latin1', header, header + 4) !== 'PE\0\0') throw new Error('no PE header');
  const optional = header + 24;
  if (bytes.readUInt16LE(optional) !== 0x20b) throw new Error('a PE file, but not of 64 bits');
  const table = optional + bytes.readUInt16LE(header + 20);
  const sections = Array.from({ length: bytes.readUInt16LE(header + 6) }, (_, index) => {
    const [size, address, , offset] = [8, 12, 16, 20].map((o) =>
      bytes.readUInt32LE(table + 40 * index + o),
    );
    return { type: LOAD, size, address, offset };
  });
  const needed = [];
  const imports = bytes.readUInt32LE(optional + IMPORTS);
  if (imports !== 0) {
    for (let at = offsetOf(sections, imports); bytes.readUInt32LE(at + 12) !== 0; at += 20) {
      needed.push(textAt(bytes, offsetOf(sections, bytes.readUInt32LE(at + 12))));
    }
  }
  return {
    format: 'pe',
    machine: machine({ 34404: 'x64', 43620: 'arm64' }, bytes.readUInt16LE(header + 4)),
    needed,
  };
}
