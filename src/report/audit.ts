import type { AuditReport, DuplicateRows, Listed, RowPlace } from '../audit.js';
import { optional, type Rules, text as anyText } from '../arguments.js';
import { WRITE_RULES, type WriteOptions, writeFileAtomic } from '../files/atomic.js';
import { readTarget, requireDocument } from './arguments.js';
import { type Markup, markup, type Part } from './markup.js';
import { count, value } from './numbers.js';
import { page } from './page.js';
import { reproduce, section, table } from './tables.js';

/** What a report of an audit says beside the findings. */
export interface AuditPageOptions extends WriteOptions {
  /** Default: `Audit`. */
  title?: string | undefined;
  /** The command that finds the same again. */
  command?: string | undefined;
}

const PAGE_RULES: Rules<AuditPageOptions> = {
  ...WRITE_RULES,
  title: optional(anyText),
  command: optional(anyText),
};

/** Rows of a table of a page; the rest is counted. */
const SHOWN = 50;

/**
 * Writes what an audit found as a page, as self-contained as that of an evaluation. Errors: those of
 * writing a file.
 */
export async function writeAuditReport(
  report: AuditReport,
  path: string,
  options: AuditPageOptions = {},
): Promise<void> {
  const settled = readTarget(path, options, PAGE_RULES);
  requireDocument('hackface-audit/1', report, 'report');
  const { title = 'Audit', command } = settled;
  const rows = report.sets.map(({ set, rows, classes }) => {
    const of = classes === null ? '' : ` of ${count(classes)} classes`;
    return `${set === null ? '' : `${set}: `}${count(rows)} rows${of}`;
  });
  const { text } = page(
    title,
    `${rows.join('; ')}; ${count(report.dim)} columns.`,
    ...auditSections(report),
    reproduce(command, 'Find the same again'),
  );
  await writeFileAtomic(path, [Buffer.from(text)], settled);
}

/** What an audit found, as sections of a page: a summary, then each list that is not empty. */
export function auditSections(report: AuditReport): (Markup | null)[] {
  return [
    summary(report),
    suspects(report),
    duplicates('conflicting', 'Alike under two labels', report.conflicting, report.near),
    report.shared && classes(report.shared.classes),
    report.shared &&
      duplicates('across', 'Alike in train and test', report.shared.rows, report.near),
    lookAlikes(report),
    duplicates('repeated', 'Repeated rows', report.repeated, report.near),
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

function suspects({ suspects }: AuditReport): Markup | null {
  if (!suspects || suspects.total === 0) return null;
  const columns = [
    { heading: 'row', numbers: true },
    { heading: 'label' },
    { heading: 'own', numbers: true },
    { heading: 'looks like' },
    { heading: 'other', numbers: true },
    { heading: 'score', numbers: true },
    { heading: 'most like row', numbers: true },
  ];
  const rows = suspects.entries
    .slice(0, SHOWN)
    .map((s): Part[] => [
      placeText(s),
      s.class,
      s.own.toFixed(3),
      s.otherClass,
      s.other.toFixed(3),
      s.score.toFixed(3),
      placeText(s.nearest),
    ]);
  return section(
    'suspects',
    'Rows that look mislabelled',
    markup`<p>Each is nearer to another class than to the rest of its own: cosines with both directions, and their difference.</p>
`,
    table('Rows that look mislabelled', columns, rows),
    more(suspects),
  );
}

function duplicates(
  id: string,
  heading: string,
  list: Listed<DuplicateRows>,
  near: number,
): Markup | null {
  if (list.total === 0) return null;
  const columns = [
    { heading: 'row', numbers: true },
    { heading: 'label' },
    { heading: 'row', numbers: true },
    { heading: 'label' },
    { heading: 'similarity', numbers: true },
  ];
  const rows = list.entries
    .slice(0, SHOWN)
    .map(({ first, second, similarity, identical }) => [
      placeText(first),
      first.class,
      placeText(second),
      second.class,
      identical ? 'identical' : similarity.toFixed(6),
    ]);
  return section(
    id,
    heading,
    markup`<p>Pairs of rows with a cosine similarity of ${String(near)} or more.</p>
`,
    table(heading, columns, rows),
    more(list),
  );
}

function classes(list: Listed<string> | null): Markup | null {
  if (!list || list.total === 0) return null;
  const rows = list.entries.slice(0, SHOWN).map((name) => [name]);
  return section(
    'shared',
    'Classes in train and test',
    table('Classes in train and test', [{ heading: 'class' }], rows),
    more(list),
  );
}

function lookAlikes({ lookAlikes }: AuditReport): Markup | null {
  if (!lookAlikes || lookAlikes.total === 0) return null;
  const columns = [
    { heading: 'label' },
    { heading: 'label' },
    { heading: 'resemblance', numbers: true },
    { heading: 'deviation', numbers: true },
  ];
  const rows = lookAlikes.entries
    .slice(0, SHOWN)
    .map((pair) => [
      pair.class1,
      pair.class2,
      pair.resemblance.toFixed(3),
      pair.deviation.toFixed(1),
    ]);
  return section(
    'look-alikes',
    'Labels that look like one person',
    markup`<p>Similarity between the two labels over that within them, about 1 for one person; and how many standard deviations that is above all pairs of labels.</p>
`,
    table('Labels that look like one person', columns, rows),
    more(lookAlikes),
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
  const columns = [{ heading: 'row', numbers: true }, { heading: 'label' }, { heading: 'holds' }];
  return section(
    'unusable',
    'Rows that cannot be used',
    table('Rows that cannot be used', columns, rows),
    kinds.map(([, list]) => more(list)),
  );
}

function norms({ normOutliers }: AuditReport): Markup | null {
  if (normOutliers.total === 0) return null;
  const columns = [
    { heading: 'row', numbers: true },
    { heading: 'label' },
    { heading: 'norm', numbers: true },
    { heading: 'deviation', numbers: true },
  ];
  const rows = normOutliers.entries
    .slice(0, SHOWN)
    .map((row): Part[] => [placeText(row), row.class, value(row.norm), row.deviation.toFixed(1)]);
  return section('norms', 'Odd norms', table('Odd norms', columns, rows), more(normOutliers));
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
