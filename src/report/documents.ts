/** Validation rules of report/: documents by their schema, and where to write. */
import {
  isArray,
  copyOfObject,
  look,
  type Checked,
  filePath,
  readOptions,
  type Rule,
  type Rules,
  wrongArgument,
} from '../arguments.js';
import { HackfaceError } from '../errors.js';

/** Rejects a value that is no document of the schema, such as an evaluation. */
export function requireDocument(schema: string, document: unknown, name: string): void {
  if (look(document, 'schema').schema === schema) return;
  throw wrongArgument(name, document, `an object with the schema ${schema}`);
}

/**
 * Draws a document that has its schema. A part that is missing or of another type, as in one made or
 * changed by hand, is found while it is drawn: `EARGUMENT`, with the failure as its cause.
 */
export function drawn<T>(name: string, draw: () => T): T {
  try {
    return draw();
  } catch (cause) {
    if (cause instanceof HackfaceError && cause.class !== 'internal') throw cause;
    throw new HackfaceError('EARGUMENT', 'usage', {
      found: `${name}: a document without all its parts`,
      expected: 'the document as a function of this library returned it',
      cause,
    });
  }
}

/** Validates one document or an array of them; returns an array. */
export function requireDocuments<T>(schema: string, given: T | readonly T[], name: string): T[] {
  const documents = (isArray(given) ? given : [given]) as T[];
  for (const document of documents) requireDocument(schema, document, name);
  return documents;
}

/** Validates where and how to write a page or a plot. */
export function readTarget<Options>(
  path: string,
  options: Options,
  rules: Rules<NoInfer<Options>>,
): Checked<Options> {
  filePath(path, 'path');
  return readOptions(options, rules);
}

/** Rule for an object that has these parts. */
export const having =
  <T>(what: string, ...parts: (keyof T & string)[]): Rule =>
  (value, name) => {
    const found: Partial<Record<string, unknown>> = look(value, ...parts);
    const there = (part: string) => typeof found[part] === 'object' && found[part] !== null;
    if (parts.every(there)) return value;
    throw wrongArgument(name, value, what);
  };

/** Rule for an object of texts; returns a copy. */
export const texts: Rule = (value, name) => copyOfObject(value, name, 'an object of texts');
