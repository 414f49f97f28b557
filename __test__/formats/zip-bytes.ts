/** Writes zip archives after APPNOTE, right ones and wrong ones, without the code under test. */
import { crc32, deflateRawSync } from 'node:zlib';

/** A member, and what is to be said of it where that is not the truth. */
export interface ZipPart {
  name: string;
  data: Uint8Array;
  /** 0: stored, 8: deflated; any other is claimed only. */
  method?: number;
  flags?: number;
  /** Claimed size. */
  size?: number;
  /** Claimed stored size. */
  packed?: number;
  crc?: number;
  /** Name in the local header. */
  localName?: string;
  /** Place that the directory claims. */
  offset?: number;
  /** Leaves it out of the directory. */
  unlisted?: boolean;
}

/** How the archive is written. */
export interface ZipOptions {
  /** 64-bit sizes, as NumPy asks for. */
  zip64?: boolean;
  comment?: string;
}

export function zipFile(
  parts: readonly ZipPart[],
  { zip64, comment = '' }: ZipOptions = {},
): Buffer {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let at = 0;
  for (const part of parts) {
    const { name, data, method = 0, flags = 0 } = part;
    const stored = method === 8 ? deflateRawSync(data) : Buffer.from(data);
    const { size = data.length, packed = stored.length, crc = crc32(data) } = part;
    const { localName = name, offset = at } = part;
    const long = Buffer.alloc(20);
    long.writeUInt16LE(1, 0);
    long.writeUInt16LE(16, 2);
    long.writeBigUInt64LE(BigInt(size), 4);
    long.writeBigUInt64LE(BigInt(packed), 12);
    const extra = zip64 ? long : Buffer.alloc(0);
    const sizes = zip64 ? [0xffffffff, 0xffffffff] : [packed, size];
    const common = [flags, method, 0, 0x21];
    const local = numbers([4, 0x04034b50], ...two([20, ...common]), [4, crc], ...four(sizes));
    const localText = Buffer.from(localName);
    const head = Buffer.concat([
      local,
      numbers(...two([localText.length, extra.length])),
      localText,
      extra,
      stored,
    ]);
    locals.push(head);
    const text = Buffer.from(name);
    const entry = Buffer.concat([
      numbers([4, 0x02014b50], ...two([20, 20, ...common]), [4, crc], ...four(sizes)),
      numbers(...two([text.length, extra.length, 0, 0, 0]), [4, 0], [4, offset]),
      text,
      extra,
    ]);
    if (!part.unlisted) entries.push(entry);
    at += head.length;
  }
  const directory = Buffer.concat(entries);
  const note = Buffer.from(comment);
  const end = numbers(
    [4, 0x06054b50],
    ...two([0, 0, entries.length, entries.length]),
    ...four([directory.length, at]),
    [2, note.length],
  );
  return Buffer.concat([...locals, directory, end, note]);
}

const two = (values: readonly number[]) => values.map((value): [number, number] => [2, value]);
const four = (values: readonly number[]) => values.map((value): [number, number] => [4, value]);

function numbers(...fields: readonly [number, number][]): Buffer {
  return Buffer.concat(
    fields.map(([width, value]) => {
      const field = Buffer.alloc(width);
      field.writeUIntLE(value, 0, width);
      return field;
    }),
  );
}
