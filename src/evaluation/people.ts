/** Identities behind pairs, as far as they can be known. */
import { type JobOptions, runJob } from '../job.js';
import type { PairIndices } from '../score-pairs.js';
import type { Evaluation } from './result.js';
import type { PairIdentities } from './trials.js';
import { counted } from '../counted.js';

/** Who is behind the pairs, and what a reader should know of the list itself. */
export interface KnownPeople {
  people: PairIdentities | undefined;
  warnings: Evaluation['warnings'];
}

/**
 * The identities on either side of each pair: those that were given, or, from rows alone, the sets
 * of rows that genuine pairs join. A list whose truth contradicts itself tells nobody.
 */
export async function knownPeople(
  same: Uint8Array,
  options: {
    pairs?: PairIndices | undefined;
    people?: PairIdentities | undefined;
    firstRows?: number | undefined;
  } & JobOptions,
): Promise<KnownPeople> {
  const { pairs, people, firstRows = 0 } = options;
  if (pairs === undefined || same.length === 0) return { people, warnings: [] };
  const seconds = firstRows === 0 ? pairs.index2 : pairs.index2.map((row) => firstRows + row);
  const graph = await runJob({ signal: options.signal }, (native, job) =>
    native.pairGraph(pairs.index1, seconds, same, job),
  );
  const warnings: Evaluation['warnings'] = [];
  const warn = (code: string, text: string) => warnings.push({ code, text });
  if (graph.repeated > 0) {
    warn(
      'repeated-pairs',
      `${counted(graph.repeated, 'pair')} of the list ${graph.repeated === 1 ? 'occurs' : 'occur'} again in it`,
    );
  }
  if (graph.loops > 0) {
    warn(
      'closed-loops',
      `${counted(graph.loops, 'genuine pair')} close loops: their truth follows from other pairs, ` +
        'so identities can be read off the list without looking at an embedding',
    );
  }
  if (graph.contradictions > 0) {
    warn(
      'contradicting-truth',
      `${counted(graph.contradictions, 'impostor pair')} join rows that genuine pairs call one ` +
        `person, first pair ${graph.contradiction} of the list`,
    );
  }
  if (people !== undefined) return { people, warnings };
  if (graph.contradictions > 0) return { people: undefined, warnings };
  const { first, second, count, singleRows } = graph;
  const single =
    singleRows === 0
      ? ''
      : `, of whom ${singleRows} are single rows; intervals are too narrow where those belong together`;
  warn(
    'identities-from-pairs',
    `identities are read off the genuine pairs: ${counted(count, 'person')}${single}`,
  );
  return { people: { first, second }, warnings };
}
