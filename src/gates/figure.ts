/** Names of figures: one spelling for gates, claims and whoever looks a figure up in a result. */
import { HackfaceError } from '../errors.js';
import type { Identification } from '../evaluation/identification.js';
import type { Evaluation, Interval } from '../evaluation/result.js';
import { nearestName } from '../nearest.js';
import { quoteText } from '../printable.js';

/** A result that figures are looked up in. */
export type Judgeable = Evaluation | Identification;

/** A figure by its name, such as `eer`, `tar@far=0.001` or `rank-5`. */
export interface FigureName {
  /** The name in its one spelling. */
  text: string;
  /** The entry of {@link FIGURES}. */
  key: Key;
  /** The rate, threshold or rank behind the name. */
  at: number;
}

/** A figure of a result. */
export interface Found {
  value: number | null;
  interval: Interval | null;
  /** Path of its key in the result, by which `undefinedBecause` tells why it is `null`. */
  path: string;
}

/** How a figure is looked up; `undefined` where the result was not asked for it. */
interface Entry {
  /** True if a larger value is better. */
  larger: boolean;
  /** Option of the call that makes the result have the figure. */
  option?: 'atFar' | 'atThreshold' | 'fpirs' | 'ranks';
  schema: Judgeable['schema'];
  find: (result: never, at: number) => Found | undefined;
}

const evaluated = (
  larger: boolean,
  find: (result: Evaluation, at: number) => Found | undefined,
  option?: Entry['option'],
): Entry => ({ larger, schema: 'hackface-evaluation/1', find, ...(option && { option }) });

const searched = (
  larger: boolean,
  find: (result: Identification, at: number) => Found | undefined,
  option?: Entry['option'],
): Entry => ({ larger, schema: 'hackface-identification/1', find, ...(option && { option }) });

/** The share of the others: 1 − value. */
function missed({ value, interval, path }: Found): Found {
  const flipped = interval && { ...interval, low: 1 - interval.high, high: 1 - interval.low };
  return { value: value === null ? null : 1 - value, interval: flipped, path };
}

function atFar({ tarAtFar }: Evaluation, far: number): Found | undefined {
  const place = tarAtFar.findIndex((point) => point.far === far);
  const point = tarAtFar[place];
  return point && { value: point.tar, interval: point.tarInterval, path: `tarAtFar.${place}.tar` };
}

function atThreshold(
  { accuracyAt }: Evaluation,
  threshold: number,
  of: 'far' | 'tar',
): Found | undefined {
  const place = accuracyAt.findIndex((point) => point.threshold === threshold);
  const point = accuracyAt[place];
  return (
    point && {
      value: point[of],
      interval: point[`${of}Interval`],
      path: `accuracyAt.${place}.${of}`,
    }
  );
}

function atFpir({ openSet }: Identification, fpir: number): Found | undefined {
  if (openSet === null) return { value: null, interval: null, path: 'openSet' };
  const place = openSet.tpirAtFpir.findIndex((point) => point.fpir === fpir);
  const point = openSet.tpirAtFpir[place];
  const path = `openSet.tpirAtFpir.${place}.tpir`;
  return point && { value: point.tpir, interval: point.tpirInterval, path };
}

const closed =
  (
    key:
      | 'meanAveragePrecision'
      | 'meanReciprocalRank'
      | 'rPrecision'
      | 'mapAtR'
      | 'meanInverseNegativePenalty',
  ) =>
  ({ closedSet }: Identification): Found =>
    closedSet === null
      ? { value: null, interval: null, path: 'closedSet' }
      : { ...closedSet[key], path: `closedSet.${key}` };

function atRank({ closedSet }: Identification, rank: number): Found | undefined {
  if (closedSet === null) return { value: null, interval: null, path: 'closedSet' };
  const place = closedSet.rankRates.findIndex((one) => one.rank === rank);
  const found = closedSet.rankRates[place];
  const path = `closedSet.rankRates.${place}`;
  return found && { value: found.rate, interval: found.interval, path };
}

const flip = (found: Found | undefined) => found && missed(found);

/** Every figure; a name with `@` or `-N` has a number behind it. */
const FIGURES = {
  auroc: evaluated(true, ({ auroc }) => ({ ...auroc, path: 'auroc' })),
  eer: evaluated(false, ({ eer }) => ({ ...eer, path: 'eer' })),
  'tar@far': evaluated(true, atFar, 'atFar'),
  'frr@far': evaluated(false, (result, at) => flip(atFar(result, at)), 'atFar'),
  'far@threshold': evaluated(false, (one, at) => atThreshold(one, at, 'far'), 'atThreshold'),
  'tar@threshold': evaluated(true, (one, at) => atThreshold(one, at, 'tar'), 'atThreshold'),
  'frr@threshold': evaluated(false, (one, at) => flip(atThreshold(one, at, 'tar')), 'atThreshold'),
  cllr: evaluated(false, ({ calibration }) => ({
    value: calibration?.cllr ?? null,
    interval: calibration?.cllrInterval ?? null,
    path: 'calibration',
  })),
  'rank-N': searched(true, atRank, 'ranks'),
  map: searched(true, closed('meanAveragePrecision')),
  mrr: searched(true, closed('meanReciprocalRank')),
  minp: searched(true, closed('meanInverseNegativePenalty')),
  'r-precision': searched(true, closed('rPrecision')),
  'map@r': searched(true, closed('mapAtR')),
  'tpir@fpir': searched(true, atFpir, 'fpirs'),
  'fnir@fpir': searched(false, (result, at) => flip(atFpir(result, at)), 'fpirs'),
} satisfies Record<string, Entry>;

type Key = keyof typeof FIGURES;

/** Names as one writes them, for messages. */
const SPELLINGS = Object.entries(FIGURES).map(([key, { option }]: [string, Entry]) =>
  option !== undefined && option !== 'ranks' ? `${key}=…` : key,
);

/** Reads the name of a figure. Errors: `EOPTION` with the nearest name. */
export function parseFigure(text: string, option?: string): FigureName {
  const given = text.trim().toLowerCase();
  const rank = /^rank-(\d+)$/.exec(given);
  if (rank) return named('rank-N', Number(rank[1]));
  const [name = '', number] = given.split('=', 2);
  const key = (Object.keys(FIGURES) as Key[]).find((one) => one === name.replaceAll(' ', ''));
  const entry: Entry | undefined = key === undefined || key === 'rank-N' ? undefined : FIGURES[key];
  const at = number === undefined || number.trim() === '' ? Number.NaN : Number(number);
  if (key !== undefined && entry?.option !== undefined && Number.isFinite(at))
    return named(key, at);
  if (key !== undefined && entry && entry.option === undefined && number === undefined) {
    return named(key, 0);
  }
  throw new HackfaceError('EOPTION', 'usage', {
    found: `the figure ${quoteText(text.trim())}`,
    expected: `one of ${SPELLINGS.join(', ')}`,
    hint: meant(name, entry),
    ...(option !== undefined && { option }),
  });
}

/** The names that the writer of an unknown one most likely wants. */
function meant(name: string, entry: Entry | undefined): string {
  if (entry?.option !== undefined) return `Give its number, as ${name}=0.001`;
  if (entry !== undefined) return `Write ${name} alone`;
  const nearest = nearestName(SPELLINGS, name);
  return nearest === undefined ? 'docs/gates.md lists them' : `The nearest name is ${nearest}`;
}

function named(key: Key, at: number): FigureName {
  const { option }: Entry = FIGURES[key];
  const text = key === 'rank-N' ? `rank-${at}` : option === undefined ? key : `${key}=${at}`;
  return { text, key, at };
}

/** True if a larger value of a figure is better. */
export function largerIsBetter({ key }: FigureName): boolean {
  return FIGURES[key].larger;
}

/**
 * The figure of a result. Errors: `EOPTION` for a figure of another kind of result, or one that the result was
 * not asked for.
 */
export function findFigure(result: Judgeable, figure: FigureName): Found {
  const { schema, find, option }: Entry = FIGURES[figure.key];
  const found = result.schema === schema ? find(result as never, figure.at) : undefined;
  if (found !== undefined) return found;
  const other = result.schema !== schema;
  throw new HackfaceError('EOPTION', 'usage', {
    found: other ? `${figure.text}, a figure of ${schema}` : `${figure.text}, not asked for`,
    expected: `a figure of this ${result.schema}`,
    ...(!other && option && { advice: { text: `ask for ${figure.at}`, option } }),
  });
}

/** Options that a call needs besides its own, so that its result has these figures. */
export function optionsFor(
  figures: readonly FigureName[],
): Partial<Record<NonNullable<Entry['option']>, number[]>> {
  const asked: Partial<Record<NonNullable<Entry['option']>, number[]>> = {};
  for (const { key, at } of figures) {
    const { option }: Entry = FIGURES[key];
    if (option === undefined) continue;
    asked[option] = [...new Set([...(asked[option] ?? []), at])];
  }
  return asked;
}
