/** UTF-8: the first invalid byte, and characters cut by the end of a piece. */

/** Position of the first byte that does not continue valid UTF-8, or -1. */
export function firstInvalidUtf8(bytes: Uint8Array): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  let [position, start] = [0, 0];
  // Decoding puts U+FFFD in the place of an invalid sequence; the text may also hold it itself.
  for (let at = text.indexOf('\ufffd'); at >= 0; at = text.indexOf('\ufffd', at + 1)) {
    position += Buffer.byteLength(text.slice(start, at));
    if (bytes[position] !== 0xef || bytes[position + 1] !== 0xbf || bytes[position + 2] !== 0xbd) {
      return position;
    }
    start = at;
  }
  return -1;
}

/** Number of bytes at the end (0 to 3) that begin a character without finishing it. */
export function trailingPartialUtf8(bytes: Uint8Array): number {
  const most = Math.min(3, bytes.length);
  for (let count = 1; count <= most; count += 1) {
    const byte = bytes[bytes.length - count] as number;
    if ((byte & 0xc0) === 0x80) continue;
    return leadLength(byte) > count ? count : 0;
  }
  return 0;
}

/** Number of line ends (LF, CRLF, CR) in a range. */
export function countLineEnds(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let position = start; position < end; position += 1) {
    const byte = bytes[position];
    const endsLine = byte === 0x0a || (byte === 0x0d && bytes[position + 1] !== 0x0a);
    if (endsLine) count += 1;
  }
  return count;
}

function leadLength(byte: number): number {
  if (byte < 0xc2) return 1;
  if (byte < 0xe0) return 2;
  return byte < 0xf0 ? 3 : 4;
}
