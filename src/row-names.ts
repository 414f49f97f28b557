/** Names of the rows of an open matrix. */
import { loadNames, namesOf } from './csv/names.js';
import { Embeddings } from './embeddings.js';
import type { Names } from './lists/names.js';

/**
 * The names in a file, else those in the file of the matrix; `undefined` without either, and where two
 * rows of the matrix have the same. Errors: those of {@link readNames}; `EDIMENSION`.
 */
export async function rowNames(
  file: string | undefined,
  rows: Embeddings,
): Promise<Names | undefined> {
  if (file !== undefined) return loadNames(file, rows.rows);
  const texts = Embeddings.names(rows);
  return texts && namesOf(texts, rows.file ?? '<embeddings>');
}
