/** Arguments of the wrong kind, at every place of every public function. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import * as library from 'hackface-native';
import {
  allPairs,
  audit,
  covariance,
  Enrolment,
  evaluate,
  evaluateEmbeddings,
  fit,
  Gallery,
  HackfaceError,
  identify,
  Model,
  openEmbeddings,
  parsePairs,
  readLabels,
  score,
  scorePairs,
  synth,
  writeNpy,
} from 'hackface-native';
import { put, temporaryFolder } from './support/folder.js';

// A wrong path may still be a path: nothing is to be written elsewhere.
const folder = temporaryFolder();
const home = process.cwd();
process.chdir(folder);
after(() => process.chdir(home));

const made = await synth({ directory: 'made', train: 40, test: 30, pairs: 40, dim: 8 });
const labels = await readLabels(made.trainLabels);
const matrix = {
  data: Float32Array.from({ length: 96 }, (_, i) => Math.sin(i * i)),
  rows: 12,
  dim: 8,
};
const indices = { index1: Uint32Array.of(0, 1, 2, 3), index2: Uint32Array.of(1, 2, 5, 7) };
const scores = Float64Array.of(0.1, 0.2, 0.3, 0.4);
const same = Uint8Array.of(1, 1, 0, 0);
const classes = Uint32Array.from({ length: 12 }, (_, i) => i % 4);
const { model } = await fit({ embeddings: matrix, labels: classes, pipeline: 'plda' });
const enrolment = await model.enrol(matrix, [[0, 4], [1]]);
const submission = { ids: Uint32Array.of(0, 1, 2, 3), distances: scores };
await library.writeSubmission('cosine.csv', submission);
put(folder, 'truth.csv', 'Id,same,Usage\n0,1,Public\n1,1,Private\n2,0,Public\n3,0,Private\n');
const evaluation = await evaluate(scores, same);
const answers = library.judge(evaluation, { require: ['eer<=1'] });
put(folder, 'result.json', JSON.stringify(evaluation));
const audited = await audit({ embeddings: matrix });
const identification = (await identify({ gallery: matrix, galleryLabels: classes }))
  .identification as library.Identification;
put(folder, 'templates.csv', 'template,media,row\nA,0,0\nA,0,1\nB,1,2\n');
const templates = await library.readTemplateList('templates.csv');
const curve = { name: 'one', x: [1, 2], y: [0.5, 1] };
const compared = await library.compare({ embeddings: matrix, labels: classes, folds: 2 });
const calibrated = await library.calibrateScores(scores, same);
put(folder, 'names.txt', 'Ann\nBob\n');
await writeNpy('convert.npy', { data: scores, rows: 2, dim: 2 });
const pairs = parsePairs(Buffer.from('index1,index2\n0,1\n'));
const { stats: summed } = await library.stats({ embeddings: matrix, pipeline: 'whiten' });
/** Results of other calls: taken as a whole, whatever has been done to them. */
const documents: unknown[] = [
  ...[evaluation, answers, audited, identification, pairs],
  ...[compared, templates, calibrated],
];
async function* batches() {
  yield matrix;
}
const bytes = Buffer.from('index1,index2\n0,1\n');

type Call = [call: (...args: never[]) => unknown, ...args: unknown[]];

/** A call that is right, with every option that it takes, for each public function. */
function calls(): Record<string, Call> {
  const job = { signal: undefined, onProgress: undefined, threads: 1 };
  const open = { ...job, io: 'mmap' };
  const metric = {
    ...open,
    metric: 'cosine',
    center: 'none',
    normalize: 'none',
    reference: undefined,
    onUndefined: 'refuse',
    cpu: 'auto',
  };
  const measures = {
    orientation: 'distance',
    atFar: [0.1],
    tarRule: 'at-most',
    partialFar: [],
    atThreshold: [],
    priors: [],
    costMiss: 1,
    costFalseAccept: 1,
    ratios: false,
    bootstrap: 0,
    seed: 0,
    folds: undefined,
  };
  const calibration = {
    map: 'affine',
    prior: 0.5,
    costMiss: 1,
    costFalseAccept: 1,
    atFar: [0.1],
    level: 0.9,
    folds: 3,
    seed: 0,
  };
  const { onUndefined: _, ...measure } = metric;
  const { orientation: _1, bootstrap: _2, seed: _3, folds: _4, ...pairMeasures } = measures;
  const training = { labels: classes, ignoreClass: undefined, subset: undefined, maxPerClass: 9 };
  const files = {
    truth: 'truth.csv',
    truthColumn: 'same',
    pairs: undefined,
    pairsOptions: { header: true, columns: { index1: 'index1' } },
    labels: undefined,
    trainLabels: undefined,
    groups: undefined,
    quality: undefined,
    foldsFile: undefined,
  };
  const page = { title: 'A title', command: 'a command', force: true };
  const names = Array.from({ length: 12 }, (_, row) => `r${row}`);
  const gallery = () => Gallery.open(matrix, { keys: names, labels: names });
  return {
    allPairs: [
      allPairs,
      { embeddings: matrix, labels: classes },
      {
        ...measure,
        ...pairMeasures,
        gallery: undefined,
        model: undefined,
        ignoreClass: undefined,
        precision: 'double',
        memory: 1e8,
        checkpoint: undefined,
        parts: undefined,
      },
    ],
    allPairsPart: [
      library.allPairsPart,
      { embeddings: matrix, labels: classes },
      {
        ...measure,
        ...pairMeasures,
        gallery: undefined,
        model: undefined,
        ignoreClass: undefined,
        precision: 'double',
        memory: 1e8,
        shard: { index: 0, of: 1 },
        output: 'pairs.part',
        force: true,
      },
    ],
    audit: [
      audit,
      {
        ...open,
        embeddings: matrix,
        labels: undefined,
        test: undefined,
        near: 0.9,
        limit: 9,
        parts: undefined,
      },
    ],
    auditPart: [
      library.auditPart,
      {
        ...open,
        embeddings: matrix,
        test: undefined,
        near: 0.9,
        shard: { index: 0, of: 1 },
        output: 'near.part',
        force: true,
      },
    ],
    estimateAudit: [library.estimateAudit, { ...open, embeddings: matrix, test: undefined }],
    calibrate: [
      library.calibrate,
      {
        ...open,
        ...calibration,
        truth: made.solution,
        embeddings: made.testSet,
        pairs: made.testPairs,
        metric: 'cosine',
        normalize: 'none',
        model: undefined,
      },
    ],
    calibrateScores: [
      library.calibrateScores,
      [scores],
      same,
      {
        ...job,
        ...calibration,
        orientation: 'distance',
        people: undefined,
        ridge: 0.1,
        quality: undefined,
      },
    ],
    candidates: [library.candidates],
    compare: [
      library.compare,
      {
        ...open,
        ...training,
        embeddings: matrix,
        skipInvalid: false,
        candidates: ['cosine'],
        folds: 2,
        target: undefined,
        level: 0.9,
        seed: 0,
      },
    ],
    convert: [
      library.convert,
      {
        input: 'convert.npy',
        output: 'converted.npy',
        names: undefined,
        labels: undefined,
        dtype: undefined,
        force: true,
      },
    ],
    auroc: [library.auroc, scores, same, { ...job, orientation: 'distance' }],
    buildInfo: [library.buildInfo],
    checkMetric: [library.checkMetric, 'cosine'],
    checkPairs: [library.checkPairs, pairs, 12],
    checkSubmission: [
      library.checkSubmission,
      'cosine.csv',
      { ids: submission.ids, sample: undefined, columns: { id: 'Id' }, mostBytes: 99 },
    ],
    compareScores: [
      library.compareScores,
      scores,
      scores,
      same,
      { ...job, orientation: 'distance', atFar: [0.1], tarRule: 'at-most', people: undefined },
    ],
    compareSystems: [
      library.compareSystems,
      [scores, scores, scores],
      same,
      {
        ...job,
        orientation: 'distance',
        atFar: [0.1],
        tarRule: 'at-most',
        people: undefined,
        reference: 1,
        adjust: 'holm',
      },
    ],
    covariance: [
      covariance,
      {
        ...open,
        ...training,
        embeddings: matrix,
        skipInvalid: false,
        of: 'total',
        denominator: 'rows',
        shrinkage: 'none',
        ridge: undefined,
        correlation: false,
      },
    ],
    distance: [
      library.distance,
      matrix.data.subarray(0, 8),
      [1, 2, 3, 4, 5, 6, 7, 8],
      { ...metric, threads: 1 },
    ],
    eer: [library.eer, scores, same, { ...job, orientation: 'distance' }],
    evaluate: [
      evaluate,
      scores,
      same,
      {
        ...job,
        ...measures,
        ids: ['a', 'b', 'c', 'd'],
        pairs: indices,
        people: undefined,
        groups: undefined,
        quality: Float64Array.of(1, 2, 3, 4),
        subject: {},
      },
    ],
    evaluateEmbeddings: [
      evaluateEmbeddings,
      {
        ...metric,
        ...measures,
        ...files,
        truth: made.solution,
        embeddings: made.testSet,
        pairs: made.testPairs,
        model: undefined,
      },
    ],
    evaluateScores: [
      library.evaluateScores,
      { ...job, ...measures, ...files, scores: ['cosine.csv'], scoreColumn: 'Predicted' },
    ],
    explainPipeline: [library.explainPipeline, 'plda', { center: undefined }],
    figureTable: [library.figureTable, evaluation, 'markdown'],
    gateTable: [library.gateTable, answers],
    judge: [library.judge, evaluation, { require: ['eer<=1'], noWorse: [], baseline: evaluation }],
    plan: [
      library.plan,
      {
        claim: 'far<=0.01',
        detect: undefined,
        confidence: 0.9,
        power: 0.8,
        images: 2,
        eachTwo: 1,
        expected: undefined,
        pilot: evaluation,
        comparison: undefined,
      },
    ],
    readResult: [library.readResult, 'result.json'],
    writeJUnit: [library.writeJUnit, answers, 'gates.xml', { force: true }],
    fuse: [
      library.fuse,
      {
        ...open,
        ...calibration,
        truth: made.solution,
        embeddings: made.testSet,
        pairs: made.testPairs,
        metrics: ['cosine', 'cityblock'],
        models: [],
        ridge: 0.1,
      },
    ],
    fit: [
      fit,
      {
        ...open,
        ...training,
        embeddings: matrix,
        skipInvalid: false,
        pipeline: 'plda',
        center: undefined,
        holdout: undefined,
        seed: 0,
      },
    ],
    mergeStats: [library.mergeStats, { ...open, ...training, parts: [summed], skipInvalid: false }],
    stats: [
      library.stats,
      {
        ...open,
        ...training,
        embeddings: matrix,
        skipInvalid: false,
        pipeline: 'whiten',
        shard: { index: 0, of: 1 },
        rows: undefined,
        after: [],
        without: [],
        before: undefined,
      },
    ],
    grade: [
      library.grade,
      {
        ...job,
        truth: 'truth.csv',
        truthColumn: 'same',
        submissions: ['cosine.csv'],
        scoreColumn: 'Predicted',
        public: 0.5,
        seed: 1,
        pairs: undefined,
      },
    ],
    identify: [
      identify,
      {
        ...measure,
        model: undefined,
        memory: 1e8,
        gallery: matrix,
        galleryLabels: classes,
        probes: matrix,
        probeLabels: classes,
        top: 3,
        excludeSelf: true,
        fuse: 'none',
        output: 'hits.csv',
        format: 'csv',
        force: true,
        shard: undefined,
        parts: undefined,
        ranks: [1],
        fpirs: [0.1],
        rank: 1,
        convention: 'at-most',
      },
    ],
    inspectEmbeddings: [library.inspectEmbeddings, matrix, open],
    metricFunctions: [library.metricFunctions],
    metrics: [library.metrics],
    nearest: [library.nearest, matrix, matrix, 2, { ...measure, excludeSelf: false }],
    openEmbeddings: [openEmbeddings, matrix, { io: 'mmap' }],
    openEmbeddingsSync: [library.openEmbeddingsSync, { ...matrix }, { io: 'mmap' }],
    poolTemplates: [
      library.poolTemplates,
      matrix,
      templates,
      { ...open, overMedia: 'sum', normPower: 1 },
    ],
    readTemplateList: [library.readTemplateList, 'templates.csv', { listFormat: undefined }],
    pairwise: [
      library.pairwise,
      matrix,
      { ...measure, against: matrix, model: undefined, condensed: false, dtype: 'float32' },
    ],
    pairwiseSync: [
      library.pairwiseSync,
      matrix,
      { ...measure, model: undefined, condensed: true, dtype: 'float64' },
    ],
    parsePairs: [
      parsePairs,
      bytes,
      { rows: 9, header: true, columns: {}, allowFormulas: true, file: 'a' },
    ],
    presets: [library.presets],
    readLabels: [readLabels, made.trainLabels, { rows: 40, header: true, columns: {} }],
    readLabelsSync: [
      library.readLabelsSync,
      made.trainLabels,
      { rows: 40, header: true, columns: {} },
    ],
    readNames: [library.readNames, 'names.txt'],
    readPairs: [
      library.readPairs,
      made.testPairs,
      { rows: 30, header: true, columns: {}, allowFormulas: true },
    ],
    readPairsSync: [library.readPairsSync, made.testPairs, { rows: 30, header: true, columns: {} }],
    readSubmission: [library.readSubmission, 'cosine.csv', { header: true, columns: {} }],
    readSubmissionSync: [library.readSubmissionSync, 'cosine.csv', { header: true, columns: {} }],
    readTruth: [library.readTruth, 'truth.csv', { header: true, columns: {} }],
    readTruthSync: [library.readTruthSync, 'truth.csv', { header: true, columns: {} }],
    roc: [library.roc, scores, same, { ...job, orientation: 'distance' }],
    score: [
      score,
      {
        ...metric,
        embeddings: made.testSet,
        pairs: made.testPairs,
        output: 'scored.csv',
        model: undefined,
        pairsOptions: { header: true },
        submission: { columns: { id: 'Id' }, idFirst: true, force: true },
        dryRun: false,
      },
    ],
    scorePairs: [scorePairs, matrix, indices, metric],
    scorePairsSync: [library.scorePairsSync, matrix, indices, { ...metric, signal: undefined }],
    synth: [
      synth,
      {
        ...job,
        directory: 'again',
        replica: 'r2',
        set: 0,
        train: 9,
        test: 9,
        pairs: 9,
        dim: 4,
        seed: 1,
        full: undefined,
        force: true,
      },
    ],
    validateSubmission: [
      library.validateSubmission,
      'cosine.csv',
      { ids: submission.ids },
      { header: true, columns: {} },
    ],
    writeAuditReport: [library.writeAuditReport, audited, 'audit.html', page],
    writeComparisonPlot: [library.writeComparisonPlot, compared, 'comparison.svg', { force: true }],
    writeCalibrationReport: [library.writeCalibrationReport, calibrated, 'calibration.html', page],
    writeComparisonReport: [library.writeComparisonReport, compared, 'comparison.html', page],
    writeIdentificationPlot: [
      library.writeIdentificationPlot,
      identification,
      'cmc.svg',
      { kind: 'cmc', force: true },
    ],
    writeIdentificationReport: [
      library.writeIdentificationReport,
      identification,
      'identification.html',
      { ...page, card: {} },
    ],
    writeCurve: [library.writeCurve, evaluation, 'curve.csv', { force: true }],
    writeNpy: [writeNpy, 'x.npy', { data: scores, rows: 2, dim: 2 }, { force: true }],
    writePairwise: [
      library.writePairwise,
      matrix,
      'distances.npy',
      { ...measure, against: undefined, condensed: true, dtype: 'float64', force: true },
    ],
    writePlot: [library.writePlot, evaluation, 'roc.svg', { kind: 'roc', force: true }],
    writeReport: [
      library.writeReport,
      evaluation,
      'report.html',
      { ...page, card: {}, audit: audited },
    ],
    writeSystemsReport: [
      library.writeSystemsReport,
      [evaluation, evaluation],
      'systems.html',
      { ...page, comparison: undefined, systems: undefined },
    ],
    writeStepPlot: [
      library.writeStepPlot,
      { kind: 'cmc', curves: [curve] },
      'step.svg',
      { force: true },
    ],
    writeSubmission: [
      library.writeSubmission,
      'written.csv',
      submission,
      { columns: { id: 'Id' }, idFirst: true, force: true },
    ],
    writeDuplicates: [library.writeDuplicates, 'duplicates.csv', [], { force: true }],
    writeSuspects: [library.writeSuspects, 'suspects.csv', [], { force: true }],
    'Model.load': [Model.load, 'fitted.model'],
    'Model.fromBytes': [Model.fromBytes, model.toBytes()],
    'model.save': [model.save.bind(model), 'fitted.model', { force: true }],
    'model.scorePairs': [model.scorePairs.bind(model), matrix, indices, open],
    'model.scorePairsSync': [model.scorePairsSync.bind(model), matrix, indices, open],
    'model.enrol': [model.enrol.bind(model), matrix, [[0, 4], [1]], open],
    'model.transform': [
      model.transform.bind(model),
      matrix,
      'mapped.npy',
      { ...open, side: 'stored', dtype: 'float32', force: true },
    ],
    'model.map': [model.map.bind(model), matrix, { ...open, side: 'query', dtype: 'float64' }],
    'model.mapSync': [model.mapSync.bind(model), matrix, { side: 'stored', dtype: 'float32' }],
    'model.distance': [
      model.distance.bind(model),
      matrix.data.subarray(0, 8),
      [1, 2, 3, 4, 5, 6, 7, 8],
    ],
    'Embeddings.from': [library.Embeddings.from, batches(), 8],
    'enrolment.scorePairs': [
      enrolment.scorePairs.bind(enrolment),
      matrix,
      { template: Uint32Array.of(0), row: Uint32Array.of(1) },
      open,
    ],
    'Gallery.open': [
      Gallery.open,
      matrix,
      { ...measure, model: undefined, memory: 1e8, keys: names, labels: names, journal: false },
    ],
    'gallery.save': [
      async (...args: Parameters<Gallery['save']>) => (await gallery()).save(...args),
      join(folder, 'people.gallery'),
      { ...job, force: true },
    ],
    'gallery.verify': [
      async (...args: Parameters<Gallery['verify']>) => (await gallery()).verify(...args),
      job,
    ],
    'gallery.compact': [
      async (...args: Parameters<Gallery['compact']>) => {
        const path = join(folder, 'compacted.gallery');
        const made = await gallery();
        if (!existsSync(path)) await made.save(path);
        made.close();
        using opened = await Gallery.open(path, { journal: true });
        return await opened.compact(...args);
      },
      job,
    ],
    'gallery.search': [
      async (...args: Parameters<Gallery['search']>) => (await gallery()).search(...args),
      matrix,
      2,
      {
        ...open,
        excludeSelf: false,
        maxDistance: 1,
        where: { keys: new Set(['r1', 'r2']), labels: names },
      },
    ],
    'gallery.identify': [
      async (...args: Parameters<Gallery['identify']>) => (await gallery()).identify(...args),
      matrix,
      2,
      { ...open, maxDistance: 1, where: undefined, fuse: 'mean' },
    ],
    'gallery.add': [
      async (...args: Parameters<Gallery['add']>) => (await gallery()).add(...args),
      matrix,
      { ...open, keys: names.map((name) => `${name} again`), labels: names },
    ],
    'gallery.has': [
      async (...args: Parameters<Gallery['has']>) => (await gallery()).has(...args),
      'r1',
    ],
    'gallery.get': [
      async (...args: Parameters<Gallery['get']>) => (await gallery()).get(...args),
      'r1',
    ],
    'gallery.remove': [
      async (...args: Parameters<Gallery['remove']>) => (await gallery()).remove(...args),
      [1],
    ],
  };
}

/** Functions that only take options. */
const NEED_NOTHING = new Set(['gallery.verify', 'gallery.compact']);

/** Values that no argument accepts. */
const NEVER = [null, Symbol('mine')];
/** Values that some arguments accept. */
const ODD = [
  5,
  -1,
  1.7,
  2 ** 32,
  Number.NaN,
  '',
  'x',
  true,
  {},
  [],
  [null],
  [-1],
  new Uint8Array(2),
];

async function outcome([call, ...args]: Call): Promise<unknown> {
  try {
    await (call as (...args: unknown[]) => unknown)(...args);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** The call with one argument, or one option of it, put in the place of another. */
function* changed([call, ...args]: Call, value: unknown): Generator<[where: string, call: Call]> {
  for (const [place, argument] of args.entries()) {
    yield [`argument ${place}`, [call, ...args.with(place, value)]];
    if (argument?.constructor !== Object || documents.includes(argument)) continue;
    for (const name of Object.keys(argument)) {
      const options = { ...argument, [name]: value };
      yield [`argument ${place}, ${name}`, [call, ...args.with(place, options)]];
    }
  }
}

test('the table holds every public function', () => {
  const functions = Object.entries(library).filter(
    ([, value]) => typeof value === 'function' && !/^class\b/.test(String(value)),
  );
  const table = Object.keys(calls());
  for (const [name] of functions) assert.ok(table.includes(name), name);
  assert.ok(Enrolment.name.length > 0);
});

test('the calls of the table are right', async () => {
  for (const [name, call] of Object.entries(calls())) {
    if (name === 'Model.load') await model.save('fitted.model', { force: true });
    assert.equal(await outcome(call), undefined, name);
  }
});

/** Builds the same arrays and plain objects with the classes of another realm, as Jest does. */
function elsewhere(value: unknown, realm = createContext()): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { name } = value.constructor;
  if (ArrayBuffer.isView(value)) {
    const type = value instanceof Buffer ? 'Uint8Array' : name;
    return Reflect.construct(runInContext(type, realm), [value]);
  }
  if (Array.isArray(value)) {
    const made: unknown[] = runInContext('[]', realm);
    for (const entry of value) made.push(elsewhere(entry, realm));
    return made;
  }
  if (value instanceof Set) return Reflect.construct(runInContext('Set', realm), [[...value]]);
  if (name !== 'Object') return value;
  const made: Record<string, unknown> = runInContext('({})', realm);
  for (const [key, entry] of Object.entries(value)) made[key] = elsewhere(entry, realm);
  return made;
}

test('arrays and objects of another realm are taken as those of this one', async () => {
  assert.ok(!(elsewhere(scores) instanceof Float64Array));
  assert.notEqual(Object.getPrototypeOf(elsewhere([])), Array.prototype);
  for (const [name, [call, ...args]] of Object.entries(calls())) {
    const foreign = args.map((argument) => elsewhere(argument));
    assert.equal(await outcome([call, ...foreign]), undefined, name);
  }
  const [here, there] = [matrix, elsewhere(matrix) as typeof matrix];
  assert.deepEqual(
    await scorePairs(there, elsewhere(indices) as typeof indices),
    await scorePairs(here, indices),
  );
});

test('a promise of another realm that a progress callback returns is awaited', async () => {
  const onProgress = runInContext('(async () => { throw new Error("mine") })', createContext());
  await assert.rejects(scorePairs(matrix, indices, { onProgress }), { message: 'mine' });
});

test('whatever a progress callback returns, what it rejects with is the error of the call', async () => {
  const answers: [source: string, error: unknown][] = [
    ['() => ({ then(_, reject) { reject(2); } })', 2],
    ['() => ({ get then() { throw 3; } })', 3],
    ['() => ({ then() { throw 4; } })', 4],
    ['() => Object.assign(() => 0, { then(_, reject) { reject(5); } })', 5],
    ['() => { throw 6; }', 6],
    ['() => ({ then: 7 })', undefined],
    ['() => 8', undefined],
  ];
  for (const [source, expected] of answers) {
    const onProgress = runInContext(source, createContext());
    const error = await scorePairs(matrix, indices, { onProgress }).then(
      () => undefined,
      (error) => error,
    );
    assert.equal(error, expected, source);
  }
});

test('null and symbols are refused as arguments everywhere', async () => {
  for (const [name, call] of Object.entries(calls())) {
    for (const value of NEVER) {
      for (const [where, wrong] of changed(call, value)) {
        const error = await outcome(wrong);
        const what = `${name}, ${where}: ${String(value)}: ${String(error)}`;
        assert.ok(error instanceof HackfaceError, what);
        assert.equal(error.code, 'EARGUMENT', what);
        assert.equal(error.class, 'usage', what);
      }
    }
  }
});

test('whatever is given, what fails is an error of this package and no defect of it', async () => {
  for (const [name, call] of Object.entries(calls())) {
    for (const value of ODD) {
      for (const [where, wrong] of changed(call, value)) {
        const error = await outcome(wrong);
        if (error === undefined) continue;
        const what = `${name}, ${where}: ${JSON.stringify(value)}: ${String(error)}`;
        assert.ok(error instanceof HackfaceError, what);
        assert.match(error.code, /^E[A-Z]+$/, what);
        assert.notEqual(error.class, 'internal', what);
      }
    }
  }
});

/** Objects that lie about what they are, or answer no question. */
function liars(): unknown[] {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const throws = () => {
    throw new TypeError('asked');
  };
  const traps = { get: throws, has: throws, ownKeys: throws, getPrototypeOf: throws };
  const detached = new Uint8Array(8);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  return [
    revoked.proxy,
    new Proxy({}, traps),
    new Proxy(matrix, traps),
    ...[Float64Array, Uint8Array, Model, library.Embeddings, Gallery, Map].map(({ prototype }) =>
      Object.create(prototype),
    ),
    Object.create(null),
    { constructor: null },
    detached,
    ...documents.map((document) => ({ schema: (document as { schema?: unknown }).schema })),
  ];
}

test('objects that lie are refused as any other', async () => {
  for (const [name, call] of Object.entries(calls())) {
    for (const [at, value] of liars().entries()) {
      for (const [where, wrong] of changed(call, value)) {
        const error = await outcome(wrong);
        if (error === undefined) continue;
        const what = `${name}, ${where}: liar ${at}: ${String((error as Error).stack ?? error)}`;
        assert.ok(error instanceof HackfaceError, what);
        assert.notEqual(error.class, 'internal', what);
      }
    }
  }
});

test('a document that lost a part is refused', async () => {
  for (const [name, [call, ...args]] of Object.entries(calls())) {
    const [document] = args as [Record<string, unknown>];
    if (!documents.includes(document) || !name.startsWith('write')) continue;
    for (const part of Object.keys(document)) {
      const { [part]: _, ...rest } = document;
      const error = await outcome([call, rest, ...args.slice(1)]);
      if (error !== undefined) assert.equal((error as HackfaceError).code, 'EARGUMENT', part);
    }
  }
});

test('shared memory does not pass for memory of its own', () => {
  class Posing extends Float32Array {
    override get buffer(): ArrayBuffer {
      return new ArrayBuffer(this.byteLength);
    }
  }
  const data = new Posing(new SharedArrayBuffer(4 * 96) as unknown as ArrayBuffer);
  assert.throws(() => library.scorePairsSync({ data, rows: 12, dim: 8 }, indices), {
    code: 'EARGUMENT',
    message: /SharedArrayBuffer/,
  });
});

/** Data, such as the result of another call, may have more parts than a function reads. */
function isData(argument: object): boolean {
  const data: object[] = [indices, submission, matrix, ...(documents as object[])];
  return (
    data.includes(argument) ||
    Object.keys(argument).join() === 'ids' ||
    'template' in argument ||
    'curves' in argument ||
    'data' in argument
  );
}

test('an option that does not exist is refused, with the one that was meant', async () => {
  let refused = 0;
  for (const [name, [call, ...args]] of Object.entries(calls())) {
    for (const [place, argument] of args.entries()) {
      if (argument?.constructor !== Object || isData(argument)) continue;
      for (const known of Object.keys(argument)) {
        const misspelt = { ...argument, [`${known}x`]: 1 };
        const error = await outcome([call, ...args.with(place, misspelt)]);
        const what = `${name}, ${known}x: ${String(error)}`;
        assert.ok(error instanceof HackfaceError, what);
        assert.equal(error.code, 'EOPTION', what);
        assert.ok(Object.hasOwn(argument, error.option as string), what);
        assert.ok(error.message.includes(`${known}x`), what);
        refused += 1;
      }
      for (const [known, nested] of Object.entries(argument)) {
        // A card and a subject have names of their own.
        if (nested?.constructor !== Object || isData(nested) || /card|subject/.test(known))
          continue;
        for (const part of Object.keys(nested)) {
          const misspelt = { ...argument, [known]: { ...nested, [`${part}x`]: 1 } };
          const error = await outcome([call, ...args.with(place, misspelt)]);
          const what = `${name}, ${known}.${part}x: ${String(error)}`;
          assert.ok(error instanceof HackfaceError, what);
          assert.deepEqual([error.code, error.option], ['EOPTION', part], what);
          refused += 1;
        }
      }
      const error = await outcome([call, ...args.with(place, { ...argument, zzzzzzzz: 0 })]);
      assert.match(
        String(error),
        /zzzzzzzz, which is no option, expected one of .*Remove it/,
        name,
      );
      const absent = { ...argument, zzzzzzzz: undefined };
      assert.equal(await outcome([call, ...args.with(place, absent)]), undefined, name);
    }
  }
  assert.ok(refused > 200, `${refused}`);
  const nested = { embeddings: made.testSet, pairs: made.testPairs, output: 'no.csv' };
  await assert.rejects(score({ ...nested, pairsOptions: { heade: false } as never }), {
    code: 'EOPTION',
    option: 'header',
    message: /pairsOptions\.heade, which is no option.*name it as it is spelt, with option header/i,
  });
});

test('functions without their arguments say what is missing', async () => {
  for (const [name, [call, ...args]] of Object.entries(calls())) {
    if (args.length === 0 || NEED_NOTHING.has(name)) continue;
    const error = await outcome([call]);
    assert.ok(error instanceof HackfaceError, `${name}: ${String(error)}`);
    assert.equal(error.code, 'EARGUMENT', name);
  }
});

test('a wrong argument is named, and so is what it should be', async () => {
  const wrong: [call: () => unknown, code: string, message: RegExp][] = [
    [() => fit({} as never), 'EARGUMENT', /embeddings: undefined/],
    [() => fit({ embeddings: matrix, labels: [0, 1] as never }), 'EARGUMENT', /labels: an object/],
    [() => audit({ embeddings: matrix, labels: 5 as never }), 'EARGUMENT', /labels: 5/],
    [() => evaluate(scores, same, { atFar: 0.1 as never }), 'EARGUMENT', /atFar: 0\.1/],
    [() => evaluate(scores, same, { atFar: ['a'] as never }), 'EARGUMENT', /atFar\[0\]: "a"/],
    [
      () => identify({ gallery: matrix, format: 'x' as never }),
      'EOPTION',
      /format: "x", expected csv/,
    ],
    [() => score({ embeddings: 'a', pairs: 'b' } as never), 'EARGUMENT', /output: undefined/],
    [
      () => library.grade({ truth: 'a', submissions: 'a.csv' as never }),
      'EARGUMENT',
      /submissions/,
    ],
    [() => library.evaluateScores({ scores: 'a.csv' as never }), 'EARGUMENT', /scores: "a.csv"/],
    [() => scorePairs(matrix, indices, { center: null as never }), 'EARGUMENT', /center: null/],
    [
      () => allPairs({ embeddings: matrix, labels: classes }, { memory: -1 }),
      'EOPTION',
      /memory: -1/,
    ],
    [() => Gallery.open(matrix, { memory: Number.NaN }), 'EOPTION', /memory: NaN/],
  ];
  for (const [call, code, message] of wrong) {
    const error = await outcome([call]);
    assert.ok(error instanceof HackfaceError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
  }
});

test('whole numbers are not cut to 32 bits', async () => {
  const request = { embeddings: matrix, labels: classes };
  const world = { directory: 'none', train: 9, test: 9, pairs: 9, dim: 4 };
  const cells = Float64Array.of(1, 2, 3, 4);
  for (const value of [2 ** 32, 2 ** 32 + 2, 2 ** 40, 1.7, -1]) {
    const named = (error: unknown) =>
      error instanceof HackfaceError &&
      /^E(OPTION|ARGUMENT)$/.test(error.code) &&
      error.message.includes(String(value));
    await assert.rejects(fit({ ...request, seed: value }), named);
    await assert.rejects(fit({ ...request, maxPerClass: value }), named);
    await assert.rejects(covariance({ ...request, maxPerClass: value }), named);
    await assert.rejects(audit({ ...request, labels: undefined, limit: value }), named);
    for (const name of ['train', 'test', 'pairs', 'dim', 'seed', 'set']) {
      await assert.rejects(synth({ ...world, [name]: value }), named, name);
    }
    await assert.rejects(writeNpy('no.npy', { data: cells, rows: value, dim: 2 }), named);
    await assert.rejects(writeNpy('no.npy', { data: cells, rows: 2, dim: value }), named);
    await assert.rejects(evaluate(scores, same, { seed: value }), named);
    await assert.rejects(identify({ gallery: matrix, output: 'no.csv', top: value }), named);
  }
  using gallery = await Gallery.open(matrix);
  await assert.rejects(gallery.remove(5 as never), { code: 'EARGUMENT' });
});

test('a model beside a metric is refused', async () => {
  const refused = { code: 'EOPTION', message: /metric beside a model/ };
  const both = { model, metric: 'cosine' };
  await assert.rejects(Gallery.open(matrix, both), refused);
  await assert.rejects(identify({ gallery: matrix, output: 'no.csv', ...both }), refused);
  await assert.rejects(allPairs({ embeddings: matrix, labels: classes }, both), refused);
  await assert.rejects(
    score({ embeddings: made.testSet, pairs: made.testPairs, output: 'no.csv', ...both }),
    refused,
  );
  await assert.rejects(
    evaluateEmbeddings({
      embeddings: made.testSet,
      pairs: made.testPairs,
      metric: 'cosine',
      model: 'a',
    }),
    refused,
  );
});

test('a center that is not finite is said to be the center', async () => {
  const center = [0, 0, Number.NaN, 0, 0, 0, 0, 0];
  const named = { code: 'ENOTFINITE', column: 2, message: /NaN in center/ };
  await assert.rejects(scorePairs(made.testSet, indices, { center }), named);
  assert.throws(() => library.scorePairsSync(matrix, indices, { center }), named);
});

test('labels that were read are as good as their file', async () => {
  const request = { embeddings: made.trainSet, pipeline: 'pca(2), wccn, cosine' };
  const read = await fit({ ...request, labels });
  const named = await fit({ ...request, labels: made.trainLabels });
  assert.deepEqual(read.model.toBytes(), named.model.toBytes());
});

test('an error of an option or argument names it', async () => {
  const refused = async (call: () => unknown) => {
    const error = await Promise.resolve()
      .then(call)
      .catch((error) => error);
    assert.ok(error instanceof HackfaceError, String(error));
    return [error.code, error.option];
  };
  const gallery = await Gallery.open(matrix);
  const cases: [string, string, () => unknown][] = [
    ['EARGUMENT', 'threads', () => Gallery.open(matrix, { threads: '2' as never })],
    ['EOPTION', 'memory', () => Gallery.open(matrix, { memory: -1 })],
    ['EARGUMENT', 'k', () => gallery.search(matrix, 0)],
    ['EARGUMENT', 'atFar', () => evaluate(scores, same, { atFar: [0.1, '1' as never] })],
    ['EARGUMENT', 'index1', () => scorePairs(matrix, { ...indices, index1: [0] as never })],
    ['EARGUMENT', 'options', () => Gallery.open(matrix, null as never)],
  ];
  for (const [code, option, call] of cases) assert.deepEqual(await refused(call), [code, option]);
  gallery.close();
});
