/** Comparison of pipelines, and what `auto` makes of it, through the library. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type CompareRequest,
  candidates,
  compare,
  type FitRequest,
  fit,
  type HackfaceError,
  type Progress,
  writeComparisonPlot,
  writeComparisonReport,
} from 'hackface-native';
import { put, temporaryFolder } from './support/folder.js';
import { float32Npy } from './support/npy.js';
import { crowd, matrixOf } from './support/people.js';

const folder = temporaryFolder();
const { rows, labels, matrix } = crowd({ people: 40, each: 5, dim: 6, singletons: 2, seed: 3 });
const judge = (request: Partial<CompareRequest> = {}) =>
  compare({ embeddings: matrix, labels, ...request });
const refused = (code: string, says: RegExp) => (error: HackfaceError) => {
  assert.equal(error.code, code, error.message);
  assert.match(error.message, says);
  return true;
};

test('every candidate is judged on the same pairs, cosine first', async () => {
  const steps: Progress[] = [];
  const found = await judge({ onProgress: (progress) => steps.push(progress) });
  assert.deepEqual(
    found.candidates.map(({ pipeline }) => pipeline),
    candidates(rows.length, 6, 40),
  );
  const { folds, repeats, identities, skipped, schema } = found;
  assert.deepEqual([folds, repeats, identities, skipped], [5, 4, 40, 0]);
  assert.equal(schema, 'hackface-comparison/1');
  assert.equal(found.candidates[0]?.aboveCosine?.value, 0);
  const best = found.candidates[found.best]?.figures?.auroc ?? 0;
  for (const { figures, belowBest, aboveCosine, failure } of found.candidates) {
    assert.ok(figures && belowBest && aboveCosine && failure === null);
    assert.ok(Math.abs(best - figures.auroc - belowBest.value) < 1e-12);
    assert.ok(aboveCosine.interval.low <= aboveCosine.value);
  }
  assert.ok(found.reason.startsWith(found.candidates[found.chosen]?.pipeline ?? 'none'));
  assert.ok(steps.some(({ phase }) => phase === 'candidates'));
});

test('candidates are named, and one that cannot be fitted says why', async () => {
  const found = await judge({ candidates: ['lda', 'center(given), cosine', 'cosine'], folds: 3 });
  const [cosine, lda, given, ...more] = found.candidates;
  assert.deepEqual([cosine?.pipeline, more.length, found.folds], ['cosine', 0, 3]);
  assert.equal(lda?.pipeline, 'center, pca(auto), lda, cosine');
  assert.ok(lda?.figures);
  assert.equal(given?.figures, null);
  assert.match(given?.failure ?? '', /center\(given\) without a vector/);
  await assert.rejects(judge({ candidates: ['wcnn'] }), refused('EMETRIC', /wcnn/));
  await assert.rejects(judge({ labels: undefined }), refused('EOPTION', /without labels/));
  await assert.rejects(judge({ folds: 1 }), refused('EOPTION', /found 1 fold,/));
  await assert.rejects(judge({ folds: 30 }), refused('EONECLASS', /40 people/));
  const target = ['center, length-norm, path(0.5, adapt=excess)'];
  const without = await judge({ candidates: target });
  assert.match(without.candidates[1]?.failure ?? '', /target/);
  const adapted = await judge({ candidates: target, target: matrix });
  assert.ok(adapted.candidates[1]?.figures);
});

test('auto fits what is chosen, and is the default', async () => {
  const found = await judge();
  const auto = await fit({ embeddings: matrix, labels });
  assert.deepEqual(
    auto.comparison?.candidates.map(({ figures }) => figures),
    found.candidates.map(({ figures }) => figures),
  );
  const pipeline = found.candidates[found.chosen]?.pipeline ?? '';
  assert.equal(auto.model.card.pipeline, pipeline);
  assert.equal(auto.reason, found.reason);
  assert.equal(auto.model.card.choice, found.reason);
  const named = await fit({ embeddings: matrix, labels, pipeline });
  assert.deepEqual([named.comparison, named.reason], [null, null]);
  const pairs = { index1: Uint32Array.of(0, 1, 2), index2: Uint32Array.of(3, 4, 5) };
  assert.deepEqual(
    auto.model.scorePairsSync(matrix, pairs),
    named.model.scorePairsSync(matrix, pairs),
  );
});

test('too little to compare is cosine with the reason, and without labels auto is refused', async () => {
  const few = matrixOf(rows.slice(0, 3));
  const one = await fit({ embeddings: few, labels: Uint32Array.of(0, 0, 1) });
  assert.equal(one.model.card.pipeline, 'cosine');
  assert.equal(one.comparison, null);
  assert.match(one.reason ?? '', /2 people/);
  assert.deepEqual(one.warnings, []);
  await assert.rejects(fit({ embeddings: matrix }), refused('EOPTION', /auto without labels/));
  const center = [0, 0, 0, 0, 0, 0];
  await assert.rejects(fit({ embeddings: matrix, labels, center }), refused('EOPTION', /center/));
});

test('a shifted target is adapted to, one like the rows is not, and false opens none', async () => {
  const more = crowd({ people: 120, each: 6, dim: 6, seed: 8 });
  const learn = (target?: FitRequest['target']) =>
    fit({ embeddings: more.matrix, labels: more.labels, target });
  const alike = crowd({ people: 90, each: 4, dim: 6, seed: 8 });
  const same = await learn(alike.matrix);
  assert.match(same.reason ?? '', /shows no shift/);
  assert.equal(same.transductive, true);
  const moved = alike.rows.map((row, i) =>
    row.map((value, j) => value + (j === 0 ? 40 * Math.sin(i) : 0)),
  );
  const shifted = await learn(matrixOf(moved));
  assert.equal(
    shifted.model.card.pipeline,
    'center, length-norm, pca(auto, ratio=4), path(rho=0.5, adapt=shift)',
  );
  assert.match(shifted.reason ?? '', /the target is shifted/);
  assert.deepEqual(
    shifted.warnings.map(({ code }) => code),
    ['transductive-target'],
  );
  const blind = await learn(false);
  assert.equal(blind.transductive, false);
  assert.deepEqual(blind.model.toBytes(), (await learn()).model.toBytes());
});

test('a page and a plot tell what was compared', async () => {
  const found = await judge({ candidates: ['lda', 'center(given), cosine'] });
  const [page, plot] = [join(folder, 'c.html'), join(folder, 'c.svg')];
  await writeComparisonReport(found, page, { command: 'hackface-native compare' });
  await writeComparisonPlot(found, plot);
  const text = readFileSync(page, 'utf8');
  for (const part of ['center, pca(auto), lda, cosine', 'without a vector', '<svg', 'Choice']) {
    assert.ok(text.includes(part), part);
  }
  assert.match(readFileSync(plot, 'utf8'), /Candidates against cosine/);
  await assert.rejects(
    writeComparisonPlot(found, join(folder, 'c.png')),
    refused('EOPTION', /svg/),
  );
});

test('damaged rows are refused with their place, or left out', async () => {
  const wild = rows.map((row, i) => (i === 9 ? row.map(() => Number.NaN) : row));
  const embeddings = put(folder, 'wild.npy', float32Npy(wild));
  await assert.rejects(judge({ embeddings }), (error: HackfaceError) => {
    assert.deepEqual([error.code, error.row], ['ENOTFINITE', 9]);
    return true;
  });
  assert.equal((await judge({ embeddings, skipInvalid: true })).skipped, 1);
});
