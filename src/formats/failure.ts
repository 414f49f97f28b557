/** The failure of a file of a matrix format. */
import { HackfaceError } from '../errors.js';

/** Where and how a file breaks its format. */
export interface Damage {
  found: string;
  expected: string;
  hint?: string;
  offset?: number;
  line?: number;
}

/** `EFORMAT`: a file of a known format that is damaged, or that holds what is not read. */
export function refused(file: string, damage: Damage): HackfaceError {
  return new HackfaceError('EFORMAT', 'data', { file, ...damage });
}

/** `EFORMAT`: a file that ends too early, or says so. */
export function cutShort(file: string, what: string, offset: number): HackfaceError {
  return refused(file, {
    offset,
    found: `the file to end inside ${what}`,
    expected: 'all of it',
    hint: 'The file was cut short: copy or write it again',
  });
}
