// What a TypeScript program writes; compiled as an ES module, as CommonJS and for a bundler.
import {
  AbortError,
  type Embeddings,
  HackfaceError,
  openEmbeddings,
  type Pairs,
  readPairs,
  type ScoreSummary,
  score,
  scorePairs,
} from 'hackface-native';

export async function distances(npy: string, csv: string): Promise<Float64Array> {
  const embeddings: Embeddings = await openEmbeddings(npy);
  const pairs: Pairs = await readPairs(csv, { rows: embeddings.rows });
  try {
    return await scorePairs(embeddings, pairs, {
      metric: 'cosine',
      signal: AbortSignal.timeout(1000),
    });
  } catch (error) {
    if (error instanceof HackfaceError) console.error(error.code, error.hint?.length);
    if (error instanceof AbortError) console.error(error.cause);
    throw error;
  } finally {
    embeddings.close();
  }
}

export const whole: Promise<ScoreSummary> = score({
  embeddings: 'a.npy',
  pairs: 'a.csv',
  output: 'b.csv',
});

// @ts-expect-error pairs are files or arrays, not numbers
export const wrong = score({ embeddings: 'a.npy', pairs: 7, output: 'b.csv' });
