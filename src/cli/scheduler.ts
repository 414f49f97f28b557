/** The shard of a task, by the number that a scheduler gave it. */
import { parse } from 'node:path';
import type { Shard } from '../shard.js';
import { usageError } from './failure.js';
import { type Parser, shard } from './parsers.js';

/** Reads a shard, or `auto/n` and `auto`, which {@link scheduled} looks up. */
export const SCHEDULED: Parser<Shard | string> = {
  expected: 'i/n, shard i of n counted from 0, such as 0/8, or auto/8',
  read: (text) => shard.read(text) ?? (/^auto(\/\d{1,7})?$/.test(text) ? text : undefined),
};

/** The shard of this process; `environment` holds what Slurm or Kubernetes set for an array of tasks. */
export function scheduled(told: Shard | string, environment: NodeJS.ProcessEnv): Shard {
  if (typeof told !== 'string') return told;
  const count = told.split('/')[1] ?? environment.SLURM_ARRAY_TASK_COUNT;
  const task = environment.SLURM_ARRAY_TASK_ID;
  const index = task ?? environment.JOB_COMPLETION_INDEX;
  const first = task === undefined ? 0 : Number(environment.SLURM_ARRAY_TASK_MIN ?? 0);
  const step = task === undefined ? 1 : Number(environment.SLURM_ARRAY_TASK_STEP ?? 1);
  const found = shard.read(`${(Number(index) - first) / step}/${count}`);
  if (found !== undefined) return found;
  throw usageError(
    index === undefined
      ? `--shard ${told} without SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX`
      : `--shard ${told} as task ${index} of ${count ?? 'an unknown number'}`,
    'the number of this task from a scheduler, and how many there are',
    'Name both, as --shard 0/8, or the number of tasks, as --shard auto/8',
  );
}

/** The name of a file by default, which tells the shard if there is one: `stats-3-of-8.safetensors`. */
export function ofShard(file: string, shard: Shard | undefined): string {
  if (shard === undefined) return file;
  const { name, ext } = parse(file);
  return `${name}-${shard.index}-of-${shard.of}${ext}`;
}
