/** Classes of the rows of a matrix: in a list, or in a file of arrays. */
import { checkLabels, type Labels, loadLabels } from './csv/labels.js';
import { Numbering } from './csv/numbering.js';
import { classesIn } from './formats/classes.js';
import { tell } from './formats/told.js';
import type { Names } from './lists/names.js';

/**
 * The labels of an argument for a matrix of `rows` rows and, where it matters, `dim` columns: reads the file if
 * it is a path. An array of NumPy, a list in JSON or in a pickle has one for each row; another file of a matrix
 * has those that are beside it. Errors: those of {@link readLabels}; `EFORMAT`.
 */
export async function labelsOf(
  labels: string | Labels,
  rows?: number,
  names?: Names,
  dim?: number,
): Promise<Labels> {
  const found = typeof labels === 'string' ? classesIn(labels) : undefined;
  if (found === undefined) return loadLabels(labels, rows, names, dim);
  const numbering = new Numbering();
  const classes = Uint32Array.from(found.classes, (name) => numbering.of(name));
  const { names: texts } = numbering;
  const { file, told } = found;
  const read = { classes, names: texts, count: texts.length, file };
  if (rows !== undefined) checkLabels(read, rows);
  tell(`${file}: ${told}`);
  return read;
}
