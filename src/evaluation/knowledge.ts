/** Facts that files tell of pairs: which are genuine, who is in them, their groups and folds. */
import { asChecked, list, optional, filePath, oneOf, type Rules, text } from '../arguments.js';
import type { TemplateList } from '../csv/enrolment.js';
import { pairKey, readFolds } from '../csv/folds.js';
import { type Groups, readGroups } from '../csv/groups.js';
import { type Ids, matchIds, sequenceIds } from '../csv/ids.js';
import type { Labels } from '../csv/labels.js';
import { PAIRS_FILE_RULES, type Pairs, requirePairsWithin } from '../csv/pairs.js';
import { Numbering } from '../csv/numbering.js';
import type { Scores } from '../csv/scores.js';
import { type Truth, TRUTH_FORMAT } from '../csv/truth.js';
import type { Meaning } from '../csv/ignored.js';
import { HackfaceError } from '../errors.js';
import type { Names } from '../lists/names.js';
import { columnWarnings } from '../plausible.js';
import {
  type ListedPairsOptions,
  loadPairs,
  type NamedSides,
  type OpenSides,
  readSides,
  requireSidesWithin,
  type SidesFiles,
} from '../pair-files.js';
import { EVALUATE_PROTOCOLS, type EvaluateProtocol } from '../protocols.js';
import type { PairIndices } from '../score-pairs.js';
import { namingColumn } from './columns.js';
import { isMeasuredQuality, readQuality } from './quality.js';
import { groupPairs, type PairGroups } from './groups.js';
import type { Evaluation } from './result.js';
import { isArrayFile, readVector } from './vectors.js';
import type { PairIdentities } from './trials.js';
import { counted } from '../counted.js';
import { labelsOf } from '../row-labels.js';

/** Files that say what is right and who is in each pair. */
export interface TruthFiles {
  /** CSV of `Id` and `same`, or a `.npy` array of 1 and 0; may be left out where labels and pairs give it. */
  truth?: string | undefined;
  /** Name of the column of `truth` that holds 1 for genuine; default `same`. */
  truthColumn?: string | undefined;
  /** CSV of `index1`, `index2` and `Id`. */
  pairs?: string | undefined;
  /** How the pairs are read. */
  pairsOptions?: ListedPairsOptions | undefined;
  /** File of the names of the rows, by which pairs, labels and groups may tell them. */
  names?: string | undefined;
  /** CSV of the class of each row. */
  labels?: string | undefined;
  /** CSV of the classes that a model learned from, to find people on both sides. */
  trainLabels?: string | undefined;
  /** CSV of groups by row number or by pair id. */
  groups?: string | undefined;
  /** Columns of it; several are crossed to groups such as `f × old`. Default: `group`. */
  groupBy?: readonly string[] | undefined;
  /**
   * CSV of the quality of rows (the lower of both is that of a pair) or of pairs, as `FILE` or `FILE:COLUMN`;
   * column `quality` by default. Or a quality that is measured in the embeddings: `norm`, the logarithm of the shorter
   * row; `centroid`, the distance of the nearer row to the centroid of poor ones, the shortest tenth of the matrix.
   */
  quality?: string | undefined;
  /** CSV of `fold` by pair id (`Id`) or by the two rows (`name1,name2`), for folds that are not drawn by seed. */
  foldsFile?: string | undefined;
  /**
   * Rules to follow where the request says nothing else: `lfw` reads its list of pairs and wants its folds;
   * `voxceleb` reads trials with the label first, and takes priors of 0.01 and 0.05.
   */
  protocol?: EvaluateProtocol | undefined;
}

/** Validation rules for {@link TruthFiles}. */
export const TRUTH_RULES: Rules<TruthFiles> = {
  truth: optional(filePath),
  truthColumn: optional(text),
  pairs: optional(filePath),
  pairsOptions: PAIRS_FILE_RULES,
  names: optional(filePath),
  labels: optional(filePath),
  trainLabels: optional(filePath),
  groups: optional(filePath),
  quality: optional(filePath),
  groupBy: optional(list(text)),
  foldsFile: optional(filePath),
  protocol: optional(oneOf(...Object.keys(EVALUATE_PROTOCOLS))),
};

/** The truth in an array, in the order of the pairs. */
async function truthOfArray(file: string): Promise<Truth> {
  const numbers = await readVector(file);
  const row = numbers.findIndex((value) => value !== 0 && value !== 1);
  if (row < 0) return { ids: sequenceIds(numbers.length), same: Uint8Array.from(numbers), file };
  throw new HackfaceError('EDOMAIN', 'data', {
    file,
    row,
    found: String(numbers[row]),
    expected: '1 for same or 0 for different',
  });
}

/** Content of the files, in the order of the truth, or of the pairs where labels give the truth. */
export interface Knowledge {
  ids: Ids;
  same: Uint8Array;
  pairs: Pairs | undefined;
  /** The pairs of a list of scores that holds the truth. */
  listed?: PairIndices;
  people: PairIdentities | undefined;
  names: readonly string[] | undefined;
  /** Rows or templates that first members are of, where second members are rows of others. */
  firstRows?: number;
  templates?: readonly (readonly number[])[];
  groups: PairGroups | undefined;
  folds: Uint32Array | undefined;
  /** Quality of each pair, unless it is to be measured. */
  quality?: Float64Array;
  warnings: Evaluation['warnings'];
}

/** The truth in a list of scores: a claim is right if the claimed person is the real one. */
export function knownFrom({ ids, pairs, people: claims }: Scores): Knowledge | undefined {
  if (claims === undefined || pairs === undefined) return undefined;
  const { first, second, names } = claims;
  const people = { first, second };
  return {
    ids,
    same: sameOf(people),
    pairs: undefined,
    listed: pairs,
    people,
    names: Array.from({ length: names.count }, (_, number) => names.name(number)),
    groups: undefined,
    folds: undefined,
    warnings: [],
  };
}

/** Reads all that files tell of pairs. Errors: those of the readers. */
export async function readKnowledge(
  files: TruthFiles & SidesFiles & { againstLabels?: string | undefined },
  open?: OpenSides,
  listed?: Names,
): Promise<Knowledge> {
  const columns = { same: files.truthColumn };
  const truth =
    files.truth === undefined
      ? undefined
      : isArrayFile(files.truth)
        ? await truthOfArray(files.truth)
        : await namingColumn('truthColumn', TRUTH_FORMAT.load(files.truth, asChecked({ columns })));
  const sides = await readSides(files, open, listed);
  // No id is written.
  const reading = { ...files.pairsOptions, allowFormulas: true, truth: !files.truth };
  let pairs = files.pairs === undefined ? undefined : await loadPairs(files.pairs, reading, sides);
  if (open) requireSidesWithin(sides, open, pairs);
  const people = await readPeople(files, sides, open);
  if (pairs && !open && people) requirePairsWithin(pairs, people.first.length);
  if (truth && pairs) pairs = inOrderOf(truth, pairs);
  const identities = people && pairs ? peopleOf(people, pairs) : undefined;
  const ids = truth?.ids ?? pairs?.ids;
  const same = truth?.same ?? pairs?.same ?? (identities && sameOf(identities));
  if (ids === undefined || same === undefined) throw noTruth();
  const firstRows = sides.enrolment?.templates.length ?? (open?.second && open.first.rows);
  const { quality } = files;
  const isOneMatrix = open !== undefined && firstRows === undefined;
  const isRead = quality !== undefined && !(isOneMatrix && isMeasuredQuality(quality));
  const groups = await groupsOf(files, sides.names, firstRows);
  return {
    ids,
    same,
    pairs,
    people: identities,
    names: people?.names,
    ...(firstRows !== undefined && { firstRows }),
    ...(sides.enrolment && { templates: sides.enrolment.templates }),
    groups: groups && groupPairs(groups, ids, pairs),
    folds: await readPairFolds(files.foldsFile, ids, pairs),
    ...(isRead && {
      quality: await readQuality(quality, {
        ids,
        pairs: firstRows === undefined ? pairs : undefined,
        names: sides.names,
      }),
    }),
    warnings: [
      ...(await sharedPeople(files.trainLabels, people)),
      ...ignoredBy(files, pairs, people?.labels),
      ...(truth?.understood ?? []),
      ...(pairs?.understood ?? []),
      ...(sides.enrolment?.understood ?? []),
      ...(people?.labels.flatMap(({ understood }) => understood ?? []) ?? []),
    ],
  };
}

/** Groups of pairs, or of rows where both members are of one matrix. */
async function groupsOf(
  { groups: file, groupBy }: TruthFiles,
  names: Names | undefined,
  firstRows: number | undefined,
): Promise<Groups | undefined> {
  if (file === undefined) return undefined;
  const groups = await readGroups(file, groupBy, names);
  if (groups.key === 'Id' || firstRows === undefined) return groups;
  throw new HackfaceError('EUSAGE', 'usage', {
    file,
    found: 'groups of rows, and members of pairs that are not rows of one matrix',
    expected: 'groups of pairs',
    hint: 'Key the groups by Id',
  });
}

/** Classes of first and of second members, in the numbers of `names`. */
interface People {
  first: Uint32Array;
  second: Uint32Array;
  names: readonly string[];
  labels: readonly Labels[];
}

async function readPeople(
  files: TruthFiles & { againstLabels?: string | undefined },
  { names, secondNames, enrolment }: NamedSides,
  open: OpenSides | undefined,
): Promise<People | undefined> {
  if (files.labels === undefined) return undefined;
  const labels = await labelsOf(files.labels, open?.first.rows, names);
  const own = { first: labels.classes, second: labels.classes, names: labels.names };
  const people: People = { ...own, labels: [labels] };
  if (open?.second) {
    if (files.againstLabels === undefined) throw noSecondLabels();
    const others = await labelsOf(files.againstLabels, open.second.rows, secondNames);
    const numbering = new Numbering();
    for (const name of [...labels.names, ...others.names]) numbering.of(name);
    people.second = others.classes.map((place) => numbering.of(others.names[place] as string));
    people.names = numbering.names;
    people.labels = [labels, others];
  }
  if (enrolment) people.first = classesOf(enrolment, labels);
  return people;
}

/** The class of each template, which is that of all of its rows. */
function classesOf({ templates, names, file }: TemplateList, { classes }: Labels): Uint32Array {
  return Uint32Array.from(templates, (rows, template) => {
    const [first = 0] = rows;
    const other = rows.find((row) => classes[row] !== classes[first]);
    if (other === undefined) return classes[first] as number;
    throw new HackfaceError('EDOMAIN', 'data', {
      file,
      found: `rows ${first} and ${other} of two classes in template ${names.name(template)}`,
      expected: 'rows of one class in each template',
      hint: 'Leave out the labels, or correct one of the two lists',
    });
  });
}

/** Remarks on columns that no file of the request is read for. */
function ignoredBy(
  files: TruthFiles,
  pairs: Pairs | undefined,
  labels: readonly Labels[] | undefined,
): Evaluation['warnings'] {
  const matter: Meaning[] = ['camera', 'template'];
  if (!files.foldsFile && !pairs?.folds) matter.push('fold');
  if (!files.groups) matter.push('group');
  return [
    ...(pairs ? columnWarnings(pairs.source.file, pairs.ignored, matter) : []),
    ...(labels ?? []).flatMap(({ file, ignored }) => columnWarnings(file, ignored, matter)),
  ];
}

/** The fold of each pair, told by its id or by its two rows; every pair has one. */
async function readPairFolds(
  file: string | undefined,
  ids: Ids,
  pairs: Pairs | undefined,
): Promise<Uint32Array | undefined> {
  if (file === undefined) return undefined;
  const { names, secondNames = names } = pairs ?? {};
  const folds = await readFolds(file, names, secondNames);
  const keyOf = (pair: number) =>
    folds.key === 'Id'
      ? String(ids[pair])
      : pairs && pairKey(pairs.index1[pair] as number, pairs.index2[pair] as number);
  return Uint32Array.from({ length: ids.length }, (_, pair) => {
    const fold = folds.byKey.get(keyOf(pair) ?? '');
    if (fold !== undefined) return fold;
    throw new HackfaceError('EDIMENSION', 'data', {
      file: folds.file,
      found: `no fold for pair ${ids[pair]}`,
      expected: 'columns Id and fold, or name1, name2 and fold, and a line for each pair',
    });
  });
}

function inOrderOf(truth: Truth, pairs: Pairs): Pairs {
  const { index1, index2, folds, source } = pairs;
  const positions = matchIds(truth.ids, pairs.ids, { file: source.file, column: 'Id' });
  const taken = (index: Uint32Array) =>
    Uint32Array.from(positions, (position) => index[position] as number);
  return {
    ...pairs,
    ids: truth.ids,
    index1: taken(index1),
    index2: taken(index2),
    ...(folds && { folds: taken(folds) }),
  };
}

function peopleOf(people: People, { index1, index2 }: Pairs): PairIdentities {
  return {
    first: index1.map((member) => people.first[member] as number),
    second: index2.map((row) => people.second[row] as number),
  };
}

function sameOf({ first, second }: PairIdentities): Uint8Array {
  return Uint8Array.from(first, (identity, pair) => (identity === second[pair] ? 1 : 0));
}

/** A metric that has met the people of a test knows them better than it will know others. */
async function sharedPeople(
  trainFile: string | undefined,
  people: Pick<People, 'names'> | undefined,
): Promise<Evaluation['warnings']> {
  if (trainFile === undefined) return [];
  if (people === undefined) {
    throw new HackfaceError('EUSAGE', 'usage', {
      found: 'classes of the training rows, and none of the rows that are judged',
      expected: 'both, to find people on both sides',
      advice: { text: 'name the classes of the judged rows', option: 'labels' },
    });
  }
  const trained = new Set((await labelsOf(trainFile)).names);
  const shared = people.names.filter((name) => trained.has(name));
  if (shared.length === 0) return [];
  const text =
    `${shared.length} of ${counted(people.names.length, 'person')} ${shared.length === 1 ? 'is' : 'are'} in the training data too ` +
    `(${shared.slice(0, 3).join(', ')}${shared.length > 3 ? ', …' : ''}): figures flatter the metric`;
  return [{ code: 'shared-identities', text }];
}

function noTruth(): HackfaceError {
  return new HackfaceError('EUSAGE', 'usage', {
    found: 'nothing that says which pairs are genuine',
    expected: 'a truth, or labels and pairs to derive it from',
    advice: { text: 'name its file', option: 'truth' },
  });
}

function noSecondLabels(): HackfaceError {
  return new HackfaceError('EUSAGE', 'usage', {
    found: 'classes of the first matrix, and none of the second',
    expected: 'both, to know who is in each pair',
    advice: { text: 'name the classes of the second', option: 'againstLabels' },
  });
}
