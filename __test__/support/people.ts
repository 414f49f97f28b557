/** Labelled rows whose classes can be told apart, for tests of what is learned. */
import type { MatrixData } from 'hackface-native';
import { normals, randomNumbers } from './random.js';

/** Rows of people in a shuffled order. */
export interface People {
  /** Row by row, each value a single. */
  rows: number[][];
  /** Person of each row. */
  labels: Uint32Array;
  /** The same rows for the library. */
  matrix: MatrixData;
}

/** How many there are to be. */
export interface Crowd {
  people: number;
  /** Rows of each; the first `singletons` people have one. */
  each: number;
  dim: number;
  singletons?: number;
  seed?: number;
}

/** A mean for each person, and rows about it whose spread differs between columns. */
export function crowd({ people, each, dim, singletons = 0, seed = 1 }: Crowd): People {
  const random = randomNumbers(seed);
  const normal = normals(random);
  const persons = Array.from({ length: people }, () => Array.from({ length: dim }, normal));
  const made = persons.flatMap((mean, person) =>
    Array.from({ length: person < singletons ? 1 : each }, () => ({
      person,
      row: mean.map((m, j) => Math.fround(0.3 + m + normal() * (0.4 + (1.5 * j) / dim))),
    })),
  );
  for (let i = made.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [made[i], made[j]] = [made[j] as (typeof made)[0], made[i] as (typeof made)[0]];
  }
  const rows = made.map(({ row }) => row);
  return {
    rows,
    labels: Uint32Array.from(made, ({ person }) => person),
    matrix: matrixOf(rows),
  };
}

/** Rows as the library takes them. */
export function matrixOf(rows: readonly (readonly number[])[]): MatrixData {
  return { data: Float32Array.from(rows.flat()), rows: rows.length, dim: rows[0]?.length ?? 0 };
}
