/** Keys and labels of the rows of a gallery. */
import { types } from 'node:util';
import {
  copyOf,
  group,
  isArray,
  list,
  optional,
  type Rules,
  text,
  wrongArgument,
} from './arguments.js';

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

/** Rows that a search may find: those that every part which is given admits. */
export interface Where {
  /** A byte for each row number, not 0 for a row that can be found; rows behind its end cannot. */
  rows?: Uint8Array | undefined;
  keys?: readonly string[] | ReadonlySet<string> | undefined;
  labels?: readonly string[] | ReadonlySet<string> | undefined;
}

const setOf = (names: unknown, name: string): ReadonlySet<unknown> => {
  // A set of another realm, which test runners hand out, is one too.
  if (types.isSet(names)) return setOf([...Set.prototype.values.call(names)], name);
  if (isArray(names)) return new Set(list(text)(names, name) as string[]);
  throw wrongArgument(name, names, 'an array or a Set of texts');
};

/** Rule for {@link Where}. */
export const requireWhere = group<Where>({
  rows: optional(copyOf(Uint8Array)),
  keys: optional(setOf),
  labels: optional(setOf),
});
