/** Parsers of the values that flags take. */

import type { Shard } from '../shard.js';

/** Reads a text. */
export interface Parser<T> {
  /** Description of valid text; reads after the word "expected". */
  expected: string;
  /** The words to choose from, where there are few. */
  choices?: readonly string[];
  /** The value, or `undefined` for a text that is none. */
  read: (text: string) => T | undefined;
}

/** Reads one of these words. */
export function oneOf<Word extends string>(words: readonly Word[]): Parser<Word> {
  return {
    expected: `one of ${words.join(', ')}`,
    choices: words,
    read: (text) => words.find((word) => word === text),
  };
}

/** Reads one of the words that are keys here, as its value. */
export function meaning<T>(values: Readonly<Record<string, T>>): Parser<T> {
  const words = oneOf(Object.keys(values));
  return {
    ...words,
    read(text) {
      const word = words.read(text);
      return word === undefined ? undefined : values[word];
    },
  };
}

/** Reads a whole number within bounds. */
export function wholeNumber(least: number, most: number): Parser<number> {
  return {
    expected: `a whole number from ${least} to ${most}`,
    read(text) {
      const value = Number(text);
      return /^\d+$/.test(text) && value >= least && value <= most ? value : undefined;
    },
  };
}

/** Reads a whole number of MiB, as bytes. */
export function mebibytes(least: number, most: number): Parser<number> {
  const count = wholeNumber(least, most);
  return {
    ...count,
    read(text) {
      const value = count.read(text);
      return value === undefined ? undefined : value * 2 ** 20;
    },
  };
}

/** Reads a shard as `i/n`, i from 0. */
export const shard: Parser<Shard> = {
  expected: 'i/n, shard i of n counted from 0, such as 0/8',
  read(text) {
    const [, index = '', of = ''] = /^(\d{1,7})\/(\d{1,7})$/.exec(text) ?? [];
    const valid = of !== '' && Number(index) < Number(of) && Number(of) <= 2 ** 20;
    return valid ? { index: Number(index), of: Number(of) } : undefined;
  },
};

/** Reads a number that `fits`. */
export function number(expected: string, fits: (value: number) => boolean): Parser<number> {
  return {
    expected,
    read(text) {
      const value = text.trim() === '' ? Number.NaN : Number(text);
      return Number.isFinite(value) && fits(value) ? value : undefined;
    },
  };
}

/** Reads numbers with commas between them. */
export function numbers(of: string, fits: (value: number) => boolean): Parser<number[]> {
  const each = number(of, fits);
  return {
    expected: `${of}, with commas between them`,
    read(text) {
      const values = text.split(',').map(each.read);
      return values.every((value) => value !== undefined) ? values : undefined;
    },
  };
}

/** Reads names with commas between them. */
export const words: Parser<string[]> = {
  expected: 'names, with commas between them',
  read(text) {
    const names = text.split(',').map((name) => name.trim());
    return names.includes('') ? undefined : names;
  },
};

export const positive = (value: number) => value > 0;
export const atLeastZero = (value: number) => value >= 0;
/** In (0, 1]. */
export const isRate = (value: number) => value > 0 && value <= 1;
/** In (0, 1). */
export const isShare = (value: number) => value > 0 && value < 1;
