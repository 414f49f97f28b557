/**
 * Runs one job of the library again and again while its matrix is cut short at random moments, and a right job after
 * each.
 *   cut.js JOB ROWS LABELS MODEL FOLDER IO ERRORS
 */
import { copyFileSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import {
  allPairs,
  audit,
  covariance,
  fit,
  HackfaceError,
  identify,
  type Io,
  Model,
  openEmbeddings,
  readLabels,
  scorePairs,
} from 'hackface-native';
import { randomNumbers } from '../../support/random.js';
import { digest, pairs, report } from './work.js';

const [job = '', rows = '', labelFile = '', modelFile = '', folder = '', io = '', errors = '50'] =
  process.argv.slice(2);
const how = { io: io as Io, threads: 2 };
const { classes: labels } = await readLabels(labelFile);
const model = await Model.load(modelFile);
const text = (value: unknown) =>
  createHash('sha256')
    .update(
      JSON.stringify(value, (key, part) =>
        // Names of files and times are no result.
        /file|path|seconds|ms$/i.test(key)
          ? undefined
          : ArrayBuffer.isView(part)
            ? [...(part as Float64Array)]
            : part,
      ),
    )
    .digest('hex');
const bytes = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Each job, from a file to something that names its result. */
const JOBS: Record<string, (file: string, out: string) => Promise<string>> = {
  score: async (file) =>
    digest(await scorePairs(file, pairs(60_000, labels.length), { ...how, metric: 'canberra' })),
  fit: async (file) => {
    const { model } = await fit({
      ...how,
      embeddings: file,
      labels,
      pipeline: 'center, pca(8), lda(4), cosine',
    });
    return text([...model.toBytes()]);
  },
  'evaluate --all-pairs': async (file) =>
    text((await allPairs({ embeddings: file, labels }, how)).auroc),
  identify: async (file, out) => {
    await identify({
      ...how,
      gallery: file,
      metric: 'sqeuclidean',
      top: 3,
      output: out,
      force: true,
    });
    return bytes(out);
  },
  audit: async (file) =>
    text((await audit({ ...how, embeddings: file, labels: labelFile })).suspects),
  covariance: async (file) =>
    text([...(await covariance({ ...how, embeddings: file, labels, of: 'within' })).matrix]),
  transform: async (file, out) => {
    const embeddings = await openEmbeddings(file, { io: how.io });
    try {
      await model.transform(embeddings, out, { threads: 2, force: true });
    } finally {
      embeddings.close();
    }
    return bytes(out);
  },
};

const run = JOBS[job];
if (!run) throw new Error(`no job ${job}`);
const [whole, out] = [join(folder, 'whole.npy'), join(folder, 'out')];
copyFileSync(rows, whole);
const right = await run(whole, out);
const started = performance.now();
for (let time = 0; time < 3; time += 1) await run(whole, out);
const ms = (performance.now() - started) / 3;
const random = randomNumbers(19);
const { length } = readFileSync(rows);
const seen: Record<string, number> = {};
const wrong: string[] = [];
let refused = 0;
for (let moment = 0; refused < Number(errors) && moment < 20 * Number(errors); moment += 1) {
  const file = join(folder, 'cut.npy');
  copyFileSync(rows, file);
  const timer = setTimeout(
    () => truncateSync(file, Math.floor(random() * length)),
    random() * ms * 0.7,
  );
  const outcome = await run(file, join(folder, 'cut-out')).catch((error: unknown) => error);
  clearTimeout(timer);
  if (outcome instanceof HackfaceError) {
    refused += 1;
    seen[outcome.code] = (seen[outcome.code] ?? 0) + 1;
    if (!['EINPUTCHANGED', 'ENPYLENGTH', 'ENPYHEADER', 'EIO'].includes(outcome.code))
      wrong.push(outcome.message);
  } else if (outcome !== right) wrong.push(`at moment ${moment}: ${String(outcome)}`);
  if ((await run(whole, out)) !== right) wrong.push(`another answer after moment ${moment}`);
}
const left = readdirSync(folder).filter(
  (name) => !['whole.npy', 'cut.npy', 'out', 'cut-out'].includes(name),
);
if (left.length > 0) wrong.push(`left ${left}`);
report({ refused, seen, wrong });
