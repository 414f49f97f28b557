/** Class numbers that two sets share. */
import { asChecked, isArrayOf } from '../arguments.js';
import { checkLabels, LABELS_FORMAT, type Labels, LEFT_OUT } from '../csv/labels.js';
import { Numbering } from '../csv/numbering.js';
import type { Names } from '../lists/names.js';
import { columnWarnings } from '../plausible.js';
import type { Warning } from '../warning.js';
import { HackfaceError } from '../errors.js';
import { labelsOf } from '../row-labels.js';

/** Numbers of rows and columns. */
export interface Shape {
  rows: number;
  dim: number;
}

/** Class numbers that mean the same in both sets. */
export class SharedClasses {
  private readonly numbering = new Numbering();
  private seen = false;
  /** Remarks on the files of labels. */
  readonly warnings: Warning[] = [];

  /** Name of each number. */
  get names(): string[] {
    return this.numbering.names;
  }

  /**
   * `ignored`: the class to leave out. `told`: the remarks on columns of a file that nothing reads;
   * absent, those on cameras and templates. `column`: the column that holds the class, where it is another.
   */
  constructor(
    private readonly ignored: string | undefined,
    private readonly told: (read: Labels) => Warning[] = ({ file, ignored: columns }) =>
      columnWarnings(file, columns, ['camera', 'template']),
    private readonly column?: string,
  ) {}

  /** The numbers of the labels of one set, whose rows may have names. */
  async of(labels: string | Labels | Uint32Array, set: Shape, names?: Names): Promise<Uint32Array> {
    if (isArrayOf(Uint32Array, labels)) return this.dense(labels);
    return this.ofRead(await this.read(labels, set, names), set);
  }

  /** The numbers of labels in memory. */
  ofRead(read: Labels | Uint32Array, set: Shape): Uint32Array {
    if (isArrayOf(Uint32Array, read)) return this.dense(read);
    checkLabels(read, set.rows);
    this.warnings.push(...this.told(read), ...(read.understood ?? []));
    const places = read.names.map((name) => this.number(name));
    return read.classes.map((place) => places[place] as number);
  }

  /** The name of the class of a row. */
  nameOf(classes: Uint32Array, row: number | null): string | null {
    return this.names[classes[row ?? -1] ?? LEFT_OUT] ?? null;
  }

  /** Refuses a class to leave out that is not there. */
  requireIgnored(): void {
    if (this.ignored === undefined || this.seen) return;
    throw new HackfaceError('EOPTION', 'usage', {
      found: `no class ${JSON.stringify(this.ignored)}`,
      expected: 'a class of the labels, to leave it out',
    });
  }

  private read(
    labels: string | Labels,
    { rows, dim }: Shape,
    names: Names | undefined,
  ): Promise<Labels> {
    const { column } = this;
    if (typeof labels !== 'string' || column === undefined)
      return labelsOf(labels, rows, names, dim);
    return LABELS_FORMAT.load(labels, asChecked({ rows, names, columns: { class: column } }));
  }

  private dense(labels: Uint32Array): Uint32Array {
    return labels.map((label) => (label === LEFT_OUT ? LEFT_OUT : this.number(String(label))));
  }

  private number(name: string): number {
    if (name === this.ignored) {
      this.seen = true;
      return LEFT_OUT;
    }
    return this.numbering.of(name);
  }
}
