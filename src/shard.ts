/** Shards: contiguous ranges of a list or of rows, each the work of one process. */
import { group, type Rules, wholeNumber, wrongArgument } from './arguments.js';
import { HackfaceError } from './errors.js';

/** One of several shards. */
export interface Shard {
  /** Number of the shard, from 0. */
  index: number;
  /** Number of all shards. */
  of: number;
}

const SHARD_RULES: Rules<Shard> = {
  index: wholeNumber(0, 2 ** 20, wrongArgument),
  of: wholeNumber(1, 2 ** 20, wrongArgument),
};
const requireParts = group(SHARD_RULES);

/** Rule for a shard. */
export function requireShard(shard: unknown, name: string): Shard {
  const { index, of } = requireParts(shard, name) as Shard;
  wholeNumber(0, of - 1, wrongArgument)(index, `${name}.index`);
  return { index, of };
}

/**
 * First and end of a shard of `count` items: shards are contiguous, differ by one item at most, and cover all.
 * Errors: `EOPTION` for more shards than items.
 */
export function shardRange(
  count: number,
  { index, of }: Shard,
  file: string,
  items: string,
): [first: number, end: number] {
  if (of > count) {
    throw new HackfaceError('EOPTION', 'usage', {
      file,
      found: `${of} shards of ${count} ${items}`,
      expected: 'no more shards than there are',
      option: 'shard',
    });
  }
  const at = (place: number) => Math.floor((place * count) / of);
  return [at(index), at(index + 1)];
}
