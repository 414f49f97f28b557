/** Evaluation of files: scores or embeddings, with their truth. */
import {
  asChecked,
  list,
  optional,
  filePath,
  readOptions,
  type Rules,
  text,
} from '../arguments.js';
import type { TemplateList } from '../csv/enrolment.js';
import { type Groups, readGroups } from '../csv/groups.js';
import { type Ids, matchIds, RowsByText } from '../csv/ids.js';
import { type Labels, labelsOf } from '../csv/labels.js';
import { PAIRS_FILE_RULES, type Pairs, requirePairsWithin } from '../csv/pairs.js';
import { Numbering } from '../csv/numbering.js';
import { type Scores, SCORES_FORMAT } from '../csv/scores.js';
import { type Truth, TRUTH_FORMAT } from '../csv/truth.js';
import { borrowing, type Embeddings } from '../embeddings.js';
import type { Meaning } from '../csv/ignored.js';
import { HackfaceError } from '../errors.js';
import { fingerprintOf } from '../fingerprint.js';
import { JOB_RULES, type JobOptions } from '../job.js';
import { type Model, readModel } from '../model.js';
import { measureDistances, modelName, requireOneMeasure, requireRatios } from '../measure.js';
import { Names } from '../lists/names.js';
import { METRIC_RULES, type MetricOptions, metricOf } from '../metric-options.js';
import { centerWarnings, columnWarnings, pairWarnings } from '../plausible.js';
import {
  type ListedPairsOptions,
  loadPairs,
  type NamedSides,
  type OpenSides,
  readSides,
  requireSides,
  requireSidesWithin,
  SIDES_FILES_RULES,
  type SidesFiles,
} from '../pair-files.js';
import { NORM_RULES, type NormOptions, normalizedName } from '../score-norm.js';
import type { PairIndices } from '../score-pairs.js';
import { namingColumn } from './columns.js';
import { type Comparison, compareTrials } from './compare.js';
import { evaluateScored, MEASURE_RULES, type MeasureOptions } from './evaluate.js';
import { groupPairs } from './groups.js';
import { knownPeople } from './people.js';
import type { Evaluation } from './result.js';
import type { PairIdentities } from './trials.js';

/** Files that say what is right and who is in each pair. */
export interface TruthFiles {
  /** CSV of `Id` and `same`; may be left out where labels and pairs give it. */
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
  /** CSV of `fold` by pair id (`Id`), for folds that are not drawn by seed. */
  foldsFile?: string | undefined;
}

/** Files of scores to judge. */
export interface ScoreFilesRequest extends TruthFiles, MeasureOptions, JobOptions {
  /**
   * One or two files of scores; two are compared. CSV of `Id` and a column of scores, or a list of pairs with
   * scores, joined with `pairs` by the two names, or with the truth in it.
   */
  scores: readonly string[];
  /** Name of the column of scores; default `Predicted`. */
  scoreColumn?: string | undefined;
}

/** Embeddings to score and judge. */
export interface EmbeddingsRequest
  extends TruthFiles,
    MeasureOptions,
    MetricOptions,
    NormOptions,
    SidesFiles,
    JobOptions {
  /** `.npy` file of the embeddings. */
  embeddings: string;
  /** CSV of `index1`, `index2` and `Id`. */
  pairs: string;
  /** CSV of the class of each row of `against`, beside `labels`. */
  againstLabels?: string | undefined;
  /** A model file to measure by instead of a metric. */
  model?: string | undefined;
}

const TRUTH_RULES: Rules<TruthFiles> = {
  truth: optional(filePath),
  truthColumn: optional(text),
  pairs: optional(filePath),
  pairsOptions: PAIRS_FILE_RULES,
  names: optional(filePath),
  labels: optional(filePath),
  trainLabels: optional(filePath),
  groups: optional(filePath),
  foldsFile: optional(filePath),
};

const SCORE_FILES_RULES: Rules<ScoreFilesRequest> = {
  ...TRUTH_RULES,
  ...MEASURE_RULES,
  ...JOB_RULES,
  scores: list(filePath),
  scoreColumn: optional(text),
};

const EMBEDDINGS_RULES: Rules<EmbeddingsRequest> = {
  ...TRUTH_RULES,
  ...SIDES_FILES_RULES,
  againstLabels: optional(filePath),
  ...MEASURE_RULES,
  ...METRIC_RULES,
  ...NORM_RULES,
  ...JOB_RULES,
  embeddings: filePath,
  pairs: filePath,
  model: optional(filePath),
};

/** One evaluation for each file of scores, and how the first differs from the second. */
export interface Judged {
  evaluations: Evaluation[];
  comparison: Comparison | null;
}

/**
 * Judges files of scores. Rows are joined by id, in any order. Errors: those of the readers,
 * `EDIMENSION` with the ids that are missing or extra, and those of {@link evaluate}.
 */
export async function evaluateScores(request: ScoreFilesRequest): Promise<Judged> {
  const settled = readOptions(request, SCORE_FILES_RULES, 'request');
  const { scores: files, scoreColumn = 'Predicted' } = settled;
  const columns = { distance: scoreColumn, id: 'Id' };
  const { labels, groups } = settled;
  // Rows that no other file speaks of are told by whatever names the lists have.
  const open = labels || groups || settled.names ? undefined : new Names('the list', true);
  const load = (file: string, names: Names | undefined) =>
    namingColumn('scoreColumn', SCORES_FORMAT.load(file, asChecked({ columns, names })));
  const [only] = settled.truth || settled.pairs || labels ? [] : files;
  const claimed = only === undefined ? undefined : knownFrom(await load(only, open));
  const known = claimed ?? (await readKnowledge(settled, undefined, open));
  const names = known.pairs?.names ?? open;
  const scores: Float64Array[] = [];
  const evaluations: Evaluation[] = [];
  for (const file of files) {
    const read = await load(file, names);
    const positions = placesOf(read, known);
    known.warnings.push(...(read.understood ?? []));
    const joined = Float64Array.from(positions, (position) => read.distances[position] as number);
    scores.push(joined);
    evaluations.push(await judge(joined, known, settled, { scores: file }));
  }
  const [first, second] = scores;
  const comparison =
    first && second
      ? await compareTrials(
          first,
          second,
          known.same,
          asChecked({ ...settled, people: await people(known) }),
        )
      : null;
  return { evaluations, comparison };
}

/** Scores a list of pairs and judges it. Errors: those of {@link score} and {@link evaluate}. */
export async function evaluateEmbeddings(request: EmbeddingsRequest): Promise<Judged> {
  const settled = readOptions(request, EMBEDDINGS_RULES, 'request');
  requireOneMeasure(settled);
  requireSides(settled);
  const { embeddings: file, center, against } = settled;
  const model = settled.model === undefined ? undefined : await readModel(settled.model);
  return borrowing(settled, async (borrowed) => {
    const embeddings = borrowed.open(file);
    const second = against === undefined ? undefined : borrowed.open(against);
    const known = await readKnowledge(settled, { first: embeddings, second });
    const { pairs, templates } = known;
    if (pairs === undefined) throw noPairs();
    if (settled.ratios) requireRatios(model);
    const asked = asChecked({ ...settled, model, against: second, templates });
    const scores = await measureDistances(embeddings, pairs, asked);
    const by = model
      ? { model: `${settled.model} (${normalizedName(settled, modelName(model))})` }
      : { metric: normalizedName(settled, metricOf(settled)) };
    const { enrol } = settled;
    const subject = { embeddings: file, ...(against && { against }), ...(enrol && { enrol }) };
    const measures = { ...settled, orientation: 'distance' as const };
    if (known.firstRows === undefined) known.warnings.push(...pairWarnings(pairs, embeddings.rows));
    known.warnings.push(...centerWarnings(center, file));
    for (const rows of model ? [embeddings, ...(second ? [second] : [])] : [])
      known.warnings.push(...(await trainedOn(rows, model as Model, settled)));
    return {
      evaluations: [await judge(scores, known, measures, { ...subject, ...by })],
      comparison: null,
    };
  });
}

/** Content of the files, in the order of the truth, or of the pairs where labels give the truth. */
interface Knowledge {
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
  groups: { of: Uint32Array; names: string[] } | undefined;
  folds: Uint32Array | undefined;
  warnings: Evaluation['warnings'];
}

/** The truth in a list of scores: a claim is right if the claimed person is the real one. */
function knownFrom({ ids, pairs, people: claims }: Scores): Knowledge | undefined {
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

/** The place of each pair in a list of scores: by its id, or by its rows where the list names them. */
function placesOf(read: Scores, { ids, pairs, listed = pairs }: Knowledge): Uint32Array {
  if (read.pairs === undefined) return matchIds(ids, read.ids, { file: read.file, column: 'Id' });
  if (listed === undefined) throw noPairs();
  const { index1, index2 } = read.pairs;
  const key = (first: number, second: number) => `${first} ${second}`;
  const places = new RowsByText();
  for (let at = 0; at < index1.length; at += 1) {
    const known = places.add(key(index1[at] as number, index2[at] as number), at);
    if (known !== at && read.distances[known] !== read.distances[at]) {
      throw wrongPair(read.file, at, `another score than pair ${known}, which is the same pair`);
    }
  }
  return Uint32Array.from(listed.index1, (first, pair) => {
    const place = places.get(key(first, listed.index2[pair] as number));
    if (place !== undefined) return place;
    throw wrongPair(read.file, pair, 'no score for this pair of the truth');
  });
}

function wrongPair(file: string, pair: number, found: string): HackfaceError {
  return new HackfaceError('EDIMENSION', 'data', {
    file,
    row: pair,
    found,
    expected: 'one score for each pair, told by the same two names in the same order',
    hint: 'Use two lists of the same pairs',
  });
}

async function readKnowledge(
  files: TruthFiles & SidesFiles & { againstLabels?: string | undefined },
  open?: OpenSides,
  listed?: Names,
): Promise<Knowledge> {
  const columns = { same: files.truthColumn };
  const truth =
    files.truth === undefined
      ? undefined
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
    folds: files.foldsFile === undefined ? undefined : await readFolds(files.foldsFile, ids),
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
  { groups: file }: TruthFiles,
  names: Names | undefined,
  firstRows: number | undefined,
): Promise<Groups | undefined> {
  if (file === undefined) return undefined;
  const groups = await readGroups(file, 'group', names);
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

async function judge(
  scores: Float64Array,
  known: Knowledge,
  options: MeasureOptions & JobOptions,
  subject: Evaluation['subject'],
): Promise<Evaluation> {
  const { same, warnings, folds = options.folds ?? known.pairs?.folds, ...knowledge } = known;
  const { names: rowNames, secondNames } = known.pairs ?? {};
  const request = asChecked({ ...options, ...knowledge, rowNames, secondNames, folds, subject });
  const evaluation = await evaluateScored(scores, same, request);
  return { ...evaluation, warnings: [...warnings, ...evaluation.warnings] };
}

/** The fold of each pair; every pair has one. */
async function readFolds(file: string, ids: Ids): Promise<Uint32Array> {
  const folds = await readGroups(file, 'fold');
  return Uint32Array.from(ids, (id: number | string) => {
    const fold = folds.key === 'Id' ? folds.byKey.get(String(id)) : undefined;
    if (fold !== undefined) return fold;
    throw new HackfaceError('EDIMENSION', 'data', {
      file: folds.file,
      found: `no fold for pair ${id}`,
      expected: 'columns Id and fold, and a line for each pair',
    });
  });
}

async function people(known: Knowledge): Promise<PairIdentities | undefined> {
  return (await knownPeople(known.same, known)).people;
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
    `${shared.length} of ${people.names.length} people are in the training data too ` +
    `(${shared.slice(0, 3).join(', ')}${shared.length > 3 ? ', …' : ''}): figures flatter the metric`;
  return [{ code: 'shared-identities', text }];
}

/** A model judged on the very rows that it learned from; known by the fingerprint on its card. */
async function trainedOn(
  embeddings: Embeddings,
  model: Model,
  options: JobOptions,
): Promise<Evaluation['warnings']> {
  const { data_shape: shape, data_sha256: sum, holdout, 'holdout.refit': refit } = model.card;
  if (shape !== `${embeddings.rows}x${embeddings.dim}`) return [];
  if ((await fingerprintOf(embeddings, asChecked(options))) !== sum) return [];
  const but =
    holdout === undefined || refit === 'true'
      ? ''
      : `, but for the share ${holdout} that was held out`;
  const text = `the model learned from these very rows${but}: figures flatter it`;
  return [{ code: 'trained-on-these-rows', text }];
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

function noPairs(): HackfaceError {
  return new HackfaceError('EUSAGE', 'usage', {
    found: 'embeddings without pairs',
    expected: 'the pairs to measure',
    advice: { text: 'name their file', option: 'pairs' },
  });
}
