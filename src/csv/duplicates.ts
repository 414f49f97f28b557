/** Lists of rows that are alike. */
import type { DuplicateRows, RowPlace } from '../audit.js';
import { look, filePath, list, readOptions, type Rule, wrongArgument } from '../arguments.js';
import { WRITE_RULES, type WriteOptions, writeFileAtomic } from '../files/atomic.js';
import { isStandardOutput, writeStandardOutput } from '../files/stdout.js';
import { CELL_RULES, type CellOptions, quoteCell, refuseFormulaClasses } from './quote.js';

/**
 * Writes pairs of rows that are alike as CSV, in their order: `row1,row2,similarity,identical`, after each row
 * its name and its class where rows have them, before it its set where there are two. Numbers are the shortest decimals that read
 * back the same; `-` is standard output. Errors: those of writing a
 * file; `ECSVVALUE` for a class that a spreadsheet may run.
 */
export async function writeDuplicates(
  path: string,
  pairs: readonly DuplicateRows[],
  options: WriteOptions & CellOptions = {},
): Promise<void> {
  filePath(path, 'path');
  const settled = readOptions(options, { ...WRITE_RULES, ...CELL_RULES });
  list(requirePair)(pairs, 'pairs');
  const labels = pairs.flatMap(({ first, second }) =>
    [first, second].flatMap(({ class: label, name }) => [label ?? '', name ?? '']),
  );
  refuseFormulaClasses(labels, { file: path, column: 'class1' }, settled);
  const chunks = duplicatesTable(pairs);
  if (isStandardOutput(path)) await writeStandardOutput(chunks);
  else await writeFileAtomic(path, chunks, settled);
}

const requirePair: Rule = (pair, name) => {
  const { first, second, similarity } = look(pair, 'first', 'second', 'similarity');
  const known = [typeof first, typeof second, typeof similarity].join();
  if (known === 'object,object,number' && first !== null && second !== null) return pair;
  throw wrongArgument(name, pair, 'a pair of rows');
};

const ROWS_PER_CHUNK = 8192;

function* duplicatesTable(pairs: readonly DuplicateRows[]): Generator<Buffer> {
  const sets = pairs.some(({ first }) => first.set !== null);
  const labels = pairs.some(({ first }) => first.class !== null);
  const named = pairs.some(({ first, second }) => (first.name ?? second.name) !== undefined);
  const names = (n: number) => cells(`set${n}`, `row${n}`, `name${n}`, `class${n}`);
  const cells = <T>(set: T, row: T, name: T, label: T): T[] => [
    ...(sets ? [set] : []),
    row,
    ...(named ? [name] : []),
    ...(labels ? [label] : []),
  ];
  const place = ({ set, row, name = '', class: label }: RowPlace) =>
    cells<string | number | null>(set, row, quoteCell(name), quoteCell(label ?? ''));
  const line = (values: readonly unknown[]) => `${values.join(',')}\n`;
  yield Buffer.from(line([...names(1), ...names(2), 'similarity', 'identical']));
  for (let from = 0; from < pairs.length; from += ROWS_PER_CHUNK) {
    const some = pairs.slice(from, from + ROWS_PER_CHUNK);
    const lines = some.map(({ first, second, similarity, identical }) =>
      line([...place(first), ...place(second), similarity, identical]),
    );
    yield Buffer.from(lines.join(''));
  }
}
