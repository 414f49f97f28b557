import { filePath, readOptions, type Rule, type Rules, wrongArgument } from '../arguments.js';

/** Refuses what is not a document of this schema, such as an evaluation, and a path that is none. */
export function requireDocument(schema: string, document: unknown, name: string): void {
  if ((Object(document) as { schema?: unknown }).schema === schema) return;
  throw wrongArgument(name, document, `an object with the schema ${schema}`);
}

/** One document, or several as a list. */
export function requireDocuments<T>(schema: string, given: T | readonly T[], name: string): T[] {
  const documents = (Array.isArray(given) ? given : [given]) as T[];
  for (const document of documents) requireDocument(schema, document, name);
  return documents;
}

/** Where and how a page or a figure is written. */
export function readTarget<Options>(
  path: string,
  options: Options,
  rules: Rules<NoInfer<Options>>,
): Options {
  filePath(path, 'path');
  return readOptions(options, rules);
}

/** Texts by name. */
export const texts: Rule = (value, name) => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw wrongArgument(name, value, 'an object of texts');
};
