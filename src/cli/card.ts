/** Facts of the data and the day, for a report. */
import { asChecked } from '../arguments.js';
import type { Io } from '../embeddings.js';
import { fileFingerprint, matrixFacts } from '../fingerprint.js';

/** What a report is made of: matrices by name, and a file of scores. */
export interface Sources {
  matrices: Readonly<Record<string, string | undefined>>;
  scores?: string | undefined;
  io?: Io | undefined;
  threads?: number | undefined;
}

/**
 * The day in UTC, that of `SOURCE_DATE_EPOCH` where it is set, and size and fingerprint of each matrix;
 * names stand before the facts where there are several.
 */
export async function reportCard(sources: Sources): Promise<Record<string, string>> {
  const { matrices, scores, io, threads } = sources;
  const card: Record<string, string> = { date: today() };
  const named = Object.entries(matrices).flatMap(([name, file]) => (file ? [[name, file]] : []));
  for (const [name = '', file = ''] of named) {
    const facts = await matrixFacts(file, asChecked({ threads, io }));
    for (const [fact, text] of Object.entries(facts)) {
      card[named.length > 1 ? `${name}: ${fact}` : fact] = text;
    }
  }
  if (scores !== undefined && scores !== '-') {
    card['SHA-256 of the scores'] = await fileFingerprint(scores);
  }
  return card;
}

function today(): string {
  const { SOURCE_DATE_EPOCH: epoch } = process.env;
  const now = epoch === undefined ? new Date() : new Date(1000 * Number(epoch));
  return Number.isNaN(now.getTime()) ? '' : now.toISOString().slice(0, 10);
}
