/** Smallest files that have the headers of compiled addons, byte by byte from the format's description. */

/** Facts that the file claims. */
export interface BinaryParts {
  machine: 'x64' | 'arm64';
  /** Libraries it needs. */
  needed: string[];
  /** Symbol versions of glibc; ELF only. */
  glibc?: string[];
  /** Version in the mark of the addon. */
  version?: string;
  /** Bytes added at the end. */
  padding?: number;
}

/** Bytes that every addon of this package contains. */
function content({ version = '0.0.0', padding = 0 }: BinaryParts): Buffer {
  const text = `napi_register_module_v1\0<hackface-native addon ${version}>\0`;
  return Buffer.concat([Buffer.from(text), Buffer.alloc(padding)]);
}

/** A shared library of Linux: header, two segments, dynamic section, versions, strings. */
export function elfFile(parts: BinaryParts): Buffer {
  const { machine, needed, glibc = [] } = parts;
  const strings = new Strings();
  const names = needed.map((name) => strings.add(name));
  const versions = glibc.map((version) => strings.add(`GLIBC_${version}`));
  const library = strings.add('libc.so.6');
  const dynamicAt = 64 + 2 * 56;
  const entries = names.length + (versions.length > 0 ? 3 : 1) + 1;
  const versionsAt = dynamicAt + 16 * entries;
  const stringsAt = versionsAt + (versions.length > 0 ? 16 + 16 * versions.length : 0);
  const text = strings.bytes();
  const end = stringsAt + text.length;

  const head = Buffer.alloc(stringsAt);
  head.write('\x7fELF\x02\x01\x01', 'latin1');
  head.writeUInt16LE(3, 16);
  head.writeUInt16LE(machine === 'x64' ? 62 : 183, 18);
  head.writeBigUInt64LE(64n, 32);
  head.writeUInt16LE(56, 54);
  head.writeUInt16LE(2, 56);
  const segment = (at: number, type: number, offset: number, size: number) => {
    head.writeUInt32LE(type, at);
    head.writeBigUInt64LE(BigInt(offset), at + 8);
    head.writeBigUInt64LE(BigInt(offset + BASE), at + 16);
    head.writeBigUInt64LE(BigInt(size), at + 32);
  };
  segment(64, 1, 0, end);
  segment(64 + 56, 2, dynamicAt, 16 * entries);

  const table: [number, number][] = names.map((name) => [1, name]);
  table.push([5, stringsAt + BASE]);
  if (versions.length > 0) table.push([0x6ffffffe, versionsAt + BASE], [0x6fffffff, 1]);
  for (const [index, [tag, value]] of table.entries()) {
    head.writeBigUInt64LE(BigInt(tag), dynamicAt + 16 * index);
    head.writeBigUInt64LE(BigInt(value), dynamicAt + 16 * index + 8);
  }
  if (versions.length > 0) {
    head.writeUInt16LE(1, versionsAt);
    head.writeUInt16LE(versions.length, versionsAt + 2);
    head.writeUInt32LE(library, versionsAt + 4);
    head.writeUInt32LE(16, versionsAt + 8);
    for (const [index, name] of versions.entries()) {
      const at = versionsAt + 16 + 16 * index;
      head.writeUInt32LE(name, at + 8);
      head.writeUInt32LE(index + 1 < versions.length ? 16 : 0, at + 12);
    }
  }
  return Buffer.concat([head, text, content(parts)]);
}

/** Address of the first byte once loaded: not 0, so that addresses and offsets differ. */
const BASE = 0x10000;

/** A bundle of macOS: header and one command for each library. */
export function machOFile(parts: BinaryParts): Buffer {
  const commands = parts.needed.map((name) => {
    const size = 24 + Math.ceil((name.length + 1) / 8) * 8;
    const command = Buffer.alloc(size);
    command.writeUInt32LE(0x0c, 0);
    command.writeUInt32LE(size, 4);
    command.writeUInt32LE(24, 8);
    command.write(name, 24);
    return command;
  });
  const head = Buffer.alloc(32);
  head.writeUInt32LE(0xfeedfacf, 0);
  head.writeUInt32LE(parts.machine === 'x64' ? 0x01000007 : 0x0100000c, 4);
  head.writeUInt32LE(6, 12);
  head.writeUInt32LE(commands.length, 16);
  head.writeUInt32LE(Buffer.concat(commands).length, 20);
  return Buffer.concat([head, ...commands, content(parts)]);
}

/** A DLL of Windows: headers, one section with the table of imports and their names. */
export function peFile(parts: BinaryParts): Buffer {
  const { machine, needed } = parts;
  const optional = 64 + 24;
  const sectionTable = optional + 240;
  const start = 512;
  const address = 0x1000;
  const imports = 20 * (needed.length + 1);
  const names = needed.map((name) => Buffer.from(`${name}\0`));
  const body = Buffer.alloc(imports);
  let at = imports;
  for (const [index, name] of names.entries()) {
    body.writeUInt32LE(address + at, 20 * index + 12);
    at += name.length;
  }
  const head = Buffer.alloc(start);
  head.write('MZ');
  head.writeUInt32LE(64, 60);
  head.write('PE\0\0', 64);
  head.writeUInt16LE(machine === 'x64' ? 0x8664 : 0xaa64, 68);
  head.writeUInt16LE(1, 70);
  head.writeUInt16LE(240, 84);
  head.writeUInt16LE(0x20b, optional);
  head.writeUInt32LE(address, optional + 120);
  head.writeUInt32LE(at, sectionTable + 8);
  head.writeUInt32LE(address, sectionTable + 12);
  head.writeUInt32LE(at, sectionTable + 16);
  head.writeUInt32LE(start, sectionTable + 20);
  return Buffer.concat([head, body, ...names, content(parts)]);
}

/** Texts one behind the other, each with a NUL. */
class Strings {
  private text = '\0';

  add(text: string): number {
    const at = this.text.length;
    this.text += `${text}\0`;
    return at;
  }

  bytes(): Buffer {
    return Buffer.from(this.text, 'latin1');
  }
}
