/** Texts of files and names, on their way to a reader. */

/** Characters that a terminal, a browser or a log obeys instead of showing. */
const OBEYED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Writes a text for people to see: control characters, line ends and characters that change the
 * direction of writing appear as escapes of JSON. Inside JSON they keep their meaning.
 */
export function printable(text: string): string {
  return text.replace(OBEYED, (found) => SHORT[found] ?? escaped(found));
}

/** `\uXXXX` for each unit of UTF-16. */
function escaped(text: string): string {
  let all = '';
  for (let unit = 0; unit < text.length; unit += 1) {
    all += `\\u${text.charCodeAt(unit).toString(16).padStart(4, '0')}`;
  }
  return all;
}

const QUOTED_CHARACTERS = 40;

/** Writes a text of a file for a message: quoted, escaped, at most 40 characters. */
export function quoteText(text: string): string {
  const characters = [...text.slice(0, 2 * QUOTED_CHARACTERS + 2)];
  const shown = characters.slice(0, QUOTED_CHARACTERS).join('');
  const cut = shown.length < text.length ? '…' : '';
  return `"${printable(JSON.stringify(shown).slice(1, -1))}${cut}"`;
}
