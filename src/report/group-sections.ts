/** Sections of a report on groups: their rates, how far they are apart, and what each does by itself. */
import type { Evaluation, Interval } from '../evaluation/result.js';
import { type Markup, markup, type Part } from './markup.js';
import { count, decimal, percent, rate, value } from './number-text.js';
import { figure, ranged, section, table } from './page-parts.js';

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

/** Rates of each group at the shared thresholds. */
function ratesOf({ groups }: Evaluation, system: System | undefined): Markup {
  const rates = groups[0]?.at.map(({ far }) => far) ?? [];
  const across = groups.some(({ acrossImpostors }) => acrossImpostors !== null);
  const columns = [
    'group',
    '#people',
    '#genuine',
    '#impostors',
    '#AUROC',
    ...rates.flatMap((far) => [
      `#FAR at ${rate(far)}`,
      ...(across ? [`#FAR across at ${rate(far)}`] : []),
      `#TAR at ${rate(far)}`,
    ]),
  ];
  const rows = groups.map((of): Part[] => [
    of.group,
    of.people === null ? null : count(of.people),
    count(of.genuine),
    count(of.impostors),
    ranged(of.auroc, of.aurocInterval, decimal),
    ...of.at.flatMap((at) => [
      ranged(at.groupFar, at.groupFarInterval, rate),
      ...(across ? [ranged(at.acrossFar, at.acrossFarInterval, rate)] : []),
      ranged(at.groupTar, at.groupTarInterval, percent),
    ]),
  ]);
  const others = across ? ' FAR across is of impostor pairs of the group with other groups.' : '';
  return sectionOf(
    system,
    'groups',
    'Groups',
    markup`<p>All groups are judged at the thresholds that all pairs together gave.${others}</p>
`,
    table('Groups', columns, rows),
  );
}

/** How far groups are apart at each shared threshold. */
function apart({ groupRatios }: Evaluation, system: System | undefined): Markup | null {
  if (groupRatios.length === 0) return null;
  const times = (ratio: number) => `× ${ratio.toFixed(2)}`;
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
  return sectionOf(
    system,
    'groups-apart',
    'How far groups are apart',
    markup`<p>Ratios are the largest rate over the least. FDR is 1 and GARBE 0 where no group differs. Chance alone makes groups differ, which the intervals allow for.</p>
`,
    table('How far groups are apart', columns, rows),
  );
}

/** Each group at thresholds that its own impostors choose. */
function alone({ groups }: Evaluation, system: System | undefined): Markup | null {
  const rows = groups.flatMap(({ group, own }) =>
    own.map((at): Part[] => [
      group,
      rate(at.far),
      figure(at.threshold, value),
      ranged(at.achievedFar, at.achievedFarInterval, rate),
      ranged(at.tar, at.tarInterval, percent),
      markup`<span class="${at.resolution}">${at.resolution}</span>`,
    ]),
  );
  if (rows.length === 0) return null;
  const columns = ['group', '#FAR asked', '#threshold', '#FAR reached', '#TAR', 'resolution'];
  return sectionOf(
    system,
    'groups-own',
    'Groups at thresholds of their own',
    markup`<p>A threshold that the impostors of one group choose for it.</p>
`,
    table('Groups at thresholds of their own', columns, rows),
  );
}
