/** Shards: contiguous ranges of a list or of rows, each the work of one process. */
import { look, wholeNumber, wrongArgument } from './arguments.js';
import { HackfaceError } from './errors.js';

/** One of several shards. */
export interface Shard {
  /** Number of the shard, from 0. */
  index: number;
  /** Number of all shards. */
  of: number;
}

const requireCount = wholeNumber(1, 2 ** 20, wrongArgument);

/** Rule for a shard. */
export function requireShard(shard: unknown, name: string): Shard {
  const { index, of } = look(shard, 'index', 'of');
  const count = requireCount(of, `${name}.of`) as number;
  const place = wholeNumber(0, count - 1, wrongArgument)(index, `${name}.index`) as number;
  return { index: place, of: count };
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
