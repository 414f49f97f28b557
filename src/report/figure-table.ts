/** The headline figures of evaluations as a table for a paper or a page. */
import { oneOf } from '../arguments.js';
import type { Evaluation, Interval } from '../evaluation/result.js';
import { drawn, requireDocuments } from './documents.js';

/** Markup of a table. */
export const TABLE_FORMATS: readonly TableFormat[] = ['markdown', 'csv', 'latex'];

/** A markup of a table. */
export type TableFormat = 'markdown' | 'csv' | 'latex';

/**
 * The headline figures of evaluations, a row each: pairs, AUROC and EER with their intervals, TAR at each false
 * accept rate, accuracy (on folds, where there are any: mean ± standard error), and costs. A figure that is
 * undefined is a dash, in CSV an empty cell. Lines without their ends.
 */
export function figureTable(evaluations: readonly Evaluation[], format: TableFormat): string[] {
  oneOf(...TABLE_FORMATS)(format, 'format');
  const name = 'evaluations';
  const documents = requireDocuments('hackface-evaluation/1', evaluations, name);
  return drawn(name, () => lines(documents, format));
}

function lines(evaluations: readonly Evaluation[], format: TableFormat): string[] {
  const plain = format === 'csv';
  const rows = evaluations.map((evaluation) => cellsOf(evaluation, plain));
  const header = (rows[0] ?? []).map(([name]) => name);
  const cells = rows.map((row) => row.map(([, cell]) => cell));
  if (format === 'csv') return [header, ...cells].map((row) => row.map(csvCell).join(','));
  if (format === 'markdown') {
    const line = (row: readonly string[]) =>
      `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
    const rule = `| ${header.map((_, at) => (at === 0 ? '---' : '---:')).join(' | ')} |`;
    return [line(header), rule, ...cells.map(line)];
  }
  const line = (row: readonly string[]) => `${row.map(latexCell).join(' & ')} \\\\`;
  return [
    `\\begin{tabular}{l${'r'.repeat(header.length - 1)}}`,
    '\\hline',
    line(header),
    '\\hline',
    ...cells.map(line),
    '\\hline',
    '\\end{tabular}',
  ];
}

/** The name of a column and the text of a cell. */
type Cell = readonly [string, string];

/** Name and text of each cell; with `plain`, numbers in full and an interval in cells of its own. */
function cellsOf(evaluation: Evaluation, plain: boolean): Cell[] {
  const { subject, genuine, impostors, auroc, eer, tarAtFar, accuracy, folds } = evaluation;
  const number = (value: number | null) => {
    if (value === null) return plain ? '' : '–';
    return plain ? String(value) : value.toFixed(4);
  };
  const figure = (name: string, value: number | null, interval: Interval | null) => {
    const [low, high] = [number(interval?.low ?? null), number(interval?.high ?? null)];
    if (plain)
      return [
        [name, number(value)],
        [`${name} low`, low],
        [`${name} high`, high],
      ] as const;
    const within = interval === null ? '' : ` (${low}–${high})`;
    return [[name, number(value) + within]] as const;
  };
  const share = (): Cell[] => {
    if (folds === null) return [['accuracy', number(accuracy.best)]];
    const [mean, error] = [number(folds.mean), number(folds.standardError)];
    if (!plain) return [['accuracy on folds', `${mean} ± ${error}`]];
    return [
      ['accuracy on folds', mean],
      ['standard error', error],
    ];
  };
  return [
    ['judged', Object.values(subject).filter(Boolean).join(', ')],
    ['genuine', String(genuine)],
    ['impostors', String(impostors)],
    ...figure('AUROC', auroc.value, auroc.interval),
    ...figure('EER', eer.value, eer.interval),
    ...tarAtFar.map(({ far, tar }) => [`TAR at FAR ${far}`, number(tar)] as const),
    ...share(),
    ...evaluation.detectionCost.map(
      ({ prior, minimum }) => [`minDCF ${prior}`, number(minimum)] as const,
    ),
  ];
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function latexCell(text: string): string {
  const marked = text.replaceAll(
    /[\\{}$&#_%^~]/g,
    (sign) =>
      ({ '\\': '\\textbackslash{}', '^': '\\textasciicircum{}', '~': '\\textasciitilde{}' })[
        sign
      ] ?? `\\${sign}`,
  );
  return marked.replaceAll('–', '--').replaceAll('±', '$\\pm$');
}
