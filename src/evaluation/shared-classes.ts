/** Class numbers that two sets share. */
import { isArrayOf } from '../arguments.js';
import { checkLabels, type Labels, labelsOf, LEFT_OUT } from '../csv/labels.js';
import { Numbering } from '../csv/numbering.js';
import { columnWarnings } from '../plausible.js';
import type { Warning } from '../warning.js';
import { HackfaceError } from '../errors.js';

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

  constructor(private readonly ignored: string | undefined) {}

  /** The numbers of the labels of one set, of `rows` rows. */
  async of(labels: string | Labels | Uint32Array, rows: number): Promise<Uint32Array> {
    if (isArrayOf(Uint32Array, labels)) return this.dense(labels);
    const read = await labelsOf(labels, rows);
    checkLabels(read, rows);
    this.warnings.push(
      ...columnWarnings(read.file, read.ignored, ['camera', 'template']),
      ...(read.understood ?? []),
    );
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
