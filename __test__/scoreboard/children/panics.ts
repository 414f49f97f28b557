/**
 * Lets each guarded export panic once and says for each what went wrong, if anything did.
 *   panics.js NAMES-AS-JSON in-call|in-worker FOLDER
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as library from 'hackface-native';
import { HackfaceError } from '#dist/errors.js';
import { binding, callNative } from '#dist/native.js';
import { probit } from '#dist/report/axis.js';
import { digest, longJob, matrix, pairs, report } from './work.js';

const [names = '[]', where, folder = ''] = process.argv.slice(2);
const { injectPanic } = binding() as unknown as {
  injectPanic: (name: string, inWorker: boolean) => void;
};

const data = matrix(20, 8);
const few = pairs(30, 20);
const open = library.openEmbeddingsSync(data);
const file = join(folder, 'good.npy');
const score = () => library.scorePairs(open, few);
const rank = () =>
  library.auroc(Float64Array.of(1, 2), Uint8Array.of(0, 1), { orientation: 'distance' });
const [values, truth] = [Float64Array.of(1, 2), Uint8Array.of(0, 1)];
const evaluateBoth = () => library.evaluate(values, truth, { pairs: pairs(2, 20) });
const compareAll = () => library.compareSystems([values, values], truth);
const compareBoth = () => library.compareScores(values, values, truth);
const orientation = 'distance';
const center = () => library.scorePairs(open, few, { center: file });
const make = () =>
  library.synth({ directory: join(folder, 'made'), train: 8, test: 8, pairs: 4, dim: 4 });
const load = () => library.openEmbeddings(data);

const labels = Uint32Array.from({ length: 20 }, (_, row) => row % 4);
const learn = () => library.fit({ embeddings: open, labels, pipeline: 'center, lda(2), cosine' });
// Five people, the fewest that are compared.
const fivefold = Uint32Array.from({ length: 20 }, (_, row) => row % 5);
const judgeAll = () => library.compare({ embeddings: open, labels: fivefold });
const choose = () => library.fit({ embeddings: open, labels: fivefold });
const { model } = await learn();
const sum = () => library.stats({ embeddings: open, labels, pipeline: 'center, nap(1), cosine' });
const summed = (await sum()).stats;
const merge = () => library.mergeStats({ parts: [summed] });
const forget = () =>
  library.mergeStats({ parts: [summed], embeddings: open, labels, without: ['1'] });
const learnFromSums = () => library.fit({ stats: [summed] });
const bytes = model.toBytes();
const read = () => library.Model.fromBytes(bytes);
const map = () => model.transform(open, join(folder, 'made', 'mapped.npy'));
const estimate = () => library.covariance({ embeddings: open, labels, of: 'within' });
const probabilistic = (
  await library.fit({ embeddings: open, labels, pipeline: 'center, pca(3), plda' })
).model;
const enrol = () => probabilistic.enrol(open, [[0, 4], [1]]);
const meanTemplates = () =>
  library.scorePairs(open, pairs(4, 2), { templates: [[0, 4], [1]], fuse: 'template' });
const namesOf = (of = 0) => ({
  keys: Array.from({ length: 20 }, (_, row) => `k${of * 20 + row}`),
  labels: Array.from({ length: 20 }, (_, row) => `p${row % 4}`),
});
const rowNames = namesOf();
const hold = () => library.Gallery.open(open, rowNames);
const gallery = await hold();
const kept = join(folder, 'kept.gallery');
await gallery.save(kept);
const holdFile = () => library.Gallery.open(kept);
const keeper = await library.Gallery.open(kept, { journal: true });
let grown = 0;
const grow = () => {
  grown += 1;
  return gallery.add(open, namesOf(grown));
};
const search = () => gallery.search(open, 2);
const rankAll = () => library.identify({ gallery: open, galleryLabels: labels });
const average = () =>
  library.identify({
    gallery: open,
    galleryLabels: labels,
    probes: open,
    probeLabels: labels,
    fuse: 'template',
  });
const hand = () =>
  library.writeSubmission(join(folder, 'made', 'out.csv'), {
    ids: Uint32Array.of(0, 1),
    distances: Float64Array.of(0.5, 1),
  });
mkdirSync(join(folder, 'made'));

// A model judged on the rows of the file that it learned from.
const own = await library.synth({
  directory: join(folder, 'judged'),
  train: 8,
  test: 8,
  pairs: 4,
  dim: 4,
});
const trained = join(folder, 'trained.safetensors');
const [pairsFile, truthFile] = [join(folder, 'judged.csv'), join(folder, 'truth.csv')];
const ofFile = await library.fit({ embeddings: own.trainSet, pipeline: 'center, cosine' });
await ofFile.model.save(trained);
writeFileSync(pairsFile, 'index1,index2\n0,2\n0,1\n');
writeFileSync(truthFile, 'Id,same\n0,1\n1,0\n');
const judgeModel = () =>
  library.evaluateEmbeddings({
    embeddings: own.trainSet,
    model: trained,
    pairs: pairsFile,
    truth: truthFile,
  });

const every = () => library.allPairs({ embeddings: open, labels });
const health = () => library.audit({ embeddings: file });
const searched = () =>
  library.auditPart({ embeddings: file, shard: { index: 0, of: 1 }, output: `${file}.near` });
const foresee = () => library.estimateAudit({ embeddings: file });

// Matrices that the addon opens at a place of a file, and copies from bytes.
const [tensors, vectors] = [join(folder, 'one.tensors'), join(folder, 'two.fvecs')];
const tensor = '{"rows":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}';
writeFileSync(
  tensors,
  Uint8Array.of(tensor.length, 0, 0, 0, 0, 0, 0, 0, ...Buffer.from(tensor), 0, 0, 0, 0),
);
writeFileSync(vectors, new Uint32Array([1, 0, 1, 0]));
const line: [Uint8Array, Uint32Array, Uint32Array] = [
  Buffer.from('1,2'),
  Uint32Array.of(0),
  Uint32Array.of(3),
];

// Fifteen people of two values: genuine pairs are nearer, but not all.
const closeness = Float64Array.from(
  { length: 60 },
  (_, pair) => ((pair * 7) % 60) / 60 + (pair % 2),
);
const alternating = Uint8Array.from({ length: 60 }, (_, pair) => 1 - (pair % 2));
const calibrating = () => library.calibrateScores(closeness, alternating);
const measured = await library.synth({
  directory: join(folder, 'calibrated'),
  train: 40,
  test: 40,
  pairs: 60,
  dim: 4,
});
const rated = {
  embeddings: measured.testSet,
  pairs: measured.testPairs,
  truth: measured.solution,
};
const { decision } = await library.calibrate(rated);
const rule = decision.toBytes();
const readRule = () => library.Decision.fromBytes(rule);
const rate = () => library.calibrate({ ...rated, quality: 'norm' });
const decideRows = () => decision.scorePairs(measured.testSet, pairs(5, 20));
const [narrow, double] = [Float32Array.of(1, 2, 3, 4), Float64Array.of(1, 2, 3, 4)];
const decideFile = () =>
  library.score({
    embeddings: measured.testSet,
    pairs: measured.testPairs,
    decision,
    output: join(folder, 'made', 'decided.csv'),
    submission: { force: true },
  });

/** A call that reaches each name, as a user makes it. */
const roads: Record<string, () => unknown> = {
  'fingerprint.check': judgeModel,
  fingerprint: judgeModel,
  trials: rank,
  'auroc.check': rank,
  auroc: rank,
  'evaluate.check': evaluateBoth,
  evaluate: evaluateBoth,
  pairGraph: evaluateBoth,
  'allPairs.check': every,
  allPairs: every,
  'audit.check': health,
  audit: health,
  'auditPart.check': searched,
  auditPart: searched,
  'rehearseAudit.check': foresee,
  rehearseAudit: foresee,
  'compareTrials.check': compareBoth,
  compareTrials: compareBoth,
  'compareSystems.check': compareAll,
  compareSystems: compareAll,
  'roc.check': () => library.roc(values, truth, { orientation }),
  roc: () => library.roc(values, truth, { orientation }),
  'eer.check': () => library.eer(values, truth, { orientation }),
  eer: () => library.eer(values, truth, { orientation }),
  open: () => library.openEmbeddings(file),
  fromData: load,
  openAt: () => library.openEmbeddings(`${tensors}:rows`),
  fromBytes: () => library.openEmbeddings(vectors),
  readDecimals: () => callNative((native) => native.readDecimals(...line, 0x2c, 2)),
  countDecimals: () => callNative((native) => native.countDecimals(line[0], 0x2c)),
  stacked: () => library.scorePairs(open, few, { against: open }),
  matrixAbout: () => library.openEmbeddings(file),
  // Looked up once by the library, and known by now.
  defaults: () => callNative((native) => native.defaults()),
  probit: () => probit(0.5),
  planPeople: () => library.plan({ claim: 'far<=0.1' }),
  intervalAtLevel: () =>
    callNative((native) =>
      native.intervalAtLevel(0.5, { low: 0, high: 1, level: 0.95, method: '' }, 0.9),
    ),
  unpairedDifference: () => callNative((native) => native.unpairedDifference([0, 0, 0], [0, 0, 0])),
  metrics: library.metrics,
  functions: library.metricFunctions,
  buildInfo: library.buildInfo,
  'inspect.check': () => library.inspectEmbeddings(open),
  inspect: () => library.inspectEmbeddings(open),
  progress: () => library.scorePairs(open, few, { onProgress: () => undefined }),
  'scorePairs.check': score,
  scorePairs: score,
  scorePairsSync: () => library.scorePairsSync(open, few),
  'centerOf.check': center,
  centerOf: center,
  distanceSync: () => library.distance([3, 4], [4, 3]),
  centerOfSync: () => library.scorePairsSync(open, few, { center: file }),
  checkMetric: () => library.checkMetric('cosine'),
  'synth.check': make,
  synth: make,
  submissionRows: hand,
  modelFileBytes: () => library.Model.load(trained),
  modelFromBytes: read,
  modelToBytes: () => model.toBytes(),
  modelAbout: read,
  'calibrate.check': calibrating,
  calibrate: calibrating,
  ruleFromBytes: readRule,
  ruleToBytes: () => decision.toBytes(),
  ruleAbout: readRule,
  ruleJudge: () => decision.judge(0.5),
  ruleDecideNarrow: () => decision.decide(narrow, narrow),
  ruleDecideWide: () => decision.decide(double, double),
  ruleExport: () => decision.export('sql'),
  'ruleScores.check': decideRows,
  ruleScores: decideRows,
  'pairQuality.check': rate,
  pairQuality: rate,
  ruleVerdicts: decideFile,
  presets: library.presets,
  explainPipeline: () => library.explainPipeline('plda'),
  'fit.check': learn,
  fit: learn,
  'hashPart.check': sum,
  hashPart: sum,
  'gatherStats.check': sum,
  gatherStats: sum,
  'mergeStats.check': merge,
  mergeStats: merge,
  'forgetStats.check': forget,
  forgetStats: forget,
  'fitStats.check': learnFromSums,
  fitStats: learnFromSums,
  usesTarget: () => library.fit({ embeddings: open, labels, pipeline: 'lda' }),
  candidates: () => library.candidates(),
  'compare.check': judgeAll,
  compare: judgeAll,
  'fitChosen.check': choose,
  fitChosen: choose,
  'covariance.check': estimate,
  covariance: estimate,
  npyBytes: () =>
    library.writeNpy(join(folder, 'made', 'x.npy'), { data: new Float64Array(2), rows: 1, dim: 2 }),
  'enrol.check': enrol,
  enrol,
  'poolTemplates.check': meanTemplates,
  poolTemplates: meanTemplates,
  'openGallery.check': hold,
  openGallery: hold,
  'openGalleryFile.check': holdFile,
  openGalleryFile: holdFile,
  isGalleryFile: () => library.Gallery.open(kept),
  galleryAbout: () => gallery.info(),
  galleryKeys: () => gallery.keys(),
  galleryLabels: () => gallery.labels(),
  rowOf: () => gallery.has('k1'),
  labelOf: () => gallery.get('k1'),
  copyRow: () => gallery.get('k1'),
  'save.check': () => gallery.save(join(folder, 'saved.gallery'), { force: true }),
  save: () => gallery.save(join(folder, 'saved.gallery'), { force: true }),
  compact: () => keeper.compact(),
  'ready.check': () => gallery.verify(),
  ready: () => gallery.verify(),
  galleryRows: () => gallery.rows,
  gallerySize: () => gallery.size,
  'change.check': grow,
  change: grow,
  isSame: () => Promise.all([0, 1].map((row) => gallery.search([open.row(row)], 2))),
  snapshot: search,
  'search.check': search,
  search,
  'rank.check': rankAll,
  rank: rankAll,
  'report.check': rankAll,
  report: rankAll,
  'templates.check': average,
  templates: average,
  'transform.check': map,
  transform: map,
  'mapRows.check': () => model.map(open),
  mapRows: () => model.map(open),
  mapRowsSync: () => model.mapSync(open),
  copyRows: () => open.row(0),
  'pairwise.check': () => library.pairwise(open),
  pairwise: () => library.pairwise(open),
  pairwiseSync: () => library.pairwiseSync(open),
};

const strays: string[] = [];
process.on('uncaughtException', (error) => strays.push(`uncaught: ${error.message}`));
process.on('unhandledRejection', (error) => strays.push(`unhandled: ${String(error)}`));

async function strike(name: string, road: (() => unknown) | undefined): Promise<string[]> {
  if (!road) return ['no call of the library is known to reach it: add one to panics.ts'];
  const wrong: string[] = [];
  injectPanic(name, where === 'in-worker');
  try {
    await road();
    wrong.push('not refused');
  } catch (error) {
    // The roads from inside have modules of their own.
    const known = error instanceof library.HackfaceError || error instanceof HackfaceError;
    if (!known || error.code !== 'EINTERNAL' || error.class !== 'internal') {
      wrong.push(`refused as ${String(error)}`);
    } else if (!error.message.includes(name)) {
      wrong.push(`does not name it: ${error.message}`);
    }
  }
  injectPanic('nothing', false);
  const left = readdirSync(join(folder, 'made'));
  if (left.length > 0) wrong.push(`left ${left}`);
  const now = digest(await score());
  if (now !== right) wrong.push('a right call then gave other bytes');
  await new Promise((turn) => setImmediate(turn));
  wrong.push(...strays.splice(0));
  return wrong;
}

const right = digest(await score());
for (const name of JSON.parse(names) as string[]) {
  report({ name, wrong: await strike(name, roads[name]) });
}
// From the timer that asks a long job for its progress; it has no use for the pool's workers.
if (where === 'in-call') {
  const watch = () => longJob({ onProgress: () => undefined });
  report({ name: 'progress of a long job', wrong: await strike('progress', watch) });
}
report({ name: 'end', wrong: [] });
