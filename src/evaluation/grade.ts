/** Grading of a competition: public and private boards. */
import { createHash } from 'node:crypto';
import {
  asChecked,
  list,
  number,
  optional,
  filePath,
  readOptions,
  type Rules,
  text,
  wholeNumber,
  confidence,
} from '../arguments.js';
import { type Ids, matchIds } from '../csv/ids.js';
import { PAIRS_FORMAT } from '../csv/pairs.js';
import { SCORES_FORMAT } from '../csv/scores.js';
import { type Truth, TRUTH_FORMAT } from '../csv/truth.js';
import { HackfaceError } from '../errors.js';
import { JOB_RULES, type JobOptions } from '../job.js';
import { namingColumn } from './columns.js';
import { evaluateScored } from './evaluate.js';
import { isNearChance } from '../plausible.js';
import { knownPeople } from './people.js';
import type { Evaluation, Figure } from './result.js';
import type { PairIdentities } from './trials.js';

/** A competition to grade. */
export interface GradeRequest extends JobOptions {
  /** CSV of `Id`, `same` and, where it is decided, `Usage` (Public, Private or Ignored). */
  truth: string;
  /** Name of the column that holds 1 for genuine; default `same`. */
  truthColumn?: string | undefined;
  /** Submissions: CSV of `Id` and distances. */
  submissions: readonly string[];
  /** Name of the column of distances; default `Predicted`. */
  scoreColumn?: string | undefined;
  /** Share of the pairs that is public where the truth has no `Usage`; default 0.25. */
  public?: number | undefined;
  /** Which pairs those are; default 0. */
  seed?: number | undefined;
  /** CSV of the pairs, for intervals that know that pairs share rows. */
  pairs?: string | undefined;
  /** Level of every interval, between 0 and 1; default 0.95. */
  level?: number | undefined;
}

/** Share of the pairs that is public. */
export const DEFAULT_PUBLIC = 0.25;

const GRADE_RULES: Rules<GradeRequest> = {
  ...JOB_RULES,
  truth: filePath,
  truthColumn: optional(text),
  submissions: list(filePath),
  scoreColumn: optional(text),
  public: optional(number),
  seed: optional(wholeNumber()),
  pairs: optional(filePath),
  level: optional(confidence),
};

/** A graded competition. */
export interface Grades {
  /** Pairs of either part, and of neither; and how they were told apart. */
  split: { public: number; private: number; ignored: number; by: 'Usage' | 'seed' };
  /** Submissions that are as they should be, best private first. */
  board: Grade[];
  /** Those that are not, in the order given. */
  refused: { file: string; code: string; problem: string }[];
  /** Remarks for the reader. */
  warnings: Evaluation['warnings'];
}

/** One line of the board. */
export interface Grade {
  file: string;
  public: Figure & { rank: number };
  private: Figure & { rank: number };
  /** Places won (or, below 0, lost) from the public to the private board. */
  change: number;
}

/**
 * Ranks submissions on the public and on the private part of a truth. A submission that is not as
 * it should be is refused with its fault and stops nobody else. Errors: those of the truth itself,
 * `EONECLASS` where a part lacks a kind of pairs, `EOPTION`. Cost: reading each file and two sorts of
 * its m scores, O(m log m), one submission after the other.
 */
export async function grade(request: GradeRequest): Promise<Grades> {
  const settled = readOptions(request, GRADE_RULES, 'request');
  const { truthColumn, scoreColumn = 'Predicted' } = settled;
  const options = asChecked({ columns: { same: truthColumn } });
  const truth = await namingColumn('truthColumn', TRUTH_FORMAT.load(settled.truth, options));
  const parts = splitOf(truth, settled);
  const known = await peopleOf(truth, settled);
  const columns = { distance: scoreColumn, id: 'Id' };
  const graded: Ungraded[] = [];
  const refused: Grades['refused'] = [];
  for (const file of settled.submissions) {
    try {
      const reading = SCORES_FORMAT.load(file, asChecked({ columns }));
      const read = await namingColumn('scoreColumn', reading);
      requireCount(read.ids, truth, file);
      const place = { file: read.file, column: 'Id' };
      const positions = matchIds(truth.ids, read.ids, place);
      const scores = Float64Array.from(positions, (at) => read.distances[at] as number);
      const figure = async (part: Uint32Array) =>
        areaOf(scores, truth.same, part, known.people, settled).catch(blameSplit(truth));
      graded.push({
        file,
        public: await figure(parts.public),
        private: await figure(parts.private),
      });
    } catch (error) {
      if (!isFaultOf(error, file)) throw error;
      // A submission has the columns that the competition wants: no option is to be named.
      const { message: problem } = error.respelled(() => undefined);
      refused.push({ file, code: error.code, problem });
    }
  }
  const { public: shown, private: hidden } = parts;
  return {
    split: {
      public: shown.length,
      private: hidden.length,
      ignored: truth.same.length - shown.length - hidden.length,
      by: truth.usage === undefined ? 'seed' : 'Usage',
    },
    board: ranked(graded),
    refused,
    warnings: [...(truth.understood ?? []), ...known.warnings, ...graded.flatMap(flippedWarning)],
  };
}

/** A remark on a submission that would rank higher upside down. */
function flippedWarning({ file, private: hidden }: Ungraded): Evaluation['warnings'] {
  if (hidden.value === null || hidden.value >= 0.5 || isNearChance(hidden.value)) return [];
  const text =
    `${file} has AUROC ${hidden.value.toFixed(4)}, below ½, as similarities have: distances are ` +
    'wanted, so its author should change the sign';
  return [{ code: 'sign-flipped', text }];
}

interface Ungraded {
  file: string;
  public: Figure;
  private: Figure;
}

/** A fault of the submission, rather than of the truth or of the system. */
function isFaultOf(error: unknown, file: string): error is HackfaceError {
  const known = error instanceof HackfaceError && error.file === file;
  return known && (error.class === 'data' || error.class === 'input');
}

/** Said before any id is looked for: a wrong count is what a scorer says first. */
function requireCount(ids: Ids, truth: Truth, file: string): void {
  if (ids.length === truth.ids.length) return;
  let missing = '';
  try {
    matchIds(truth.ids, ids, { file, column: 'Id' });
  } catch (error) {
    if (error instanceof HackfaceError) missing = `; ${error.found}`;
  }
  throw new HackfaceError('EDIMENSION', 'data', {
    file,
    found: `${ids.length} rows${missing}`,
    expected: `${truth.ids.length}, one for each id of the solution`,
    hint: 'Hand in a distance for each pair',
  });
}

async function areaOf(
  scores: Float64Array,
  same: Uint8Array,
  part: Uint32Array,
  people: PairIdentities | undefined,
  options: JobOptions & Pick<GradeRequest, 'level'>,
): Promise<Figure> {
  const { signal, threads, level } = options;
  const of = (list: Uint32Array) => Uint32Array.from(part, (pair) => list[pair] as number);
  const { auroc } = await evaluateScored(
    Float64Array.from(part, (pair) => scores[pair] as number),
    Uint8Array.from(part, (pair) => same[pair] as number),
    asChecked({
      atFar: [],
      priors: [],
      people: people && { first: of(people.first), second: of(people.second) },
      signal,
      threads,
      level,
    }),
  );
  return auroc;
}

/** Tells which split leaves a part without pairs, or without pairs of a kind. */
function blameSplit({ usage }: Truth): (error: unknown) => never {
  return (error) => {
    const empty = error instanceof HackfaceError && /^(EEMPTY|EONECLASS)$/.test(error.code);
    if (!empty) throw error;
    const both = 'leaves genuine and impostor pairs in both parts';
    throw error.with(
      usage === undefined
        ? { advice: { text: `choose a share that ${both}`, option: 'public' } }
        : { hint: `Choose a Usage that ${both}` },
    );
  };
}

function ranked(graded: readonly Ungraded[]): Grade[] {
  const value = (figure: Figure) => figure.value as number;
  const rank = (of: 'public' | 'private', grade: Ungraded) =>
    1 + graded.filter((other) => value(other[of]) > value(grade[of])).length;
  const board = graded.map((grade) => {
    const [shown, hidden] = [rank('public', grade), rank('private', grade)];
    return {
      file: grade.file,
      public: { ...grade.public, rank: shown },
      private: { ...grade.private, rank: hidden },
      change: shown - hidden,
    };
  });
  return board.sort((a, b) => a.private.rank - b.private.rank || a.public.rank - b.public.rank);
}

/**
 * The pairs of either part: by `Usage`, or the pairs whose id, hashed with the seed, comes first.
 * The order of the file therefore decides nothing.
 */
function splitOf(
  truth: Truth,
  request: GradeRequest,
): { public: Uint32Array; private: Uint32Array } {
  const all = Array.from(truth.same, (_, pair) => pair);
  if (truth.usage !== undefined) {
    const of = (usage: string) =>
      Uint32Array.from(all.filter((pair) => truth.usage?.[pair] === usage));
    return { public: of('Public'), private: of('Private') };
  }
  const { public: share = DEFAULT_PUBLIC, seed = 0 } = request;
  if (!(share > 0 && share < 1)) {
    throw new HackfaceError('EOPTION', 'usage', {
      found: `a public share of ${share}`,
      expected: 'a number between 0 and 1',
    });
  }
  const hashed = all.map((pair) => ({
    pair,
    hash: createHash('sha256').update(`${seed}:${truth.ids[pair]}`).digest('hex'),
  }));
  hashed.sort((a, b) => (a.hash < b.hash ? -1 : 1));
  const count = Math.round(share * hashed.length);
  const pairsOf = (part: typeof hashed) => Uint32Array.from(part, ({ pair }) => pair).sort();
  return { public: pairsOf(hashed.slice(0, count)), private: pairsOf(hashed.slice(count)) };
}

async function peopleOf(truth: Truth, request: GradeRequest) {
  if (request.pairs !== undefined) {
    const pairs = await PAIRS_FORMAT.load(request.pairs, asChecked({}));
    const positions = matchIds(truth.ids, pairs.ids, { file: pairs.source.file, column: 'Id' });
    const taken = (index: Uint32Array) => Uint32Array.from(positions, (at) => index[at] as number);
    const rows = { index1: taken(pairs.index1), index2: taken(pairs.index2) };
    return knownPeople(truth.same, { pairs: rows, signal: request.signal });
  }
  const text =
    'identities are not known, so intervals take pairs as independent; where pairs share people ' +
    'they are several times too narrow';
  return { people: undefined, warnings: [{ code: 'pairs-independent', text }] };
}
