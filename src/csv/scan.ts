/** The scanner: bytes of a CSV file into records and fields. */
import { isAscii, isUtf8 } from 'node:buffer';
import {
  archive,
  blankLine,
  notText,
  openQuote,
  recordTooLong,
  strayQuote,
  textAfterQuote,
  tooManyColumns,
} from './errors.js';
import type { Separator } from '../lists/formats.js';
import { countLineEnds, firstInvalidUtf8, trailingPartialUtf8 } from './utf8.js';

/** Longest record in bytes, line end not counted. */
export const MAX_RECORD_BYTES = 1 << 20;
export const MAX_COLUMNS = 1000;
/** Texts of a piece that are decoded one by one. */
const FEW_TEXTS = 64;

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;
const SPACE = 0x20;
const TAB = 0x09;
const ZERO = 0x30;
const NINE = 0x39;
const END = -1;
const NO_BYTE = -2;

const SEPARATOR_BYTES: Readonly<Record<Separator, number>> = {
  comma: COMMA,
  tab: TAB,
  spaces: SPACE,
  line: NO_BYTE,
};

/**
 * Splits the bytes of a CSV file, or of a list with another separator, into records and fields, strictly.
 *
 * Feed it pieces in order with {@link RecordScanner.feed}. After each piece call
 * {@link RecordScanner.next} until it returns `false`, then feed the bytes after
 * {@link RecordScanner.consumed} again, followed by new ones. So each record lies in one piece, and
 * a field is a pair of positions: nothing is copied.
 *
 * Format: comma separated; LF, CRLF or CR ends a line; a field that starts with `"` runs to its
 * closing `"`, with `""` for a quote and line ends allowed; a UTF-8 byte order mark is skipped.
 * Blank lines are skipped at the end of the file and rejected elsewhere. Rejected with the line:
 * NUL bytes, anything that is not UTF-8, a quote inside a bare field, text after a closing quote,
 * a quote never closed, records over 1 MiB, more than 1,000 columns. Tabs separate as commas do; where
 * spaces do, a run of spaces and tabs is one separator, and quotes mean nothing.
 *
 * Cost: one pass; memory of one piece, and 9 bytes for each possible column.
 */
export class RecordScanner {
  /** The current piece; {@link starts} and {@link ends} point into it. */
  bytes: Buffer = Buffer.alloc(0);
  /** Where each field of the record starts, behind its opening quote. */
  starts = new Int32Array(MAX_COLUMNS);
  /** Where each field of the record ends, before its closing quote. */
  ends = new Int32Array(MAX_COLUMNS);
  fields = 0;
  /** Line on which the record starts, counted from 1. */
  line = 0;
  /** True if the file begins with a byte order mark; known from the first piece on. */
  marked = false;

  private doubled = new Uint8Array(MAX_COLUMNS);
  private separator = COMMA;
  private most = MAX_COLUMNS;
  private position = 0;
  private end = 0;
  private last = false;
  private base = 0;
  private nextLine = 1;
  private innerLines = 0;
  private innerQuotes = 0;
  private blank = false;
  private firstBlankLine = 0;
  private ascii = true;
  private invalid = false;
  private pieceText: string | undefined;
  /** Texts read from the piece. */
  private textsRead = 0;

  constructor(readonly file: string) {}

  /** Bytes of the current piece that belong to records already delivered. */
  get consumed(): number {
    return this.position;
  }

  /** Bytes fed so far, none counted twice. */
  get fed(): number {
    return this.base + this.bytes.length;
  }

  /**
   * Takes the next piece: the unconsumed rest of the previous piece, then new bytes. `last` marks the
   * end of the file.
   */
  feed(bytes: Buffer, last: boolean): void {
    const looked = this.end - this.position;
    this.base += this.position;
    this.bytes = bytes;
    if (this.base === 0) {
      const packed = archive(this.file, bytes);
      if (packed) throw packed;
      this.marked = startsWithByteOrderMark(bytes);
    }
    this.position = this.base === 0 && this.marked ? 3 : 0;
    this.last = last;
    this.pieceText = undefined;
    this.textsRead = 0;
    this.checkText(looked);
  }

  /** Takes another separator than the comma, and lines of any number of columns where `ragged`. */
  separateBy(separator: Separator, ragged: boolean): void {
    this.separator = SEPARATOR_BYTES[separator];
    // A record holds at most one field for every two bytes.
    this.most = ragged ? MAX_RECORD_BYTES / 2 + 1 : MAX_COLUMNS;
  }

  /**
   * The complete lines at the start of the piece, of at most `most` bytes; `undefined` if more bytes must
   * be fed first, to have `least` of them.
   */
  head(most: number, least = most): string | undefined {
    const { bytes, position, end } = this;
    const ended = this.last || this.invalid;
    if (end - position < least && !ended) return undefined;
    const text = bytes.toString('utf8', position, Math.min(end, position + most));
    if (this.last && !this.invalid && end - position <= most) return text;
    const lines = text.slice(0, Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1);
    return lines === '' && !ended && end - position < most ? undefined : lines;
  }

  /** Moves to the next record; `false` when the piece holds no further complete one. */
  next(): boolean {
    while (this.readRecord()) {
      if (!this.blank) {
        if (this.firstBlankLine !== 0) throw blankLine(this.file, this.firstBlankLine);
        return true;
      }
      if (this.firstBlankLine === 0) this.firstBlankLine = this.line;
    }
    return false;
  }

  /**
   * Reads rows of `width` cells while they hold only numbers of up to nine digits, in the grammar of
   * {@link parseCount}, that end in LF or CRLF; at most as many as fit into `cells`. Returns their
   * count and stops before the first other row, which {@link RecordScanner.next} takes or rejects.
   *
   * Most files of pairs hold nothing else. The engine compiles one plain loop after a few thousand
   * bytes, while the general path needs most of such a file to become fast.
   */
  numbers(cells: Uint32Array, width: number): number {
    if (this.firstBlankLine !== 0 || width > cells.length) return 0;
    const { bytes, end, separator } = this;
    const most = Math.floor(cells.length / width);
    let position = this.position;
    let rowStart = position;
    let rows = 0;
    let column = 0;
    let cell = 0;
    while (position < end) {
      const first = position;
      let value = 0;
      let byte = bytes[position] as number;
      while (byte >= ZERO && byte <= NINE) {
        value = value * 10 + byte - ZERO;
        position += 1;
        if (position === end) break;
        byte = bytes[position] as number;
      }
      const digits = position - first;
      if (position === end || digits === 0 || digits > 9) break;
      if (digits > 1 && bytes[first] === ZERO) break;
      cells[cell] = value;
      cell += 1;
      column += 1;
      position += 1;
      if (byte === separator) continue;
      if (byte === CR && position < end && bytes[position] === LF) position += 1;
      else if (byte !== LF) break;
      if (column !== width) break;
      column = 0;
      rows += 1;
      rowStart = position;
      if (rows === most) break;
    }
    this.position = rowStart;
    this.line = this.nextLine;
    this.nextLine += rows;
    return rows;
  }

  /** True if a field has doubled quotes, so that its text is not its bytes. */
  isQuoted(field: number): boolean {
    return this.doubled[field] !== 0;
  }

  /** The text of a field; its doubled quotes become single ones. */
  text(field: number): string {
    const start = this.starts[field] as number;
    const end = this.ends[field] as number;
    if (this.doubled[field] !== 0) return this.singleQuoted(start, end);
    return this.ascii ? this.asciiText(start, end) : this.bytes.toString('utf8', start, end);
  }

  // Byte by byte: to replace half a million quotes in a string takes several times as long.
  private singleQuoted(start: number, end: number): string {
    const text = Buffer.allocUnsafe(end - start);
    let length = 0;
    for (let at = start; at < end; at += 1) {
      const byte = this.bytes[at] as number;
      text[length] = byte;
      length += 1;
      if (byte === QUOTE) at += 1;
    }
    return text.toString('utf8', 0, length);
  }

  // Slicing fields out of one decoded string is several times faster than a call into the runtime
  // for each field, where there are many. It needs one character per byte.
  private asciiText(start: number, end: number): string {
    this.textsRead += 1;
    if (this.textsRead < FEW_TEXTS) return this.bytes.toString('latin1', start, end);
    this.pieceText ??= this.bytes.toString('latin1', 0, this.end);
    return this.pieceText.substring(start, end);
  }

  private readRecord(): boolean {
    return this.separator === SPACE ? this.readSpaced() : this.readSeparated();
  }

  private readSeparated(): boolean {
    const { bytes, end, separator, starts, ends, doubled } = this;
    const first = this.position;
    const stop = Math.min(end, first + MAX_RECORD_BYTES + 1);
    let position = first;
    let field = 0;
    let byte = END;
    this.innerLines = 0;
    if (first === end) return this.incomplete();
    do {
      let start = position;
      let finish = position;
      this.innerQuotes = 0;
      if (position < stop && bytes[position] === QUOTE) {
        const openedOn = this.nextLine + this.innerLines;
        start = position + 1;
        finish = this.closingQuote(start, stop);
        if (finish === stop) return this.incomplete(openedOn);
        position = finish + 1;
        byte = position < stop ? (bytes[position] as number) : END;
        if (byte !== separator && byte !== LF && byte !== CR && byte !== END) {
          throw textAfterQuote(this.file, this.nextLine + this.innerLines, byte);
        }
      } else {
        byte = END;
        while (position < stop) {
          byte = bytes[position] as number;
          if (
            byte <= COMMA &&
            (byte === separator || byte === LF || byte === CR || byte === QUOTE)
          ) {
            break;
          }
          byte = END;
          position += 1;
        }
        finish = position;
        if (byte === QUOTE) throw strayQuote(this.file, this.nextLine + this.innerLines);
      }
      if (field === MAX_COLUMNS) throw tooManyColumns(this.file, this.nextLine, MAX_COLUMNS);
      starts[field] = start;
      ends[field] = finish;
      doubled[field] = this.innerQuotes;
      field += 1;
      position += 1;
    } while (byte === separator);
    this.blank = field === 1 && ends[0] === first;
    return this.endRecord(position, byte, stop, field);
  }

  /** A record whose fields have spaces between them. */
  private readSpaced(): boolean {
    const { bytes, end } = this;
    const first = this.position;
    const stop = Math.min(end, first + MAX_RECORD_BYTES + 1);
    let position = first;
    let field = 0;
    let byte = END;
    this.innerLines = 0;
    if (first === end) return this.incomplete();
    while (position < stop) {
      byte = bytes[position] as number;
      if (byte === SPACE || byte === TAB) {
        position += 1;
        continue;
      }
      if (byte === LF || byte === CR) break;
      if (field === this.most) throw tooManyColumns(this.file, this.nextLine, this.most);
      if (field === this.starts.length) this.growFields();
      this.starts[field] = position;
      do {
        position += 1;
        byte = position < stop ? (bytes[position] as number) : END;
      } while (
        byte > SPACE ||
        (byte !== END && byte !== SPACE && byte !== TAB && byte !== LF && byte !== CR)
      );
      this.ends[field] = position;
      field += 1;
    }
    if (position === stop) byte = END;
    this.blank = field === 0;
    return this.endRecord(position + 1, byte, stop, field);
  }

  private growFields(): void {
    const grown = new Int32Array(2 * this.starts.length);
    grown.set(this.starts);
    this.starts = grown;
    const ends = new Int32Array(grown.length);
    ends.set(this.ends);
    this.ends = ends;
    this.doubled = new Uint8Array(grown.length);
  }

  /** Ends a record behind its line end, or asks for more bytes. */
  private endRecord(behind: number, byte: number, stop: number, fields: number): boolean {
    const { bytes, end, position: first } = this;
    let position = behind;
    if (byte === END) {
      position = stop;
      if (!this.last || this.invalid || stop < end || stop - first > MAX_RECORD_BYTES) {
        return this.incomplete();
      }
    } else if (byte === CR) {
      if (position < end) {
        if (bytes[position] === LF) position += 1;
      } else if (!this.last && !this.invalid) {
        return this.incomplete();
      }
    }
    this.fields = fields;
    this.position = position;
    this.line = this.nextLine;
    this.nextLine += this.innerLines + 1;
    return true;
  }

  /** Position of the quote that closes a field, or `stop` if more bytes are needed. */
  private closingQuote(from: number, stop: number): number {
    const { bytes } = this;
    let position = from;
    while (position < stop) {
      const byte = bytes[position] as number;
      if (byte === QUOTE) {
        if (position + 1 === stop) return this.last && !this.invalid ? position : stop;
        if (bytes[position + 1] !== QUOTE) return position;
        this.innerQuotes = 1;
        position += 1;
      } else if (byte === LF || (byte === CR && bytes[position + 1] !== LF)) {
        this.innerLines += 1;
      }
      position += 1;
    }
    return stop;
  }

  /** Handles a piece that ends inside a record: asks for more bytes, or rejects the file. */
  private incomplete(quoteOpenedOn = 0): false {
    const first = this.position;
    if (this.end - first > MAX_RECORD_BYTES) {
      throw recordTooLong(this.file, this.nextLine, MAX_RECORD_BYTES, quoteOpenedOn);
    }
    if (this.invalid) {
      const line = this.nextLine + countLineEnds(this.bytes, first, this.end);
      throw notText(this.file, line, this.base + this.end, this.bytes, this.end);
    }
    if (quoteOpenedOn !== 0 && this.last) throw openQuote(this.file, quoteOpenedOn);
    return false;
  }

  /**
   * Ends the readable part of the piece before the first byte that is not text, so that earlier faults
   * are reported first, and before a character that is not complete yet.
   */
  private checkText(looked: number): void {
    const { bytes } = this;
    const fresh = looked === 0 ? bytes : bytes.subarray(looked);
    const plain = isAscii(fresh);
    this.ascii = plain && (looked === 0 || this.ascii);
    this.end = bytes.length;
    let wrong = fresh.indexOf(0);
    if (!plain) {
      if (!this.last) this.end -= trailingPartialUtf8(fresh);
      const whole = bytes.subarray(looked, this.end);
      if (!isUtf8(whole)) {
        const broken = firstInvalidUtf8(whole);
        wrong = wrong < 0 ? broken : Math.min(wrong, broken);
      }
    }
    if (wrong >= 0) {
      this.invalid = true;
      this.end = looked + wrong;
    }
  }
}

function startsWithByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}
