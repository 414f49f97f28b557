/** Names of the rows of an open matrix. */
import { loadNames, namesOf } from './csv/names.js';
import { Embeddings, type EmbeddingsSource } from './embeddings.js';
import { isPlain } from './formats/open.js';
import { tell } from './formats/told.js';
import type { Names } from './lists/names.js';
import { quoteText } from './printable.js';

/**
 * The names in a file, else those in the file of the matrix; `undefined` without either, and where two
 * rows of the matrix have the same, which is told. Errors: those of {@link readNames}; `EDIMENSION`.
 */
export async function rowNames(
  file: string | undefined,
  rows: Embeddings,
): Promise<Names | undefined> {
  if (file !== undefined) return loadNames(file, rows.rows);
  const texts = Embeddings.names(rows);
  if (texts === undefined) return undefined;
  const place = rows.file ?? '<embeddings>';
  const names = namesOf(texts, place);
  if (names === undefined) tell(`${place}: ${repeated(texts)}, so no list can tell rows by name`);
  return names;
}

/** True if the rows of a source may have names in its file, or surely have them in `file`. */
export function mayBeNamed(source: EmbeddingsSource, file: string | undefined): boolean {
  if (file !== undefined) return true;
  if (Embeddings.is(source)) return Embeddings.names(source) !== undefined;
  return typeof source === 'string' && !isPlain(source);
}

function repeated(texts: readonly string[]): string {
  const rows = new Map<string, number>();
  for (const [row, text] of texts.entries()) {
    const first = rows.get(text);
    if (first !== undefined) return `rows ${first} and ${row} have one name, ${quoteText(text)}`;
    rows.set(text, row);
  }
  return 'two rows have one name';
}
