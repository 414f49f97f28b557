/** Lists of rows that look mislabelled. */
import type { SuspectRow } from '../audit.js';
import { list, look, filePath, readOptions, type Rule, text, wrongArgument } from '../arguments.js';
import { WRITE_RULES, type WriteOptions, writeFileAtomic } from '../files/atomic.js';
import { isStandardOutput, writeStandardOutput } from '../files/stdout.js';
import { CELL_RULES, type CellOptions, quoteCell, refuseFormulaClasses } from './quote.js';

/**
 * Writes rows that look mislabelled as CSV, most suspect first:
 * `row,class,own,other_class,other,score,nearest_row`. Rows of two sets have their `set` first and
 * `nearest_set` last; with names of rows, `name` and `nearest_name` end the line. Numbers are the shortest decimals that read back the same; `-` is standard
 * output. Errors: those of writing a file;
 * `ECSVVALUE` for a class that a spreadsheet may run.
 */
export async function writeSuspects(
  path: string,
  suspects: readonly SuspectRow[],
  options: WriteOptions & CellOptions = {},
): Promise<void> {
  filePath(path, 'path');
  const settled = readOptions(options, { ...WRITE_RULES, ...CELL_RULES });
  list(requireSuspect)(suspects, 'suspects');
  const labels = suspects.flatMap((suspect) => [
    suspect.class,
    suspect.otherClass,
    suspect.name ?? '',
    suspect.nearest.name ?? '',
  ]);
  refuseFormulaClasses(labels, { file: path, column: 'class' }, settled);
  const chunks = [Buffer.from(suspectsTable(suspects))];
  if (isStandardOutput(path)) await writeStandardOutput(chunks);
  else await writeFileAtomic(path, chunks, settled);
}

const requireSuspect: Rule = (suspect, name) => {
  const { class: own, otherClass, nearest } = look(suspect, 'class', 'otherClass', 'nearest');
  text(own, `${name}.class`);
  text(otherClass, `${name}.otherClass`);
  if (typeof nearest === 'object' && nearest !== null) return suspect;
  throw wrongArgument(`${name}.nearest`, nearest, 'a row');
};

const NAMES = ['row', 'class', 'own', 'other_class', 'other', 'score', 'nearest_row'];

function suspectsTable(suspects: readonly SuspectRow[]): string {
  const sets = suspects.some(({ set }) => set !== null);
  const named = suspects.some(({ name, nearest }) => (name ?? nearest.name) !== undefined);
  const lines = suspects.map((suspect) => {
    const { set, row, own, other, score, nearest } = suspect;
    const [label, otherLabel] = [suspect.class, suspect.otherClass].map(quoteCell);
    const cells = [row, label, own, otherLabel, other, score, nearest.row];
    const texts = named ? [suspect.name, nearest.name].map((text) => quoteCell(text ?? '')) : [];
    return [...(sets ? [set, ...cells, nearest.set] : cells), ...texts];
  });
  const ends = named ? ['name', 'nearest_name'] : [];
  const header = [...(sets ? ['set', ...NAMES, 'nearest_set'] : NAMES), ...ends];
  return [header, ...lines].map((cells) => `${cells.join(',')}\n`).join('');
}
