/** The package as others get it: `import`, `require`, names, versions. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { test } from 'node:test';
import * as library from 'hackface-native';
import { hackface } from './support/command.js';

/** Every name that the package exports. A change here is a change of the contract. */
const NAMES = [
  'AbortError',
  'DEFAULT_PIPELINE',
  'Decision',
  'Embeddings',
  'Enrolment',
  'Gallery',
  'HackfaceError',
  'Model',
  'Stats',
  'allPairs',
  'allPairsPart',
  'audit',
  'auditPart',
  'auroc',
  'buildInfo',
  'calibrate',
  'calibrateScores',
  'candidates',
  'checkMetric',
  'checkPairs',
  'checkSubmission',
  'compare',
  'compareScores',
  'compareSystems',
  'convert',
  'covariance',
  'distance',
  'eer',
  'estimateAudit',
  'evaluate',
  'evaluateEmbeddings',
  'evaluateScores',
  'explainPipeline',
  'figureTable',
  'fit',
  'fuse',
  'gateTable',
  'grade',
  'identify',
  'inspectEmbeddings',
  'judge',
  'mergeStats',
  'metricFunctions',
  'metrics',
  'nearest',
  'openEmbeddings',
  'openEmbeddingsSync',
  'pairwise',
  'pairwiseSync',
  'parsePairs',
  'plan',
  'poolTemplates',
  'presets',
  'readLabels',
  'readLabelsSync',
  'readNames',
  'readPairs',
  'readPairsSync',
  'readResult',
  'readSubmission',
  'readSubmissionSync',
  'readTemplateList',
  'readTruth',
  'readTruthSync',
  'roc',
  'score',
  'scorePairs',
  'scorePairsSync',
  'stats',
  'synth',
  'validateSubmission',
  'version',
  'writeAuditReport',
  'writeCalibrationReport',
  'writeComparisonPlot',
  'writeComparisonReport',
  'writeCurve',
  'writeDuplicates',
  'writeIdentificationPlot',
  'writeIdentificationReport',
  'writeJUnit',
  'writeNpy',
  'writePairwise',
  'writePlot',
  'writeReport',
  'writeStepPlot',
  'writeSubmission',
  'writeSuspects',
  'writeSystemsReport',
];

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));

test('import gives exactly the names of the contract', () => {
  assert.deepEqual(Object.keys(library).sort(), [...NAMES].sort());
});

test('require gives the same', () => {
  const required = createRequire(resolve('package.json'))('hackface-native');
  const names = Object.keys(required).filter((name) => name !== '__esModule' && name !== 'default');
  assert.deepEqual(names.sort(), [...NAMES].sort());
  assert.equal(required.Embeddings, library.Embeddings, 'one package, two copies of its classes');
});

test('the types name every export', () => {
  const types = readFileSync('index.d.ts', 'utf8');
  for (const name of NAMES) {
    assert.match(types, new RegExp(`export declare (class|const|function) ${name}\\b`));
  }
});

test('one version everywhere', async () => {
  const cargo = /^version = "(.+)"$/m.exec(readFileSync('Cargo.toml', 'utf8'))?.[1];
  assert.equal(library.version, manifest.version);
  assert.equal(cargo, manifest.version);
  assert.equal(library.buildInfo().version, manifest.version);
  const { stdout } = await hackface(['--version']);
  assert.equal(stdout, `${manifest.version}\n`);
});

test('nothing runs at installation, and what is needed at run time is little', () => {
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) {
    assert.equal(manifest.scripts[name], undefined, name);
  }
  assert.deepEqual(Object.keys(manifest.dependencies), ['commander']);
  const { peerDependencies, peerDependenciesMeta } = manifest;
  assert.deepEqual(Object.keys(peerDependencies), Object.keys(peerDependenciesMeta));
  for (const meta of Object.values(peerDependenciesMeta))
    assert.deepEqual(meta, { optional: true });
});

test('only what is exported can be imported', async () => {
  const inner: string = 'hackface-native/dist/native.js';
  await assert.rejects(import(inner), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
});

test('starting loads none of the parts of Node that few commands need', () => {
  const loaded = (script: string) => {
    const tell = "process.on('exit', () => console.error(process.moduleLoadList.join()));";
    const { stderr } = spawnSync(process.execPath, ['-e', tell + script], { encoding: 'utf8' });
    return stderr;
  };
  const start =
    "process.argv.push('cli', 'score', '-e', 'none.npy', '-p', 'none.csv'); require('./dist/cli.cjs')";
  const [node, started] = [loaded(''), loaded(start)].map((list) => new Set(list.split(',')));
  const heavy = ['zlib', 'perf_hooks', 'worker_threads', 'child_process', 'fs/promises', 'crypto'];
  heavy.push('tty', 'stream');
  const late = heavy.filter((name) => started?.has(`NativeModule ${name}`));
  assert.deepEqual(
    late.filter((name) => !node?.has(`NativeModule ${name}`)),
    [],
  );
  assert.ok(started?.has('NativeModule events'));
});
