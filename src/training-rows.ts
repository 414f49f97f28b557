/** The rows that a job learns from, and their classes. */
import {
  type Checked,
  copyOf,
  filePath,
  flag,
  isArrayOf,
  optional,
  type Rules,
  text,
  wholeNumber,
} from './arguments.js';
import { readIndexList } from './csv/index-list.js';
import { copyClasses, type Labels, LEFT_OUT } from './csv/labels.js';
import { Numbering } from './csv/numbering.js';
import type { Embeddings } from './embeddings.js';
import { HackfaceError } from './errors.js';
import type { Names } from './lists/names.js';
import { columnWarnings } from './plausible.js';
import { labelsOf } from './row-labels.js';
import { rowNames } from './row-names.js';
import type { Warning } from './warning.js';

/** The rows that a job learns from, and their classes. */
export interface TrainingRows {
  /**
   * Class of each row: a CSV file, labels read before, or any numbers, equal for equal classes
   * (2³² − 1 leaves a row out). Optional where a job can do without.
   */
  labels?: string | Labels | Uint32Array | undefined;
  /** Leaves out the rows of this class, by its name or its number as text. */
  ignoreClass?: string | undefined;
  /** File of the names of the rows, by which labels and a subset may tell them; default those in the matrix file. */
  names?: string | undefined;
  /** Uses only these rows: their numbers, or a CSV file with a column `index`, or `name`. */
  subset?: string | Uint32Array | undefined;
  /** Uses the first rows of each class up to this number, in row order within the subset. */
  maxPerClass?: number | undefined;
  /** Leaves out and counts rows that are not finite, instead of rejecting them. */
  skipInvalid?: boolean | undefined;
}

/** Validation rules for {@link TrainingRows}. */
export const TRAINING_RULES: Rules<TrainingRows> = {
  labels: optional(copyClasses),
  ignoreClass: optional(text),
  names: optional(filePath),
  subset: optional((subset, name) =>
    typeof subset === 'string' ? filePath(subset, name) : copyOf(Uint32Array)(subset, name),
  ),
  maxPerClass: optional(wholeNumber(1)),
  skipInvalid: optional(flag),
};

/** Class numbers for the addon, and the names of the classes. */
export interface ClassNumbers {
  /** Numbers in the order of their first rows; 2³² − 1 for rows left out. */
  ofRow: Uint32Array;
  /** Name of each number. */
  names: string[];
  /** Remarks on the file of labels. */
  warnings: Warning[];
}

/** Reads the classes of the rows, undefined without labels, and the rows that are used. */
export async function readTraining(
  request: Checked<TrainingRows>,
  embeddings: Embeddings,
): Promise<{ classes: ClassNumbers | undefined; subset: Uint32Array | undefined }> {
  const { subset } = request;
  const names = await rowNames(request.names, embeddings);
  return {
    classes: await classNumbers(request, embeddings, names),
    subset: typeof subset === 'string' ? await readIndexList(subset, names) : subset,
  };
}

async function classNumbers(
  { labels, ignoreClass }: Checked<TrainingRows>,
  { rows, dim }: Embeddings,
  rowsNamed: Names | undefined,
): Promise<ClassNumbers | undefined> {
  if (labels === undefined) {
    if (ignoreClass === undefined) return undefined;
    throw new HackfaceError('EOPTION', 'usage', {
      found: `a class to leave out, ${JSON.stringify(ignoreClass)}, without labels`,
      expected: 'labels',
      advice: { text: 'give them', option: 'labels' },
    });
  }
  if (isArrayOf(Uint32Array, labels)) {
    const numbering = new Numbering();
    const ofRow = labels.map((label) =>
      label === LEFT_OUT ? LEFT_OUT : numbering.ofNumber(label),
    );
    return withoutClass({ ofRow, names: numbering.names, warnings: [] }, ignoreClass);
  }
  const {
    classes,
    names,
    file,
    ignored,
    understood = [],
  } = await labelsOf(labels, rows, rowsNamed, dim);
  const warnings = [
    ...columnWarnings(file, ignored, ['camera', 'template']),
    ...understood,
    ...oneClass(file, names),
  ];
  return withoutClass({ ofRow: classes, names, warnings }, ignoreClass, file);
}

/** A remark on labels that tell nobody apart. */
function oneClass(file: string, names: readonly string[]): Warning[] {
  if (names.length !== 1) return [];
  const text = `all rows of ${file} are of one class: nothing can be learned of what tells classes apart. Is option labels the right file?`;
  return [{ code: 'one-class', text }];
}

function withoutClass(
  { ofRow, names, warnings }: ClassNumbers,
  name: string | undefined,
  file?: string,
): ClassNumbers {
  if (name === undefined) return { ofRow, names, warnings };
  const left = names.indexOf(name);
  if (left < 0) {
    throw new HackfaceError('EOPTION', 'usage', {
      ...(file === undefined ? {} : { file }),
      found: `no class ${JSON.stringify(name)}`,
      expected: 'a class of the labels, to leave it out',
    });
  }
  const kept = ofRow.map((number) => (number === left ? LEFT_OUT : number));
  return { ofRow: kept, names, warnings };
}

/** Adds the name of the only class to an `EONECLASS` error. */
export function withClassName(
  error: unknown,
  classes: ClassNumbers | undefined,
  subset: Uint32Array | undefined,
): unknown {
  if (!(error instanceof HackfaceError) || error.code !== 'EONECLASS' || !classes) return error;
  const { ofRow, names } = classes;
  const used = new Set<number>();
  for (const number of subset ? subset.map((row) => ofRow[row] ?? LEFT_OUT) : ofRow) {
    if (number !== LEFT_OUT) used.add(number);
  }
  const [only] = used;
  if (used.size !== 1 || only === undefined) return error;
  return error.with({ found: `${error.found}, ${JSON.stringify(names[only])}` });
}
