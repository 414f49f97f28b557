import { copyOf, flag, isArrayOf, optional, type Rules, text, wholeNumber } from './arguments.js';
import { copyClasses, type Labels, readLabels } from './csv/labels.js';
import { HackfaceError } from './errors.js';

/** Which rows a job learns from, and of what class they are. */
export interface TrainingRows {
  /**
   * Class of each row: a CSV file, labels read before, or any numbers, equal for equal classes
   * (2³² − 1 is a row left out); absent if none is needed.
   */
  labels?: string | Labels | Uint32Array | undefined;
  /** Rows of this class are left out, as if they had no label; for numbers, the number as text. */
  ignoreClass?: string | undefined;
  /** Only these rows are used. */
  subset?: Uint32Array | undefined;
  /** Rows of a class beyond this many are left out, in row order, after the subset is taken. */
  maxPerClass?: number | undefined;
  /** Leaves out rows that are not finite instead of refusing them; they are counted. */
  skipInvalid?: boolean | undefined;
}

/** Which rows, as it may be said; arrays are copied. */
export const TRAINING_RULES: Rules<TrainingRows> = {
  labels: optional(copyClasses),
  ignoreClass: optional(text),
  subset: optional(copyOf(Uint32Array)),
  maxPerClass: optional(wholeNumber(1)),
  skipInvalid: optional(flag),
};

const LEFT_OUT = 2 ** 32 - 1;

/** Class numbers for the addon, and what they were called. */
export interface ClassNumbers {
  /** Dense numbers in the order of their first rows, 2³² − 1 for rows left out. */
  ofRow: Uint32Array;
  /** Name of each number. */
  names: string[];
}

/** The classes of the rows; undefined without labels. */
export async function classNumbers(
  { labels, ignoreClass }: TrainingRows,
  rows: number,
): Promise<ClassNumbers | undefined> {
  if (labels === undefined) {
    if (ignoreClass === undefined) return undefined;
    throw new HackfaceError('EOPTION', 'usage', {
      found: `a class to leave out, ${JSON.stringify(ignoreClass)}, without labels`,
      expected: 'labels (--labels)',
    });
  }
  if (isArrayOf(Uint32Array, labels)) {
    return withoutClass(numbered(labels), ignoreClass);
  }
  const { classes, names, file } =
    typeof labels === 'string' ? await readLabels(labels, { rows }) : labels;
  return withoutClass({ ofRow: classes, names }, ignoreClass, file);
}

function numbered(labels: Uint32Array): ClassNumbers {
  const known = new Map<number, number>([[LEFT_OUT, LEFT_OUT]]);
  const names: string[] = [];
  const ofRow = labels.map((label) => {
    let number = known.get(label);
    if (number === undefined) {
      number = names.push(String(label)) - 1;
      known.set(label, number);
    }
    return number;
  });
  return { ofRow, names };
}

function withoutClass(
  { ofRow, names }: ClassNumbers,
  name: string | undefined,
  file?: string,
): ClassNumbers {
  if (name === undefined) return { ofRow, names };
  const left = names.indexOf(name);
  if (left < 0) {
    throw new HackfaceError('EOPTION', 'usage', {
      ...(file === undefined ? {} : { file }),
      found: `no class ${JSON.stringify(name)}`,
      expected: 'a class of the labels, to leave it out',
    });
  }
  return { ofRow: ofRow.map((number) => (number === left ? LEFT_OUT : number)), names };
}

/** The same failure, with the name of the class where there is only one. */
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
  return error.withFound(`${error.found}, ${JSON.stringify(names[only])}`);
}
