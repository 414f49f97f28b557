/** The lines of Python that the documentation shows read a model and measure as it does. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fit } from 'hackface-native';
import { put, temporaryFolder } from './support/folder.js';
import { float32Npy } from './support/npy.js';
import { crowd } from './support/people.js';

const PYTHON = process.env.HACKFACE_PYTHON ?? 'python3';
const asked = spawnSync(PYTHON, ['-c', 'import numpy, safetensors'], { encoding: 'utf8' });
const skip =
  asked.status !== 0 &&
  `no ${PYTHON} with numpy and safetensors (pip install safetensors); HACKFACE_PYTHON names another`;

test('docs/models.md: a model in five lines of Python', { skip }, async () => {
  const page = readFileSync(resolve('docs/models.md'), 'utf8');
  const listing = /```python\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  assert.equal(listing.trim().split('\n').length, 5);
  const folder = temporaryFolder();
  const { rows, labels, matrix } = crowd({ people: 12, each: 7, dim: 9 });
  put(folder, 'test_set.npy', float32Npy(rows));
  const { model } = await fit({ embeddings: matrix, labels, pipeline: 'wccn' });
  await model.save(join(folder, 'wccn.safetensors'));
  const code = `${listing}
import json
from safetensors import safe_open
card = safe_open("wccn.safetensors", "numpy").metadata()
print(json.dumps({"distance": distance, "card": card}))`;
  const ran = spawnSync(PYTHON, ['-c', code], { cwd: folder, encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr);
  const { distance, card } = JSON.parse(ran.stdout);
  const [wanted = Number.NaN] = model.scorePairsSync(matrix, {
    index1: Uint32Array.of(0),
    index2: Uint32Array.of(1),
  });
  assert.ok(Math.abs(distance - wanted) < 1e-12, `${distance}, not ${wanted}`);
  assert.equal(card['card.pipeline'], 'center, pca(auto), wccn, cosine');
  assert.equal(card.scorer, 'cosine');
});
