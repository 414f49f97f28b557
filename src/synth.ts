/** Synthetic challenges with known answers. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  flag,
  optional,
  filePath,
  readOptions,
  type Rules,
  text,
  wholeNumber,
} from './arguments.js';
import { JOB_RULES, type JobOptions, runJob } from './job.js';
import { defined } from './native.js';
import { checkTarget, outputError, type TemporaryFile, temporaryBeside } from './files/atomic.js';
import { absolutePath } from './files/system.js';

/** A synthetic challenge. Defaults are those of the test side of the 2019 challenge. */
export interface SynthRequest extends JobOptions {
  /** Directory for the files; created if it does not exist. */
  directory: string;
  /** Shift between train and test: `r2` (default), `r1`, or `none`. */
  replica?: 'r2' | 'r1' | 'none' | undefined;
  /** Fitted set of parameters: 0, 1 or 6 for r2 and none; 0, 1 or 3 for r1. Default 0. */
  set?: number | undefined;
  /** Rows of the train matrix; default 30,000. */
  train?: number | undefined;
  /** Rows of the test matrix; default 11,605. */
  test?: number | undefined;
  /** Test pairs; default 31,444. */
  pairs?: number | undefined;
  /** Columns; default 512. */
  dim?: number | undefined;
  /** Seed; default 0. Equal requests give equal bytes on every machine. */
  seed?: number | undefined;
  /** The challenge's own train set size: 454,714 rows of 10,575 people (931 MB). */
  full?: boolean | undefined;
  /** Replaces files that are already there; default false. */
  force?: boolean | undefined;
}

const SYNTH_RULES: Rules<SynthRequest> = {
  ...JOB_RULES,
  directory: filePath,
  replica: optional(text),
  set: optional(wholeNumber()),
  train: optional(wholeNumber()),
  test: optional(wholeNumber()),
  pairs: optional(wholeNumber()),
  dim: optional(wholeNumber()),
  seed: optional(wholeNumber()),
  full: optional(flag),
  force: optional(flag),
};

/** Absolute paths of the files written. */
export interface SynthFiles {
  /** `train_set.npy`, float32. */
  trainSet: string;
  /** `train_labels.csv`: `index,class`. */
  trainLabels: string;
  /** `test_set.npy`, float32. */
  testSet: string;
  /** `test_pairs.csv`: `index1,index2,Id`. */
  testPairs: string;
  /** `solution.csv`: `Id,same`, the answers. */
  solution: string;
}

/**
 * Writes a synthetic challenge: the four files of the 2019 challenge and the answers.
 *
 * The people have the shift between train and test of the real files, see `docs/synth.md`. Errors:
 * `EOPTION`, `EEXISTS`, `ECREATE`, `EIO`. Cost: about 1 s for the defaults, 2 KiB of disk a row.
 */
export async function synth(request: SynthRequest): Promise<SynthFiles> {
  const settled = readOptions(request, SYNTH_RULES, 'request');
  const directory = absolutePath(settled.directory);
  const place = (name: string) => join(directory, name);
  const files: SynthFiles = {
    trainSet: place('train_set.npy'),
    trainLabels: place('train_labels.csv'),
    testSet: place('test_set.npy'),
    testPairs: place('test_pairs.csv'),
    solution: place('solution.csv'),
  };
  const { force } = settled;
  await mkdir(directory, { recursive: true }).catch((error) => {
    throw outputError(directory, error);
  });
  for (const path of Object.values(files)) checkTarget(path, { force });

  // All are written before the first gets its name: an interruption leaves no part of a challenge.
  const made: TemporaryFile[] = [];
  const beside = (path: string): TemporaryFile => {
    const file = temporaryBeside(path, { force });
    made.push(file);
    return file;
  };
  try {
    const [train, test] = [beside(files.trainSet), beside(files.testSet)];
    const { replica, set, train: trainRows, test: testRows, pairs, dim, seed, full } = settled;
    const options = defined({ replica, set, trainRows, testRows, pairs, dim, seed, full });
    const { trainClasses, index1, index2, same } = await runJob(
      settled,
      (native, job) => native.synth(train.path, test.path, options, job),
      { writes: true },
    );
    const table = (path: string, header: string, length: number, row: (i: number) => string) =>
      beside(path).fill(lines(header, length, row));
    const { trainLabels, testPairs, solution } = files;
    await table(trainLabels, 'index,class', trainClasses.length, (i) => `${i},${trainClasses[i]}`);
    const pair = (i: number) => `${index1[i]},${index2[i]},${i}`;
    await table(testPairs, 'index1,index2,Id', same.length, pair);
    await table(solution, 'Id,same', same.length, (i) => `${i},${same[i]}`);
    for (const file of made) await file.place();
    return files;
  } catch (error) {
    throw made.reduce((said, file) => file.blame(said), error);
  } finally {
    for (const file of made) file.discard();
  }
}

const ROWS_PER_CHUNK = 16_384;

function* lines(header: string, length: number, row: (i: number) => string): Generator<Uint8Array> {
  let text = `${header}\n`;
  for (let i = 0; i < length; i += 1) {
    text += `${row(i)}\n`;
    if (i % ROWS_PER_CHUNK === ROWS_PER_CHUNK - 1) {
      yield Buffer.from(text);
      text = '';
    }
  }
  yield Buffer.from(text);
}
