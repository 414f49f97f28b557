import { optional, type Rules, text } from '../arguments.js';

/** Names of the columns of a submission. */
export interface SubmissionColumns {
  /** The distances; default `Predicted`. */
  distance?: string | undefined;
  /** The ids; default `Id`. */
  id?: string | undefined;
}

/** Those names, as they may be said. */
export const COLUMN_RULES: Rules<SubmissionColumns> = {
  distance: optional(text),
  id: optional(text),
};
