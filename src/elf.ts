/** ELF headers: the C library of a program, and the length of a file. */
import { closeSync, openSync, readSync } from 'node:fs';

/** A C library of Linux. */
export type Libc = 'glibc' | 'musl';

/** Bytes at the start of a file that hold its headers. */
const HEAD_BYTES = 4096;
const LOAD = 1;
const INTERPRETER = 3;

/** The first bytes of a file; fewer where it ends earlier. */
export function headOf(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(HEAD_BYTES);
    return bytes.subarray(0, readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}

/** The C library that this Node is linked with; undefined off Linux and if it is unknown. */
export function ownLibc(): Libc | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return libcOf(headOf(process.execPath));
  } catch {
    return undefined;
  }
}

/** Version of the running glibc; undefined without glibc. Takes milliseconds. */
export function glibcVersion(): string | undefined {
  if (ownLibc() !== 'glibc') return undefined;
  // The types of Node 20 do not have the option yet.
  const report: { excludeNetwork?: boolean; getReport(): object } = process.report;
  const before = report.excludeNetwork ?? false;
  // Without it the report waits for the names of every open connection.
  report.excludeNetwork = true;
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
  report.excludeNetwork = before;
  return header?.glibcVersionRuntime;
}

/**
 * The C library that a program asks for, from the name of its dynamic loader; undefined for a
 * program that names none in its head.
 *
 * An addon must be linked with the library of its program. The files of the system do not tell which
 * that is: a machine may have both libraries.
 */
export function libcOf(head: Buffer): Libc | undefined {
  const segment = segmentsOf(head).find(({ type }) => type === INTERPRETER);
  if (segment === undefined) return undefined;
  const loader = head.toString('latin1', segment.offset, segment.offset + segment.size);
  if (loader.includes('/ld-musl-')) return 'musl';
  return loader.includes('/ld-linux-') ? 'glibc' : undefined;
}

/** Least length of a file with this head if nothing was cut off; 0 for other files than ELF. */
export function leastLength(head: Buffer): number {
  const loaded = segmentsOf(head).filter(({ type }) => type === LOAD);
  return Math.max(0, ...loaded.map(({ offset, size }) => offset + size));
}

interface Segment {
  type: number;
  /** Where it begins in the file. */
  offset: number;
  /** Its bytes in the file. */
  size: number;
}

/** The segments of a 64-bit little-endian ELF file that its head describes; none for other files. */
function segmentsOf(head: Buffer): Segment[] {
  if (head.length < 64 || head.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') return [];
  const table = Number(head.readBigUInt64LE(32));
  const [entry, count] = [head.readUInt16LE(54), head.readUInt16LE(56)];
  const segments: Segment[] = [];
  for (let at = table; at < table + entry * count && at + 40 <= head.length; at += entry) {
    const type = head.readUInt32LE(at);
    const offset = Number(head.readBigUInt64LE(at + 8));
    segments.push({ type, offset, size: Number(head.readBigUInt64LE(at + 32)) });
  }
  return segments;
}
