/** Pages as files: what every page may be given, and how it is written. */
import { optional, type Rules, text } from '../arguments.js';
import { WRITE_RULES, type WriteOptions, writeFileAtomic } from '../files/atomic.js';
import type { GateReport } from '../gates/judge.js';
import { drawn, requireDocument, texts } from './documents.js';
import type { Markup } from './markup.js';

/** How to write a page, and what it says beside the figures. */
export interface PageOptions extends WriteOptions {
  /** Default: the subject of the page. */
  title?: string | undefined;
  /** The command that makes the page again. */
  command?: string | undefined;
}

/** {@link PageOptions} of a page that has a card of its data. */
export interface CardPageOptions extends PageOptions {
  /** Facts of the data and the model, by name. */
  card?: Record<string, string> | undefined;
  /** Answers of gates on the result, as {@link judge} gives them. */
  gates?: GateReport | undefined;
}

export const PAGE_RULES: Rules<PageOptions> = {
  ...WRITE_RULES,
  title: optional(text),
  command: optional(text),
};

export const CARD_PAGE_RULES: Rules<CardPageOptions> = {
  ...PAGE_RULES,
  card: optional(texts),
  gates: optional((report, name) => {
    requireDocument('hackface-gates/1', report, name);
    return report;
  }),
};

/** Draws a document, called by the name of its parameter, and writes the page. Errors: those of writing a file. */
export async function writePage(
  name: string,
  draw: () => Markup,
  path: string,
  options: WriteOptions,
): Promise<void> {
  const { text } = drawn(name, draw);
  await writeFileAtomic(path, [Buffer.from(text)], options);
}
