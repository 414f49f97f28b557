/** Sections of a report on groups: their rates, how far they are apart, and what each does by itself. */
import type { Evaluation, Interval } from '../evaluation/result.js';
import { type Markup, markup, type Part } from './markup.js';
import { count, decimal, percent, rate, times, value } from './number-text.js';
import { belowText, figure, ranged, section, table } from './page-parts.js';

/** A system among others on the page. */
interface System {
  name: string;
  at: number;
}

/** Everything about groups, where there are any; of one system among others, or of the only one. */
export function groupSections(evaluation: Evaluation, system?: System): (Markup | null)[] {
  if (evaluation.groups.length === 0) return [];
  return [ratesOf(evaluation, system), apart(evaluation, system), alone(evaluation, system)];
}

/** A section of a system. */
function sectionOf(
  system: System | undefined,
  id: string,
  heading: string,
  ...content: Part[]
): Markup {
  if (system === undefined) return section(id, heading, ...content);
  return section(`${id}-${system.at + 1}`, `${heading}: ${system.name}`, ...content);
}

/** The caption of a table, of the only system or of one among others. */
const captionOf = (system: System | undefined, text: string) =>
  system === undefined ? text : `${text}: ${system.name}`;

/**
 * A table for each false accept rate that was asked for, a group a row: what is to be compared stands below each other, and
 * the width does not grow with the number of rates.
 */
function tablesByRate(
  { tarAtFar, groups }: Evaluation,
  caption: string,
  columns: readonly string[],
  cells: (group: Evaluation['groups'][number], at: number) => Part[] | null,
): Markup[] {
  return tarAtFar.flatMap(({ far, threshold }, at) => {
    const rows = groups.flatMap((group) => {
      const row = cells(group, at);
      return row === null ? [] : [[group.group, ...row]];
    });
    if (rows.length === 0) return [];
    const shared = threshold === null ? '' : `, shared threshold ${value(threshold)}`;
    return [
      markup`<h3>At FAR ${rate(far)}${shared}</h3>
${table(`${caption} at FAR ${rate(far)}`, ['group', ...columns], rows)}`,
    ];
  });
}

/** Rates of each group at the shared thresholds. */
function ratesOf(evaluation: Evaluation, system: System | undefined): Markup {
  const { groups } = evaluation;
  const across = groups.some(({ acrossImpostors }) => acrossImpostors !== null);
  const rows = groups.map((of): Part[] => [
    of.group,
    of.people === null ? null : count(of.people),
    count(of.genuine),
    count(of.impostors),
    ...(across ? [of.acrossImpostors === null ? null : count(of.acrossImpostors)] : []),
    ranged(of.auroc, of.aurocInterval, decimal),
  ]);
  const others = across
    ? ' FAR across is the share of accepted impostor pairs of a row of the group with a row of another.'
    : '';
  const intervals = groups.flatMap(({ aurocInterval, at }) => [
    aurocInterval,
    ...at.map(({ groupFarInterval }) => groupFarInterval),
  ]);
  const caption = captionOf(system, 'Groups');
  return sectionOf(
    system,
    'groups',
    'Groups',
    markup`<p>All groups are judged at the thresholds that all pairs together gave.${others}${belowText(intervals)}</p>
`,
    table(
      caption,
      [
        'group',
        '#people',
        '#genuine pairs',
        '#impostor pairs',
        ...(across ? ['#impostor pairs across'] : []),
        '#AUROC',
      ],
      rows,
    ),
    tablesByRate(
      evaluation,
      caption,
      ['#FAR', ...(across ? ['#FAR across'] : []), '#TAR'],
      (of, i) => {
        const at = of.at[i];
        if (at === undefined) return null;
        return [
          ranged(at.groupFar, at.groupFarInterval, rate),
          ...(across
            ? [
                of.acrossImpostors === null
                  ? null
                  : ranged(at.acrossFar, at.acrossFarInterval, rate),
              ]
            : []),
          ranged(at.groupTar, at.groupTarInterval, percent),
        ];
      },
    ),
  );
}

/** How far groups are apart at each shared threshold. */
function apart({ groupRatios }: Evaluation, system: System | undefined): Markup | null {
  if (groupRatios.length === 0) return null;
  const share = (number: number) => number.toFixed(4);
  const of = (number: number | null, interval: Interval | null, write: typeof times) =>
    ranged(number, interval, write);
  const columns = ['#FAR asked', '#FAR ratio', '#FRR ratio', '#FDR', '#GARBE'];
  const rows = groupRatios.map((at): Part[] => [
    rate(at.far),
    of(at.farRatio, at.farRatioInterval, times),
    of(at.frrRatio, at.frrRatioInterval, times),
    of(at.fdr, at.fdrInterval, share),
    of(at.garbe, at.garbeInterval, share),
  ]);
  const intervals = groupRatios.flatMap((at) => [at.farRatioInterval, at.frrRatioInterval]);
  return sectionOf(
    system,
    'groups-apart',
    'How far groups are apart',
    markup`<p>Ratios are the largest rate over the least. FDR is 1 and GARBE 0 where no group differs. Chance alone makes groups differ, which the intervals allow for.${belowText(intervals)}</p>
`,
    table(captionOf(system, 'How far groups are apart'), columns, rows),
  );
}

/** Each group at thresholds that its own impostors choose. */
function alone(evaluation: Evaluation, system: System | undefined): Markup | null {
  const { groups, tarAtFar } = evaluation;
  if (groups.every(({ own }) => own.length === 0)) return null;
  const open = tarAtFar.filter((_, i) =>
    groups.every(({ own }) => (own[i]?.threshold ?? null) === null),
  );
  const none =
    open.length > 0 &&
    ` No group has impostors enough for FAR ${open.map(({ far }) => rate(far)).join(' or ')}.`;
  const tables = tablesByRate(
    evaluation,
    captionOf(system, 'Groups at thresholds of their own'),
    ['#own threshold', '#FAR reached', '#TAR', 'resolution'],
    ({ own }, i) => {
      const at = own[i];
      if (at === undefined || open.some(({ far }) => far === at.far)) return null;
      return [
        figure(at.threshold, value),
        ranged(at.achievedFar, at.achievedFarInterval, rate),
        ranged(at.tar, at.tarInterval, percent),
        markup`<span class="${at.resolution}">${at.resolution}</span>`,
      ];
    },
  );
  return sectionOf(
    system,
    'groups-own',
    'Groups at thresholds of their own',
    markup`<p>The impostors of each group choose a threshold for it.${none}</p>
`,
    tables,
  );
}
