/** Position of the first byte that does not continue valid UTF-8, or -1. */
export function firstInvalidUtf8(bytes: Uint8Array): number {
  let position = 0;
  while (position < bytes.length) {
    const length = sequenceLength(bytes, position);
    if (length === 0) return position;
    position += length;
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

/** Length of the character at a position by RFC 3629, section 4; 0 where there is none. */
function sequenceLength(bytes: Uint8Array, position: number): number {
  const lead = bytes[position] as number;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = leadLength(lead);
  // The second byte also excludes overlong forms, surrogates and what lies beyond U+10FFFF.
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  const second = bytes[position + 1] ?? 0;
  if (second < low || second > high) return 0;
  for (let offset = 2; offset < length; offset += 1) {
    if (((bytes[position + offset] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}
