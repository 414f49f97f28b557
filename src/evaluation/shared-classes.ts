import { isArrayOf } from '../arguments.js';
import { checkLabels, type Labels, readLabels } from '../csv/labels.js';
import { HackfaceError } from '../errors.js';

const LEFT_OUT = 2 ** 32 - 1;

/** Class numbers that mean the same in both sets. */
export class SharedClasses {
  private readonly numbers = new Map<string, number>();
  private seen = false;

  /** Name of each number. */
  get names(): string[] {
    return [...this.numbers.keys()];
  }

  constructor(private readonly ignored: string | undefined) {}

  /** The numbers of the labels of one set, of `rows` rows. */
  async of(labels: string | Labels | Uint32Array, rows: number): Promise<Uint32Array> {
    if (isArrayOf(Uint32Array, labels)) return this.dense(labels);
    const read = typeof labels === 'string' ? await readLabels(labels, { rows }) : labels;
    checkLabels(read, rows);
    const places = read.names.map((name) => this.number(name));
    return read.classes.map((place) => places[place] as number);
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
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    const next = this.numbers.size;
    this.numbers.set(name, next);
    return next;
  }
}
