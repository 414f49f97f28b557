/** A record of the slow reader. */
export interface NaiveRecord {
  line: number;
  cells: string[];
}

/** A complaint of the slow reader. */
export class NaiveRefusal extends Error {
  constructor(
    readonly kind: string,
    readonly line: number,
  ) {
    super(`${kind} on line ${line}`);
  }
}

/**
 * The slow, obvious reader: one character (of Latin-1, so one byte) after the other, over the
 * whole text. Shares nothing with the scanner but the rules.
 */
export function* naiveRecords(bytes: Uint8Array): Generator<NaiveRecord> {
  let text = Buffer.from(bytes).toString('latin1');
  const bad = firstByteThatIsNoText(bytes);
  let line = 1;
  let at = 0;
  if (text.startsWith('\xef\xbb\xbf')) at = 3;
  // A bad byte becomes a character that no byte has, and looking at it is refused.
  if (bad >= 0) text = `${text.slice(0, bad)}\u{ffff}`;
  const peek = (): string => {
    const character = text[at] ?? '';
    if (character === '\u{ffff}') throw new NaiveRefusal('not UTF-8', line);
    return character;
  };
  const isEnd = (character: string) => character === '\n' || character === '\r';
  const takeLineEnd = (): string => {
    const character = peek();
    at += 1;
    line += 1;
    if (character === '\r' && text[at] === '\n') {
      at += 1;
      return '\r\n';
    }
    return character;
  };

  let blankLine = 0;
  while (peek() !== '') {
    const startLine = line;
    if (isEnd(peek())) {
      blankLine = blankLine || line;
      takeLineEnd();
      continue;
    }
    const cells: string[] = [];
    for (;;) {
      let cell = '';
      if (peek() === '"') {
        const openLine = line;
        at += 1;
        for (;;) {
          if (peek() === '') throw new NaiveRefusal('open quote', openLine);
          if (peek() === '"') {
            at += 1;
            if (peek() !== '"') break;
            cell += '"';
            at += 1;
          } else if (isEnd(peek())) {
            cell += takeLineEnd();
          } else {
            cell += peek();
            at += 1;
          }
        }
        if (peek() !== ',' && peek() !== '' && !isEnd(peek())) {
          throw new NaiveRefusal('text after quote', line);
        }
      } else {
        while (peek() !== ',' && peek() !== '' && !isEnd(peek())) {
          if (peek() === '"') throw new NaiveRefusal('stray quote', line);
          cell += peek();
          at += 1;
        }
      }
      cells.push(Buffer.from(cell, 'latin1').toString('utf8'));
      if (peek() !== ',') break;
      at += 1;
    }
    if (peek() !== '') takeLineEnd();
    if (blankLine !== 0) throw new NaiveRefusal('blank line', blankLine);
    yield { line: startLine, cells };
  }
}

/** Position of the first byte that is NUL or does not continue UTF-8, by trying every prefix. */
function firstByteThatIsNoText(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find((count) => isOneCharacter(bytes.subarray(at, at + count)));
    if (length === undefined || bytes[at] === 0) return at;
    at += length;
  }
  return -1;
}

function isOneCharacter(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return [...text].length === 1;
  } catch {
    return false;
  }
}
