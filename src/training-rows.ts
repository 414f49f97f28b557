import { type Labels, readLabels } from './csv/labels.js';
import { requireOwnMemory } from './embeddings.js';
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

const LEFT_OUT = 2 ** 32 - 1;

/** Dense class numbers in the order of their first rows, for the addon; undefined without labels. */
export async function classNumbers(
  { labels, ignoreClass }: TrainingRows,
  rows: number,
): Promise<Uint32Array | undefined> {
  if (labels === undefined) {
    if (ignoreClass === undefined) return undefined;
    throw new HackfaceError('EOPTION', 'usage', {
      found: `a class to leave out, ${JSON.stringify(ignoreClass)}, without labels`,
      expected: 'labels (--labels)',
    });
  }
  if (labels instanceof Uint32Array) {
    requireOwnMemory(labels, 'labels', Uint32Array);
    return numbered(labels, ignoreClass);
  }
  const { classes, names, file } =
    typeof labels === 'string' ? await readLabels(labels, { rows }) : labels;
  if (ignoreClass === undefined) return classes.slice();
  const left = names.indexOf(ignoreClass);
  if (left < 0) throw noSuchClass(ignoreClass, file);
  return numbered(classes, String(left));
}

function numbered(labels: Uint32Array, ignoreClass: string | undefined): Uint32Array {
  const known = new Map<number, number>([[LEFT_OUT, LEFT_OUT]]);
  if (ignoreClass !== undefined) {
    const left = Number(ignoreClass);
    if (!/^\d+$/.test(ignoreClass) || !labels.includes(left)) throw noSuchClass(ignoreClass);
    known.set(left, LEFT_OUT);
  }
  let count = 0;
  return labels.map((label) => {
    let number = known.get(label);
    if (number === undefined) {
      number = count;
      count += 1;
      known.set(label, number);
    }
    return number;
  });
}

function noSuchClass(name: string, file?: string): HackfaceError {
  return new HackfaceError('EOPTION', 'usage', {
    ...(file === undefined ? {} : { file }),
    found: `no class ${JSON.stringify(name)}`,
    expected: 'a class of the labels, to leave it out',
  });
}
