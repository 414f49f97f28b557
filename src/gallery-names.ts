/** Keys and labels of the rows of a gallery. */
import { types } from 'node:util';
import {
  type Checked,
  group,
  isArray,
  list,
  optional,
  type Rules,
  text,
  wrongArgument,
} from './arguments.js';
import { HackfaceError } from './errors.js';

/** Names of rows that are added to a gallery. */
export interface RowNames {
  /** A key for each row, which no other row of the gallery has. */
  keys?: readonly string[] | undefined;
  /** The person of each row. Several rows may be of one person. */
  labels?: readonly string[] | undefined;
}

/** Validation rules for {@link RowNames}. */
export const NAME_RULES: Rules<RowNames> = {
  keys: optional(list(text)),
  labels: optional(list(text)),
};

/** Rows that a search may find: those of these keys, those of these labels, or those of both. */
export interface Where {
  keys?: readonly string[] | ReadonlySet<string> | undefined;
  labels?: readonly string[] | ReadonlySet<string> | undefined;
}

const setOf = (names: unknown, name: string): ReadonlySet<unknown> => {
  // A set of another realm, which test runners hand out, is one too.
  if (types.isSet(names)) return new Set(list(text)([...names], name) as string[]);
  if (isArray(names)) return new Set(list(text)(names, name) as string[]);
  throw wrongArgument(name, names, 'an array or a Set of texts');
};

/** Rule for {@link Where}. */
export const requireWhere = group<Where>({ keys: optional(setOf), labels: optional(setOf) });

/** Keys and labels by row number. Row numbers are never given twice, and so their names never change. */
export class Names {
  readonly #keys: (string | undefined)[] = [];
  readonly #labels: (string | undefined)[] = [];
  readonly #rowOf = new Map<string, number>();
  /** Keys of rows that are being added. */
  readonly #awaited = new Set<string>();
  readonly #removed = new Set<number>();
  /** True for row numbers that have names; others are not found yet. */
  readonly #named: boolean[] = [];
  /** Number of them. */
  #count = 0;
  /** The facts that every row has; decided by the first rows. */
  #has: { keys: boolean; labels: boolean } | undefined;

  /**
   * Takes the names of `count` rows that are about to be added, and returns what to call with the number of the
   * first once they are there, or with nothing if they never will be.
   *
   * Errors: `EDIMENSION` for another number of names; `EDUPLICATE` for a key that a row has or is about to;
   * `EOPTION` for rows without what the others have.
   */
  announce({ keys, labels }: Checked<RowNames>, count: number): (first?: number) => void {
    const has = { keys: keys !== undefined, labels: labels !== undefined };
    for (const [kind, names] of Object.entries({ keys, labels })) {
      if (names === undefined || names.length === count) continue;
      const found = `${names.length} ${kind} for ${count} rows`;
      throw new HackfaceError('EDIMENSION', 'data', { found, expected: 'one for each row' });
    }
    if (count > 0) this.#requireAlike(has);
    this.#reserve(keys ?? []);
    return (first) => {
      for (const key of keys ?? []) this.#awaited.delete(key);
      if (!has.keys && !has.labels) return;
      if (first === undefined) {
        // Rows that never came decide nothing.
        if (this.#count === 0) this.#has = undefined;
        return;
      }
      this.#has = has;
      for (let place = 0; place < count; place += 1) {
        const row = first + place;
        this.#named[row] = true;
        this.#count += 1;
        this.#labels[row] = labels?.[place];
        const key = keys?.[place];
        this.#keys[row] = key;
        if (key !== undefined && !this.#removed.has(row)) this.#rowOf.set(key, row);
      }
    };
  }

  #requireAlike(has: { keys: boolean; labels: boolean }): void {
    this.#has ??= has;
    for (const kind of ['keys', 'labels'] as const) {
      if (this.#has[kind] === has[kind]) continue;
      const [found, expected] = has[kind]
        ? ['with', 'without, as the']
        : ['without', 'with, as the'];
      throw new HackfaceError('EOPTION', 'usage', {
        found: `rows ${found} ${kind}`,
        expected: `rows ${expected} others of the gallery`,
      });
    }
  }

  #reserve(keys: readonly string[]): void {
    const seen = new Set<string>();
    for (const key of keys) {
      if (!seen.has(key) && !this.#rowOf.has(key) && !this.#awaited.has(key)) {
        seen.add(key);
        continue;
      }
      const found = `the key ${key} twice`;
      const hint = 'Remove the row that has it first';
      throw new HackfaceError('EDUPLICATE', 'data', { found, expected: 'each key once', hint });
    }
    for (const key of seen) this.#awaited.add(key);
  }

  /** Row with a key, if there is one. */
  rowOf(key: string): number | undefined {
    return this.#rowOf.get(key);
  }

  keyOf(row: number): string | undefined {
    return this.#keys[row];
  }

  labelOf(row: number): string | undefined {
    return this.#labels[row];
  }

  /** True if the rows have names of this kind. */
  has(kind: 'keys' | 'labels'): boolean {
    return this.#has?.[kind] ?? false;
  }

  /** True if rows have no names at all, or all of so many rows have theirs. */
  areOf(rows: number): boolean {
    return (!this.has('keys') && !this.has('labels')) || this.#count === rows;
  }

  /** Labels of the rows that can be found, each once, in the order of their first rows. */
  labels(): string[] {
    const labels = this.#labels.filter((_, row) => this.#named[row] && !this.#removed.has(row));
    return [...new Set(labels as string[])];
  }

  /** Forgets rows. */
  remove(rows: Iterable<number>): void {
    for (const row of rows) {
      this.#removed.add(row);
      const key = this.#keys[row];
      if (key !== undefined && this.#rowOf.get(key) === row) this.#rowOf.delete(key);
    }
  }

  /**
   * Rows below `rows` that a search must not find: those without names yet, and those that `where`, which has
   * passed {@link requireWhere}, leaves out.
   */
  hidden(rows: number, where: Where | undefined): Uint32Array {
    const [keys, labels] = [where?.keys, where?.labels] as (ReadonlySet<unknown> | undefined)[];
    const hidden: number[] = [];
    for (let row = 0; row < rows; row += 1) {
      const isWanted =
        this.#named[row] &&
        (keys === undefined || keys.has(this.#keys[row])) &&
        (labels === undefined || labels.has(this.#labels[row]));
      if (!isWanted) hidden.push(row);
    }
    return Uint32Array.from(hidden);
  }
}
