/** Figures without a value, in words. */
import { type Markup, markup } from './markup.js';
import { rate } from './number-text.js';
import { pairsList } from './page-parts.js';

/** Names of figures by the path of their key; `#` stands for a place in a list. */
const NAMES: Readonly<Record<string, string>> = {
  identities: 'number of people',
  auroc: 'AUROC',
  'auroc.interval': 'interval of AUROC',
  eer: 'EER',
  'eer.interval': 'interval of EER',
  'tarAtFar.#': 'threshold and rates at FAR #',
  'tarAtFar.#.threshold': 'threshold at FAR #',
  'tarAtFar.#.tar': 'TAR at FAR #',
  'tarAtFar.#.tarInterval': 'interval of TAR at FAR #',
  'tarAtFar.#.achievedFar': 'FAR reached where # is asked',
  'tarAtFar.#.achievedFarInterval': 'interval of the FAR reached where # is asked',
  'tarAtFar.#.falseAccepts': 'false accepts at FAR #',
  folds: 'accuracy over folds',
  dPrime: 'd′',
  calibration: 'Cllr and calibration',
  menagerie: 'zoo plot',
  quality: 'error over discard, scores over quality',
  'detectionCost.#.actual': 'actual detection cost at prior #',
  'curve.tarLow': 'band of the curve',
  'curve.tarHigh': 'band of the curve',
  'groups.#.auroc': 'AUROC of group #',
  'groups.#.aurocInterval': 'interval of AUROC of group #',
  'groups.#.people': 'people of group #',
  'groups.#.acrossImpostors': 'impostors of group # with others',
  'groups.#.at.#.acrossFar': 'FAR of group # with others at FAR #',
  'groups.#.at.#.acrossFarInterval': 'interval of FAR of group # with others at FAR #',
  'groups.#.at.#.groupFar': 'FAR of group # at FAR #',
  'groups.#.at.#.groupFarInterval': 'interval of FAR of group # at FAR #',
  'groups.#.at.#.groupTarInterval': 'interval of TAR of group # at FAR #',
  'groups.#.at.#.groupTar': 'TAR of group # at FAR #',
  'groups.#.own.#.threshold': 'own threshold of group # for FAR #, and its rates',
  'groups.#.own.#.achievedFar': 'own threshold of group # for FAR #, and its rates',
  'groups.#.own.#.tar': 'own threshold of group # for FAR #, and its rates',
  'groups.#.own.#.falseAccepts': 'own threshold of group # for FAR #, and its rates',
  'groups.#.own.#.achievedFarInterval': 'interval of FAR of group # at its own threshold for FAR #',
  'groups.#.own.#.tarInterval': 'interval of TAR of group # at its own threshold for FAR #',
  'groupRatios.#.farRatio': 'FAR ratio of groups at FAR #',
  'groupRatios.#.farRatioInterval': 'interval of the FAR ratio of groups at FAR #',
  'groupRatios.#.frrRatio': 'FRR ratio of groups at FAR #',
  'groupRatios.#.frrRatioInterval': 'interval of the FRR ratio of groups at FAR #',
  'groupRatios.#.fdr': 'FDR of groups at FAR #',
  'groupRatios.#.fdrInterval': 'interval of FDR of groups at FAR #',
  'groupRatios.#.garbe': 'GARBE of groups at FAR #',
  'groupRatios.#.garbeInterval': 'interval of GARBE of groups at FAR #',
  'groupRatios.#.giniFar': 'Gini coefficient of FAR at FAR #',
  'groupRatios.#.giniFarInterval': 'interval of the Gini coefficient of FAR at FAR #',
  'groupRatios.#.giniFrr': 'Gini coefficient of FRR at FAR #',
  'groupRatios.#.giniFrrInterval': 'interval of the Gini coefficient of FRR at FAR #',
  closedSet: 'ranks and the CMC curve',
  openSet: 'open-set rates and the DIR curve',
  'closedSet.rankRates.#.interval': 'interval at rank #',
  'closedSet.meanReciprocalRank.interval': 'interval of MRR',
  'closedSet.meanAveragePrecision.interval': 'interval of mAP',
  'closedSet.rPrecision.interval': 'interval of R-precision',
  'closedSet.mapAtR.interval': 'interval of MAP@R',
  'closedSet.meanInverseNegativePenalty.interval': 'interval of mINP',
  'openSet.tpirAtFpir.#.threshold': 'threshold at FPIR #',
  'openSet.tpirAtFpir.#.tpir': 'TPIR at FPIR #',
  'openSet.tpirAtFpir.#.tpirInterval': 'interval of TPIR at FPIR #',
  'openSet.tpirAtFpir.#.achievedFpir': 'FPIR reached where # is asked',
  'openSet.tpirAtFpir.#.achievedFpirInterval': 'interval of the FPIR reached where # is asked',
  'openSet.tpirAtFpir.#.falsePositives': 'false positives at FPIR #',
};

interface Document {
  undefinedBecause: Readonly<Record<string, string>>;
}

/**
 * A folded list of the figures without a value: each reason once, with all that it leaves open. A figure without a value
 * has no interval either, which is not told again.
 */
export function undefinedList(document: Document): Markup | null {
  const { undefinedBecause } = document;
  const byReason = new Map<string, Map<string, Named>>();
  for (const [path, why] of Object.entries(undefinedBecause)) {
    const figure = path.replace(/\.?[iI]nterval$/, '');
    const because = undefinedBecause[figure] ?? undefinedBecause[`${figure}.value`];
    if (figure !== path && because !== undefined) continue;
    const names = byReason.get(why) ?? new Map<string, Named>();
    byReason.set(why, names);
    const name = nameOf(path, document);
    const key = JSON.stringify([name.before, name.after]);
    const known = names.get(key);
    if (known === undefined) names.set(key, name);
    else for (const place of name.places) known.places.add(place);
  }
  if (byReason.size === 0) return null;
  const pairs = [...byReason].map(([why, names]) => [why, textOf([...names.values()])] as const);
  return markup`<details id="undefined"><summary>Figures without a value</summary>
${pairsList(pairs)}</details>
`;
}

/** A figure in words, with all last places in lists that it is of: `TAR at FAR ` and 10⁻³, 10⁻⁴. */
interface Named {
  before: string;
  places: Set<string>;
  after: string;
}

const textOf = (names: readonly Named[]) =>
  names.map(({ before, places, after }) => before + [...places].join(', ') + after).join('; ');

/** The figure of a path in words; the path itself where it has none. */
function nameOf(path: string, document: object): Named {
  const places: string[] = [];
  let at: unknown = document;
  for (const key of path.split('.')) {
    at = (Object(at) as Record<string, unknown>)[key];
    if (/^\d+$/.test(key)) places.push(placeOf(at) ?? key);
  }
  const name = NAMES[path.replaceAll(/\.\d+(?=\.|$)/g, '.#').replace(/\.value$/, '')];
  if (name === undefined) return { before: path, places: new Set(), after: '' };
  const words = name.split('#');
  const after = words.length > 1 ? (words.pop() as string) : '';
  const before = words.map((word, i) => (i === 0 ? word : `${places[i - 1]}${word}`)).join('');
  const last = name.includes('#') ? [places[words.length - 1] ?? ''] : [];
  return { before, places: new Set(last), after };
}

/** What is special to an entry of a list: its group, rank, prior, or rate asked for. */
function placeOf(entry: unknown): string | undefined {
  const { group, rank, prior, far, fpir } = Object(entry) as Record<string, unknown>;
  const number = far ?? fpir;
  if (typeof number === 'number') return rate(number);
  const text = group ?? rank ?? prior;
  return text === undefined ? undefined : String(text);
}
