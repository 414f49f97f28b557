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

/** A folded list of the figures without a value: each reason once, with all that it leaves open. */
export function undefinedList(document: Document): Markup | null {
  const byReason = new Map<string, Set<string>>();
  for (const [path, why] of Object.entries(document.undefinedBecause)) {
    const names = byReason.get(why) ?? new Set();
    byReason.set(why, names.add(nameOf(path, document)));
  }
  if (byReason.size === 0) return null;
  const pairs = [...byReason].map(([why, names]) => [[...names].join(', '), why] as const);
  return markup`<details id="undefined"><summary>Figures without a value</summary>
${pairsList(pairs)}</details>
`;
}

/** The figure of a path in words; the path itself where it has none. */
export function nameOf(path: string, document: object): string {
  const places: string[] = [];
  let at: unknown = document;
  for (const key of path.split('.')) {
    at = (Object(at) as Record<string, unknown>)[key];
    if (/^\d+$/.test(key)) places.push(placeOf(at) ?? key);
  }
  const name = NAMES[path.replaceAll(/\.\d+(?=\.|$)/g, '.#').replace(/\.value$/, '')];
  return name === undefined ? path : name.replaceAll('#', () => places.shift() ?? '');
}

/** What is special to an entry of a list: its group, rank, prior, or rate asked for. */
function placeOf(entry: unknown): string | undefined {
  const { group, rank, prior, far, fpir } = Object(entry) as Record<string, unknown>;
  const number = far ?? fpir;
  if (typeof number === 'number') return rate(number);
  const text = group ?? rank ?? prior;
  return text === undefined ? undefined : String(text);
}
