/** Validation rules of report/: documents by their schema, and where to write. */
import {
  type Checked,
  filePath,
  readOptions,
  type Rule,
  type Rules,
  wrongArgument,
} from '../arguments.js';

/** Rejects a value that is no document of the schema, such as an evaluation. */
export function requireDocument(schema: string, document: unknown, name: string): void {
  if ((Object(document) as { schema?: unknown }).schema === schema) return;
  throw wrongArgument(name, document, `an object with the schema ${schema}`);
}

/** Validates one document or an array of them; returns an array. */
export function requireDocuments<T>(schema: string, given: T | readonly T[], name: string): T[] {
  const documents = (Array.isArray(given) ? given : [given]) as T[];
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

/** Rule for an object of texts; returns a copy. */
export const texts: Rule = (value, name) => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw wrongArgument(name, value, 'an object of texts');
};
