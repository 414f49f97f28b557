/** Scores of pairs and the truth about them, from files. */
import { asChecked, type Checked } from '../arguments.js';
import type { NativePart } from '../binding.js';
import { borrowing } from '../embeddings.js';
import { noPairs, openScores, people } from '../evaluation/files.js';
import { type Knowledge, readKnowledge, type TruthFiles } from '../evaluation/knowledge.js';
import { isMeasuredQuality, measureQuality } from '../evaluation/quality.js';
import type { Orientation, PairIdentities } from '../evaluation/trials.js';
import { fileFingerprint, fingerprintOf } from '../fingerprint.js';
import { inputName } from '../files/input.js';
import type { JobOptions } from '../job.js';
import { Model, modelDistances, readModel } from '../model.js';
import { pairWarnings } from '../plausible.js';
import { metricDistances } from '../score-pairs.js';
import type { Io } from '../embeddings.js';
import type { Warning } from '../warning.js';

/** The sources of the scores of pairs: files of scores, or embeddings with metrics and models. */
export interface EvidenceFiles extends TruthFiles {
  scores?: readonly string[] | undefined;
  scoreColumn?: string | undefined;
  orientation?: Orientation | undefined;
  embeddings?: string | undefined;
  metrics?: readonly string[] | undefined;
  normalize?: 'none' | 'l2' | undefined;
  models?: readonly string[] | undefined;
  io?: Io | undefined;
  /** `norm`, `centroid`, or a file of qualities. */
  quality?: string | undefined;
}

/** Scores of the same pairs by one or more parts. */
export interface Evidence {
  parts: NativePart[];
  scores: Float64Array[];
  same: Uint8Array;
  people: PairIdentities | undefined;
  orientation: Orientation | undefined;
  /** The quality of each pair: by name, by the distance to a centroid, or without either by norms. */
  quality?: { name?: string; centroid?: Float64Array; values: Float64Array } | undefined;
  warnings: Warning[];
  /** Facts for the card of the decision. */
  card: Record<string, string>;
}

/** Reads or measures the scores of every part. Errors: those of `evaluateScores` and `evaluateEmbeddings`. */
export async function readEvidence(files: Checked<EvidenceFiles & JobOptions>): Promise<Evidence> {
  return files.embeddings === undefined ? fromScores(files) : measured(files, files.embeddings);
}

async function fromScores(files: Checked<EvidenceFiles & JobOptions>): Promise<Evidence> {
  const { scores: paths = [], orientation, quality } = files;
  const { known, joinedOf } = await openScores(files);
  const scores: Float64Array[] = [];
  const sums: string[] = [];
  for (const path of paths) {
    scores.push(await joinedOf(path));
    if (inputName(path) !== '<stdin>') sums.push(await fileFingerprint(path));
  }
  return {
    parts: paths.map((path) => ({ scores: path })),
    scores,
    orientation,
    quality: qualityOf(known, quality),
    ...(await truthOf(known)),
    card: { data: paths.join(', '), data_sha256: sums.join(', ') },
  };
}

async function measured(
  files: Checked<EvidenceFiles & JobOptions>,
  file: string,
): Promise<Evidence> {
  const { metrics = [], models: paths = [], normalize } = files;
  const models: Model[] = [];
  for (const path of paths) models.push(await readModel(path));
  return borrowing(files, async (borrowed) => {
    const embeddings = borrowed.open(file);
    const { quality: given } = files;
    const known = await readKnowledge(files, { first: embeddings });
    const { pairs } = known;
    if (pairs === undefined) throw noPairs();
    known.warnings.push(...pairWarnings(pairs, embeddings.rows));
    const scores: Float64Array[] = [];
    for (const metric of metrics) {
      scores.push(await metricDistances(embeddings, pairs, asChecked({ ...files, metric })));
    }
    for (const model of models) scores.push(await modelDistances(model, embeddings, pairs, files));
    const quality = isMeasuredQuality(given)
      ? await measureQuality(given, embeddings, pairs, files)
      : qualityOf(known, given);
    const shape = `${embeddings.rows}x${embeddings.dim}`;
    return {
      parts: [
        ...metrics.map((metric) => ({ metric, ...(normalize && { normalize }) })),
        ...models.map((model) => Model.measure(model) as NativePart),
      ],
      scores,
      orientation: 'distance' as const,
      quality,
      ...(await truthOf(known)),
      card: {
        data: file,
        data_shape: shape,
        data_sha256: await fingerprintOf(embeddings, files),
      },
    };
  });
}

function qualityOf({ quality }: Knowledge, name: string | undefined): Evidence['quality'] {
  return quality && name !== undefined ? { name, values: quality } : undefined;
}

async function truthOf(known: Knowledge): Promise<Pick<Evidence, 'same' | 'people' | 'warnings'>> {
  const found = await people(known);
  return { same: known.same, people: found, warnings: known.warnings };
}
