/** Kaldi's archives `ark`, binary and in text, and the lists `scp` of places in them. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { HackfaceError } from '../errors.js';
import { quoteText } from '../printable.js';
import { cutShort, refused } from './failure.js';
import { type FoundMatrix, heldNumbers } from './matrix.js';
import { MOST_HELD, Source } from './source.js';
import { TextRows } from './text-rows.js';
import { MOST_GROWTH, SMALL } from './zip.js';

const LONGEST_KEY = 4096;

/** True for a key and the mark of binary data, or a key and the bracket of a vector in text. */
export function isKaldi(head: Buffer): boolean {
  const text = head.toString('latin1');
  return /^[^\s\0]+ \0B/.test(text) || /^[^\s\0"[{]+ +\[/.test(text);
}

/** True for lines of a key, a file and a place in it. */
export function isKaldiList(head: Buffer): boolean {
  const [first = ''] = head.toString('latin1').split('\n');
  return /^\S+[ \t]+\S.*:\d+(\[[^\]]{0,99}\])?\s*$/.test(first) || /^\S+[ \t].*\|\s*$/.test(first);
}

/** One vector: where its numbers lie. */
interface Entry {
  name: string;
  /** `FV`, `DV`, `FM` or `DM`. */
  kind: string;
  rows: number;
  dim: number;
  /** First byte of the numbers. */
  start: number;
}

export function findInKaldi(source: Source): FoundMatrix {
  const text = source.all();
  if (!/^[^\s\0]+ \0B/.test(source.head.toString('latin1'))) return findInText(source.file, text);
  const entries: Entry[] = [];
  for (let at = 0; at < text.length; ) {
    const space = text.indexOf(0x20, at);
    if (space < 0 || space - at > LONGEST_KEY) throw cutShort(source.file, 'a key', at);
    const entry = entryAt(source.file, text, space + 1, text.toString('utf8', at, space));
    entries.push(entry);
    at = entry.start + bytesOf(entry);
  }
  const from = { file: source.file, stored: source.size };
  return gathered(from, entries, ({ start }, length) => text.subarray(start, start + length));
}

/** Reads the header of a vector or a matrix at a place; the numbers end before `limit`. */
function entryAt(file: string, text: Buffer, at: number, name: string, limit = text.length): Entry {
  const kind = text.toString('latin1', at + 2, at + 5).trim();
  if (text.toString('latin1', at, at + 2) !== '\0B') {
    throw refused(file, {
      offset: at,
      found: `no binary data for ${quoteText(name)}`,
      expected: 'the mark \\0B',
    });
  }
  if (!/^[FD][VM]$/.test(kind)) {
    throw refused(file, {
      offset: at + 2,
      found: `${/^CM/.test(kind) ? 'a compressed matrix' : quoteText(kind)} for ${quoteText(name)}`,
      expected: 'vectors or matrices of float or double (FV, DV, FM, DM)',
      hint: 'Copy it with Kaldi: copy-feats --compress=false, or copy-vector',
    });
  }
  const isMatrix = kind.endsWith('M');
  const start = at + 5 + (isMatrix ? 10 : 5);
  if (start > text.length) throw cutShort(file, `the vector ${quoteText(name)}`, text.length);
  const sizes = isMatrix
    ? [text.readInt32LE(at + 6), text.readInt32LE(at + 11)]
    : [1, text.readInt32LE(at + 6)];
  const [rows = 0, dim = 0] = sizes;
  const entry = { name, kind, rows, dim, start };
  const widths = isMatrix ? [text[at + 5], text[at + 10]] : [text[at + 5]];
  if (widths.some((width) => width !== 4) || rows < 0 || dim < 1) {
    throw refused(file, {
      offset: at + 5,
      found: `${rows} × ${dim} numbers for ${quoteText(name)}`,
      expected: 'sizes as Kaldi writes them',
      hint: 'The file was damaged: copy or write it again',
    });
  }
  if (!(start + bytesOf(entry) <= limit)) {
    throw cutShort(file, `the vector ${quoteText(name)}`, limit);
  }
  return entry;
}

function bytesOf({ kind, rows, dim }: Entry): number {
  return rows * dim * (kind.startsWith('F') ? 4 : 8);
}

/** Joins vectors that lie in `stored` bytes of files. */
function gathered(
  { file, stored }: { file: string; stored: number },
  entries: readonly Entry[],
  read: (entry: Entry, length: number) => Uint8Array,
): FoundMatrix {
  const [first] = entries;
  if (first === undefined) throw refused(file, { found: 'no vectors', expected: 'at least one' });
  const alone = entries.length === 1;
  for (const entry of entries) {
    const { name, kind, rows, dim } = entry;
    if (!alone && rows !== 1) {
      throw refused(file, {
        found: `a matrix of ${rows} rows for ${quoteText(name)}`,
        expected: 'one vector for each key',
        hint: 'Average the frames of an utterance first',
      });
    }
    if (dim !== first.dim || kind[0] !== first.kind[0]) {
      throw refused(file, {
        found: `${dim} numbers of type ${kind[0]} for ${quoteText(name)}`,
        expected: `${first.dim} of type ${first.kind[0]}, as for ${quoteText(first.name)}`,
        hint: 'Write all vectors alike',
      });
    }
  }
  const total = entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
  if (total > Math.min(Math.max(SMALL, MOST_GROWTH * stored), MOST_HELD)) {
    throw refused(file, {
      found: `${total} bytes of vectors out of files of ${stored}`,
      expected: `at most ${MOST_GROWTH} times as many, and ${MOST_HELD}`,
      hint: 'Name each vector once, and split the list if it is longer',
    });
  }
  const bytes = Buffer.allocUnsafeSlow(total);
  let at = 0;
  for (const entry of entries) {
    const length = bytesOf(entry);
    bytes.set(read(entry, length), at);
    at += length;
  }
  const rows = entries.reduce((sum, entry) => sum + entry.rows, 0);
  const descr = first.kind.startsWith('F') ? '<f4' : '<f8';
  const found = heldNumbers(
    bytes,
    { descr, fortran: false, rows, dim: first.dim },
    `Kaldi archive, ${rows} vectors of ${descr === '<f4' ? 'float' : 'double'}`,
  );
  return alone && rows !== 1 ? found : { ...found, names: () => entries.map(({ name }) => name) };
}

/** Vectors in text: `key  [ 1 2 3 ]`. */
function findInText(file: string, text: Buffer): FoundMatrix {
  const rows = new TextRows(file, text, ' ');
  const names: string[] = [];
  for (let at = 0; at < text.length; ) {
    const open = text.indexOf(0x5b, at);
    const close = text.indexOf(0x5d, open);
    const name = text.toString('utf8', at, Math.min(Math.max(open, at), at + LONGEST_KEY)).trim();
    if (open < 0 || close < 0 || name === '' || /\s/.test(name)) {
      throw refused(file, {
        offset: at,
        found: quoteText(name),
        expected: 'a key and [ numbers ]',
      });
    }
    if (
      text
        .toString('latin1', open + 1, close)
        .trim()
        .includes('\n')
    ) {
      throw refused(file, {
        offset: at,
        found: `a matrix of several rows for ${quoteText(name)}`,
        expected: 'one vector for each key',
        hint: 'Average the frames of an utterance first',
      });
    }
    names.push(name);
    rows.add(open + 1, close);
    at = close + 1;
    while (at < text.length && (text[at] as number) <= 0x20) at += 1;
  }
  const found = rows.finish(`Kaldi archive in text, ${names.length} vectors`);
  return { ...found, names: () => names };
}

/** Reads the vectors that a list names: `key FILE:PLACE`. Commands in it are refused. */
export function findInKaldiList(source: Source): FoundMatrix {
  const { file } = source;
  const lines = source
    .all()
    .toString('utf8')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  const open = new Map<string, Source>();
  try {
    const places = new Map<Entry, Source>();
    const entries = lines.map((line, place) => {
      const [, name = '', path = '', at = ''] = /^(\S+)[ \t]+(\S.*):(\d+)\s*$/.exec(line) ?? [];
      if (path === '' || /\|/.test(path)) {
        const found = /\|/.test(line) ? 'a command, which is not run' : quoteText(line);
        throw refusedEntry(file, place, found);
      }
      const ark = arkOf(open, dirname(file), path);
      if (ark === undefined) {
        throw refusedEntry(file, place, 'standard input, which has no places');
      }
      const head = ark.bytes(Number(at), Math.min(15, ark.size - Number(at)), 'a vector');
      const found = entryAt(ark.file, head, 0, name, ark.size - Number(at));
      const entry = { ...found, start: found.start + Number(at) };
      places.set(entry, ark);
      return entry;
    });
    const stored = [source, ...open.values()].reduce((sum, { size }) => sum + size, 0);
    return gathered({ file, stored }, entries, (entry, length) =>
      (places.get(entry) as Source).bytes(entry.start, length, 'a vector'),
    );
  } finally {
    for (const ark of open.values()) ark.close();
  }
}

function refusedEntry(file: string, place: number, found: string): HackfaceError {
  return refused(file, {
    line: place + 1,
    found,
    expected: 'a key, and FILE:PLACE of an archive',
    hint: 'Write the archive itself and name that',
  });
}

/**
 * Opens an archive of a list, relative to where the program runs, as Kaldi does, or to the list; `undefined` for
 * standard input.
 */
function arkOf(open: Map<string, Source>, folder: string, path: string): Source | undefined {
  const known = open.get(path);
  if (known !== undefined) return known;
  const beside = join(folder, path);
  const source = Source.open(!existsSync(path) && existsSync(beside) ? beside : path);
  if (source !== undefined) open.set(path, source);
  return source;
}
