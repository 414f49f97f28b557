/** The report of an audit: one HTML page, and sections for other pages. */
import type { AuditReport, DuplicateRows, Listed, RowPlace } from '../audit.js';
import { readTarget, requireDocument } from './documents.js';
import { type Markup, markup, type Part } from './markup.js';
import { count, value } from './number-text.js';
import { page } from './page.js';
import { PAGE_RULES, type PageOptions, writePage } from './page-file.js';
import { reproduce, section, table, warningList } from './page-parts.js';
import { shiftText } from './shift-text.js';
import { trustText } from './trust-text.js';

/** How to write the report of an audit. */
export type AuditPageOptions = PageOptions;

/** Most rows of a table on a page; the others are counted. */
const SHOWN = 50;

/** Writes the findings of an audit as a self-contained HTML page. Errors: those of writing a file. */
export async function writeAuditReport(
  report: AuditReport,
  path: string,
  options: AuditPageOptions = {},
): Promise<void> {
  const settled = readTarget(path, options, PAGE_RULES);
  requireDocument('hackface-audit/1', report, 'report');
  await writePage('report', () => auditPage(report, settled), path, settled);
}

function auditPage(report: AuditReport, { title = 'Audit', command }: AuditPageOptions): Markup {
  const rows = report.sets.map(({ set, rows, classes }) => {
    const of = classes === null ? '' : ` of ${count(classes)} classes`;
    return `${set === null ? '' : `${set}: `}${count(rows)} rows${of}`;
  });
  return page(
    { title, lead: `${rows.join('; ')}; ${count(report.dim)} columns.` },
    warningList(report),
    ...auditSections(report),
    reproduce(command, 'Find the same again'),
  );
}

/** Sections of a page: a summary of the audit, then each list with entries. */
export function auditSections(report: AuditReport): (Markup | null)[] {
  return [
    summary(report),
    shift(report),
    suspects(report),
    duplicates('conflicting', 'Alike under two labels', report.conflicting, report),
    report.shared && classes(report.shared.classes),
    report.shared && duplicates('across', 'Alike in train and test', report.shared.rows, report),
    lookAlikes(report),
    duplicates('repeated', 'Repeated rows', report.repeated, report),
    unusable(report),
    norms(report),
  ];
}

function summary(report: AuditReport): Markup {
  const { suspects, conflicting, repeated, lookAlikes, singletons, shared } = report;
  const totals: [string, Listed<unknown> | null][] = [
    ['look mislabelled', suspects],
    ['pairs alike under two labels', conflicting],
    ...(shared
      ? ([
          ['classes in train and test', shared.classes],
          ['pairs alike in train and test', shared.rows],
        ] as [string, Listed<unknown> | null][])
      : []),
    ['pairs of labels of one person', lookAlikes],
    ['repeated rows', repeated],
    ['classes of one row', singletons],
    ['rows of zeros', report.zero],
    ['rows with NaN or infinity', report.nonFinite],
    ['constant rows', report.constant],
    ['odd norms', report.normOutliers],
  ];
  const cards = totals.map(([name, list]) => {
    const shown =
      list === null ? markup`<span class="missing">no labels</span>` : count(list.total);
    return markup`<div class="card"><h3>${name}</h3><p class="big">${shown}</p></div>
`;
  });
  return section(
    'audit',
    'What was found',
    markup`<div class="cards">${cards}</div>
`,
  );
}

function shift({ shift }: AuditReport): Markup | null {
  if (shift === null) return null;
  const lines = shiftText(shift).map(
    (line) => markup`<li>${line}</li>
`,
  );
  return section(
    'shift',
    'Shift from train to test',
    markup`<ul>
${lines}</ul>
`,
  );
}

function suspects({ suspects, trust }: AuditReport): Markup | null {
  const far = trust && suspects ? ` ${trustText(trust, suspects.total).join('; ')}.` : '';
  return listed(
    'suspects',
    'Rows that look mislabelled',
    `Each is nearer to another class than to the rest of its own: cosines with both directions, and their difference.${far}`,
    ['#row', 'label', '#own', 'looks like', '#other', '#score', '#most like row'],
    suspects,
    (s) => [
      placeText(s),
      s.class,
      s.own.toFixed(3),
      s.otherClass,
      s.other.toFixed(3),
      s.score.toFixed(3),
      placeText(s.nearest),
    ],
  );
}

function duplicates(
  id: string,
  heading: string,
  list: Listed<DuplicateRows>,
  { near, nearRows, sets }: AuditReport,
): Markup | null {
  const rows = sets.reduce((sum, set) => sum + set.rows, 0);
  const text =
    `Pairs of rows with a cosine similarity of ${String(near)} or more; ` +
    `looked for beside ${count(nearRows)} of ${count(rows)} rows, copies beside all.`;
  const columns = ['#row', 'label', '#row', 'label', '#similarity'];
  return listed(id, heading, text, columns, list, ({ first, second, similarity, identical }) => [
    placeText(first),
    first.class,
    placeText(second),
    second.class,
    identical ? 'identical' : similarity.toFixed(6),
  ]);
}

function classes(list: Listed<string> | null): Markup | null {
  const heading = 'Classes in train and test';
  return listed('shared', heading, '', ['class'], list, (name) => [name]);
}

function lookAlikes({ lookAlikes }: AuditReport): Markup | null {
  return listed(
    'look-alikes',
    'Labels that look like one person',
    'Similarity between the two labels over that within them, about 1 for one person; and how many standard deviations that is above all pairs of labels.',
    ['label', 'label', '#resemblance', '#deviation'],
    lookAlikes,
    (pair) => [pair.class1, pair.class2, pair.resemblance.toFixed(3), pair.deviation.toFixed(1)],
  );
}

function unusable({ nonFinite, zero, constant }: AuditReport): Markup | null {
  const kinds: [string, Listed<RowPlace>][] = [
    ['NaN or infinity', nonFinite],
    ['zeros', zero],
    ['one number', constant],
  ];
  const rows = kinds.flatMap(([what, list]) =>
    list.entries.slice(0, SHOWN).map((place): Part[] => [placeText(place), place.class, what]),
  );
  if (rows.length === 0) return null;
  const columns = ['#row', 'label', 'holds'];
  return section(
    'unusable',
    'Rows that cannot be used',
    table('Rows that cannot be used', columns, rows),
    kinds.map(([, list]) => more(list)),
  );
}

function norms({ normOutliers }: AuditReport): Markup | null {
  const columns = ['#row', 'label', '#norm', '#deviation'];
  return listed('norms', 'Odd norms', '', columns, normOutliers, (row) => [
    placeText(row),
    row.class,
    value(row.norm),
    row.deviation.toFixed(1),
  ]);
}

/** The section of a list; none for an empty list. */
function listed<T>(
  id: string,
  heading: string,
  text: string,
  columns: readonly string[],
  list: Listed<T> | null,
  cells: (entry: T) => Part[],
): Markup | null {
  if (!list || list.total === 0) return null;
  const lead =
    text !== '' &&
    markup`<p>${text}</p>
`;
  const rows = list.entries.slice(0, SHOWN).map(cells);
  return section(id, heading, lead, table(heading, columns, rows), more(list));
}

function placeText({ set, row }: RowPlace): string {
  return set === null ? String(row) : `${set} ${row}`;
}

function more(list: Listed<unknown>): Markup | null {
  const left = list.total - Math.min(list.entries.length, SHOWN);
  return left > 0
    ? markup`<p class="more">and ${count(left)} more</p>
`
    : null;
}
