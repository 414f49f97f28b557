/** Sections of a verification report. */
import type { Evaluation, FoldAccuracy, OperatingPoint, WorstPair } from '../evaluation/result.js';
import { isolated, type Markup, markup, type Part } from './markup.js';
import { count, decimal, percent, rate, value } from './number-text.js';
import {
  belowText,
  card,
  figure,
  pairsList,
  ranged,
  section,
  table,
  thresholdSection,
} from './page-parts.js';

/** Headline figures, each with its interval or the reason why it has none. */
export function headlines(evaluation: Evaluation): Markup {
  const { auroc, eer, tarAtFar, accuracy, folds } = evaluation;
  const cards = [
    folds && foldCard(folds),
    card(evaluation, 'AUROC', auroc, decimal, 'auroc', boundText(evaluation)),
    card(evaluation, 'EER', eer, percent, 'eer', thresholdText(eer.threshold)),
    ...headlinePoints(tarAtFar).map((point) => {
      const shown = { value: point.tar, interval: point.tarInterval };
      const path = `tarAtFar.${tarAtFar.indexOf(point)}.tar`;
      const unsure = point.resolution === 'resolved' ? '' : point.resolution;
      const note = [thresholdText(point.threshold), unsure].filter(Boolean).join(', ');
      return card(evaluation, `TAR at FAR ${rate(point.far)}`, shown, percent, path, note);
    }),
    // With folds asked for, an accuracy whose threshold was chosen on these pairs is no headline.
    folds === null &&
      card(
        evaluation,
        'Best accuracy',
        { value: accuracy.best, interval: null },
        percent,
        'accuracy',
        `${thresholdText(accuracy.threshold)}, chosen on these pairs`,
      ),
  ];
  return section(
    'headline',
    'Headline figures',
    markup`<div class="cards">${cards}</div>
`,
  );
}

function foldCard({ mean, standardError, accuracies }: FoldAccuracy): Markup {
  return markup`<div class="card"><h3>Accuracy over folds</h3><p class="big">${percent(mean)}</p><p class="range">± ${percent(standardError)}</p><p class="note">mean ± standard error of ${count(accuracies.length)} folds, thresholds from the others</p></div>
`;
}

/** The two strictest rates that the pairs resolve, or the strictest that has a figure. */
function headlinePoints(points: readonly OperatingPoint[]): OperatingPoint[] {
  const byRate = [...points].sort((a, b) => b.far - a.far);
  const resolved = byRate.filter(({ resolution }) => resolution === 'resolved');
  const known = byRate.filter(({ tar }) => tar !== null);
  const chosen = [resolved.at(-2), resolved.at(-1) ?? known.at(-1) ?? byRate.at(-1)];
  return chosen.filter((point) => point !== undefined);
}

const thresholdText = (t: number | null) => (t === null ? '' : `threshold ${value(t)}`);

function boundText({ aurocBound }: Evaluation): string {
  return aurocBound === 0
    ? 'exact, ties count half'
    : `counted in bins, within ± ${value(aurocBound)}`;
}

/** Acceptance at each false accept rate asked for. */
export function thresholdTable({ tarAtFar, orientation }: Evaluation): Markup | null {
  const side = orientation === 'distance' ? 'at most' : 'at least';
  return thresholdSection(
    `A pair is accepted when its ${orientation} is ${side} the threshold.`,
    { rate: 'FAR', share: 'TAR', count: 'false accepts' },
    tarAtFar.map((point) => ({
      asked: point.far,
      threshold: point.threshold,
      share: point.tar,
      shareInterval: point.tarInterval,
      reached: point.achievedFar,
      reachedInterval: point.achievedFarInterval,
      count: point.falseAccepts,
      resolution: point.resolution,
    })),
  );
}

/** Rates at thresholds that were given, and at those of a file with what they promised. */
export function givenThresholds({ accuracyAt, transferred = [] }: Evaluation): Markup | null {
  if (accuracyAt.length === 0) return null;
  const [from] = transferred;
  const columns = [
    '#threshold',
    ...(from ? ['#FAR promised'] : []),
    '#FAR',
    '#FRR',
    '#TAR',
    '#accuracy',
    ...(from ? ['remark'] : []),
  ];
  const rows = accuracyAt.map((at): Part[] => {
    const elsewhere = transferred.filter(({ threshold }) => threshold === at.threshold);
    const promised = elsewhere.flatMap(({ promisedFar }) => promisedFar ?? []);
    const frr = at.tarInterval && {
      ...at.tarInterval,
      low: 1 - at.tarInterval.high,
      high: 1 - at.tarInterval.low,
    };
    return [
      value(at.threshold),
      ...(from ? [promised.map(rate).join(', ')] : []),
      ranged(at.far, at.farInterval, rate),
      ranged(1 - at.tar, frr, percent),
      ranged(at.tar, at.tarInterval, percent),
      percent(at.accuracy),
      ...(from ? [elsewhere.map(remarkOf).join(', ')] : []),
    ];
  });
  const source = from && ` Those with a remark are of ${from.from}.`;
  return section(
    'given-thresholds',
    'At given thresholds',
    markup`<p>Rates at thresholds that were not chosen on these pairs.${source}${belowText(accuracyAt.map(({ farInterval }) => farInterval))}</p>
`,
    table('At given thresholds', columns, rows),
  );
}

type Transferred = NonNullable<Evaluation['transferred']>[number];

function remarkOf({ promisedFar, holds }: Transferred): string {
  if (promisedFar === null) return 'where the decision says same';
  if (holds === null) return 'no interval to judge the promise by';
  return holds ? 'promise within the interval' : 'promise outside of the interval';
}

export function furtherFigures(evaluation: Evaluation): Markup {
  const { accuracy, partialAuroc, eer, eerBy, folds, dPrime, detectionCost, calibration } =
    evaluation;
  const at = (t: number | null): Part => (t === null ? null : `threshold ${value(t)}`);
  const rows: Part[][] = [
    ...partialAuroc.map((p) => [
      `partial AUROC up to FAR ${rate(p.far)}`,
      decimal(p.value),
      'standardised after McClish',
    ]),
    ['EER, interpolated', figure(eer.value, percent), at(eer.threshold)],
    ['EER, convex hull', figure(eerBy.hull, percent), null],
    ['EER, nearest threshold', figure(eerBy.nearest, percent), null],
    ['d′', figure(dPrime, (d) => d.toFixed(3)), null],
    ...(folds
      ? [
          [
            `accuracy over ${folds.accuracies.length} folds`,
            percent(folds.mean),
            `mean ± standard error ${percent(folds.standardError)}`,
          ],
          [
            'best accuracy',
            percent(accuracy.best),
            `threshold ${value(accuracy.threshold)}, chosen on these pairs`,
          ],
        ]
      : []),
    ...detectionCost.flatMap((c) => [
      [`minimum detection cost, prior ${value(c.prior)}`, c.minimum.toFixed(4), at(c.threshold)],
      ...(c.actual === null
        ? []
        : [[`actual detection cost, prior ${value(c.prior)}`, c.actual.toFixed(4), null]]),
    ]),
    ...(calibration
      ? [
          ['Cllr', calibration.cllr.toFixed(4), 'bits a pair'],
          ['least Cllr', calibration.minCllr.toFixed(4), 'after the best monotone recalibration'],
        ]
      : []),
  ];
  const columns = ['figure', '#value', 'remark'];
  return section('further', 'Further figures', table('Further figures', columns, rows));
}

/** The impostor pairs most alike and the genuine pairs least alike. */
export function worstPairs({ worst, orientation }: Evaluation): Markup | null {
  const { falseAccepts, falseRejects } = worst;
  if (falseAccepts.length + falseRejects.length === 0) return null;
  return section(
    'worst',
    'Worst pairs',
    markup`<p>Look at these first: a wrong label shows here before anywhere else.</p>
<div class="two">${[
      falseAccepts.length > 0 && worstTable('Impostor pairs most alike', falseAccepts, orientation),
      falseRejects.length > 0 && worstTable('Genuine pairs least alike', falseRejects, orientation),
    ]}</div>
`,
  );
}

function worstTable(caption: string, pairs: readonly WorstPair[], measure: string): Markup {
  const has = (key: keyof WorstPair) => pairs.some((pair) => (pair[key] ?? null) !== null);
  const shown: [heading: string, write: (pair: WorstPair) => Part][] = [
    [`#${measure}`, (pair) => value(pair.value)],
  ];
  // The place in the list says nothing beside the name of the pair.
  if (has('id')) shown.push(['pair', ({ id }) => id]);
  else if (has('pair')) shown.push(['pair', ({ pair }) => `number ${pair}`]);
  if (has('name1')) shown.push(['rows', ({ name1, name2 }) => isolated(`${name1}, ${name2}`)]);
  else if (has('index1')) shown.push(['rows', ({ index1, index2 }) => `${index1}, ${index2}`]);
  if (has('class1'))
    shown.push(['class', ({ class1, class2 }) => isolated(classesOf(class1, class2))]);
  const columns = shown.map(([heading]) => heading);
  const rows = pairs.map((pair) => shown.map(([, write]) => write(pair)));
  return markup`<div><h3>${caption}</h3>
${table(caption, columns, rows)}</div>
`;
}

/** One name for two rows of one class. */
function classesOf(one: string | null, other: string | null): string {
  return one === other ? (one ?? '') : `${one}, ${other}`;
}

export function cardOfData(evaluation: Evaluation, card: Record<string, string>): Markup {
  const { subject, orientation, genuine, impostors, identities, skipped } = evaluation;
  const given = Object.entries({ ...subject, ...card }).filter(([, text]) => text !== undefined);
  return section(
    'data',
    'Data and model',
    pairsList([
      ...given.map(([name, text]) => [name, text] as const),
      ['orientation', orientation],
      ['genuine pairs', count(genuine)],
      ['impostor pairs', count(impostors)],
      ['identities', identities === null ? 'not told by the input' : count(identities)],
      ...Object.entries(skipped).map(([why, n]) => [`left out: ${why}`, count(n)] as const),
    ]),
  );
}
