// The organisers' baseline and `score --metric sqeuclidean` on the same files.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PEER = join(import.meta.dirname, 'peers', 'baseline.py');
const TOLERANCE = 2e-6;

/** Makes a challenge of the real test side's shape in `folder`; gives back its files. */
export function makeChallenge(cli, folder, train) {
  const rows = train === undefined ? [] : ['--train', String(train)];
  must(process.execPath, [cli, 'synth', folder, '--quiet', '--force', ...rows]);
  return {
    embeddings: join(folder, 'test_set.npy'),
    pairs: join(folder, 'test_pairs.csv'),
    train: join(folder, 'train_set.npy'),
  };
}

/** Arguments of a run of each program, for Node and for Python. */
export function scoreArguments(cli, { embeddings, pairs }, output, metric = 'sqeuclidean') {
  return [cli, 'score', '-e', embeddings, '-p', pairs, '-m', metric, '-o', output, '--force', '-q'];
}
export function baselineArguments({ embeddings, pairs }, output) {
  return [PEER, embeddings, pairs, output];
}

/** Runs both, prints the verdict; true when header, rows, order and values agree. */
export function compareBaseline(cli, python, files, folder) {
  const [ours, theirs] = [join(folder, 'ours.csv'), join(folder, 'theirs.csv')];
  must(process.execPath, scoreArguments(cli, files, ours));
  must(python.path, baselineArguments(files, theirs));
  const outcome = compareSubmissions(ours, theirs);
  const { rows, relative, exponent, failures } = outcome;
  const figure = relative.toExponential(1);
  console.log(`baseline: ${rows} rows, largest relative difference ${figure} (bound ${exponent})`);
  for (const failure of failures) console.error(`FAILED baseline: ${failure}`);
  return failures.length === 0;
}

/** Two submissions, line by line. */
export function compareSubmissions(ours, theirs) {
  const lines = (path) => readFileSync(path, 'utf8').split('\n');
  const [a, b] = [lines(ours), lines(theirs)];
  const failures = [];
  if (a[0] !== b[0]) failures.push(`header '${a[0]}', expected '${b[0]}'`);
  if (a.length !== b.length) failures.push(`${a.length} lines, expected ${b.length}`);
  let relative = 0;
  let rows = 0;
  for (let i = 1; i < Math.min(a.length, b.length); i += 1) {
    // The last line ends with a newline, so nothing comes after it.
    if (a[i] === '' && b[i] === '') continue;
    rows += 1;
    const [[x, idA], [y, idB]] = [a[i].split(','), b[i].split(',')];
    const error = x === y ? 0 : Math.abs(x - y) / Math.abs(y);
    relative = Math.max(relative, error);
    if (idA !== idB || !(error <= TOLERANCE)) {
      failures.push(`line ${i + 1}: '${a[i]}', expected '${b[i]}'`);
      if (failures.length === 5) break;
    }
  }
  return { rows, relative, failures, exponent: TOLERANCE.toExponential(0) };
}

function must(command, args) {
  const result = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (result.status !== 0) throw new Error(`${command} ${args[0]} ended with ${result.status}`);
}
