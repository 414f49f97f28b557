/** Cheap checks that inputs belong together: what is in range may still be the wrong file. */
import { realpathSync } from 'node:fs';
import type { IgnoredColumn, Meaning } from './csv/ignored.js';
import { Embeddings, type EmbeddingsSource } from './embeddings.js';
import type { MetricOptions } from './metric-options.js';
import type { PairIndices } from './score-pairs.js';
import type { Warning } from './warning.js';

/** With fewer pairs than this, chance explains everything. */
const FEW_PAIRS = 20;
/** AUROC this near to ½ is what chance gives. */
const NEAR_CHANCE = 0.05;
/** Rows left alone above this share leave row 0 alone too often for a sign. */
const RARE = 0.05;

/**
 * Remarks on row numbers that fit a matrix of `rows` rows and yet look wrong: counted from 1, or of
 * another matrix. Names cannot be so. Cost: a pass over the pairs; where none names row 0, another and a byte a row.
 */
export function pairWarnings(pairs: PairIndices & { names?: unknown }, rows: number): Warning[] {
  const { index1, index2, names } = pairs;
  if (index1.length < FEW_PAIRS || names !== undefined) return [];
  const half = rows / 2 - 1;
  if (!reaches(index1, half) && !reaches(index2, half)) {
    const largest = Math.max(greatest(index1), greatest(index2));
    const text =
      `the pairs name rows 0 to ${largest} of a matrix of ${rows}: if they are of another matrix, ` +
      'name that one with option embeddings';
    return [{ code: 'other-matrix', text }];
  }
  const alone = index1.includes(0) || index2.includes(0) ? 0 : rowsAlone(pairs, rows);
  if (alone > 0 && (index1.includes(1) || index2.includes(1)) && alone <= RARE * rows) {
    const text =
      `row 0 is in no pair, though ${rows - alone} of ${rows} rows are: if option pairs counts rows ` +
      'from 1, subtract 1 from each of its row numbers';
    return [{ code: 'rows-from-one', text }];
  }
  return [];
}

/** True if a row has this number or a larger one. Of most lists that is seen at their beginning. */
function reaches(rows: Uint32Array, least: number): boolean {
  // By number: an iterator costs milliseconds before it is compiled.
  for (let at = 0; at < rows.length; at += 1) if ((rows[at] as number) >= least) return true;
  return false;
}

function greatest(rows: Uint32Array): number {
  let greatest = 0;
  for (let at = 0; at < rows.length; at += 1) greatest = Math.max(greatest, rows[at] as number);
  return greatest;
}

/** Of so many rows those that are in no pair. */
function rowsAlone({ index1, index2 }: PairIndices, rows: number): number {
  const touched = new Uint8Array(rows);
  for (const side of [index1, index2]) for (const row of side) touched[row] = 1;
  return touched.reduce((count, mark) => count - mark, rows);
}

/**
 * The remarks on an evaluation with what its AUROC tells of the inputs: near ½ they do not belong
 * together, and a sign that looks flipped has a cure. `check` says what to look at first.
 */
export function chanceWarnings(
  figures: {
    auroc: { value: number | null };
    genuine: number;
    impostors: number;
    warnings: Warning[];
  },
  check: string,
): Warning[] {
  const { auroc, genuine, impostors, warnings } = figures;
  const enough = Math.min(genuine, impostors) >= FEW_PAIRS;
  if (!enough || !isNearChance(auroc.value)) {
    const cured = ({ code, text }: Warning) =>
      code === 'sign-flipped' ? { code, text: `${text} ${check}` } : { code, text };
    return warnings.map(cured);
  }
  const others = warnings.filter(({ code }) => code !== 'sign-flipped');
  const text = `AUROC ${auroc.value?.toFixed(4)} is what chance gives, as if the inputs did not belong together. ${check}`;
  return [...others, { code: 'near-chance', text }];
}

/** Searches below this number find a mate by chance too easily. */
const FEW_SEARCHES = 50;

/**
 * A remark on searches whose nearest row is of the right person as seldom as a row at random is.
 * `chance` is the mean share of mates among the candidates of a mated probe.
 */
export function rankWarnings(mated: number, firstRate: number, chance: number): Warning[] {
  const expected = mated * chance;
  // Three standard deviations of a count of rare events.
  if (mated < FEW_SEARCHES || mated * firstRate > expected + 3 * Math.sqrt(expected)) return [];
  const text =
    `rank 1 finds ${Math.round(mated * firstRate)} of ${mated} mates, as rows at random would: are ` +
    'option galleryLabels and option probeLabels in the order of the rows?';
  return [{ code: 'near-chance', text }];
}

/** True for an AUROC that says nothing. */
export function isNearChance(auroc: number | null): boolean {
  return auroc !== null && Math.abs(auroc - 0.5) < NEAR_CHANCE;
}

/** What to do about a column that is ignored. */
const CURES: Readonly<Record<Meaning, string>> = {
  same: 'if it is the truth, name this file with option truth as well',
  fold: 'name a file of Id and fold with option folds',
  camera: 'rows of one camera are compared too; identify can leave them out',
  template: 'each row stands alone: average the rows of a template first',
  group: 'name a file of index or Id and group with option groups',
};

/**
 * Remarks on columns that mean something and are ignored, for the meanings that matter here; `cure` says
 * what to do, where it is not the same for all commands.
 */
export function columnWarnings(
  file: string,
  ignored: readonly IgnoredColumn[] | undefined,
  matter: readonly Meaning[],
  cure?: string,
): Warning[] {
  return (ignored ?? []).flatMap(({ column, meaning }) => {
    if (!matter.includes(meaning)) return [];
    const text = `the column ${column} of ${file} is ignored: ${cure ?? CURES[meaning]}`;
    return [{ code: 'ignored-column', text }];
  });
}

/** A remark on a center that is the mean of the rows to be scored. */
export function centerWarnings(
  center: MetricOptions['center'],
  scored: EmbeddingsSource,
): Warning[] {
  const own = center === 'mean' || (isFile(center) && isSameFile(center, fileOf(scored)));
  if (!own) return [];
  const text =
    'the mean that option center subtracts is that of the rows scored (transductive: each distance ' +
    'depends on all of them). It helps where all rows are moved alike and hurts where a part of them ' +
    'is: compare with option center none';
  return [{ code: 'transductive-center', text }];
}

/** A remark on probes that are the rows of the gallery, each of which finds itself. */
export function ownRowWarnings(gallery: EmbeddingsSource, probes: EmbeddingsSource): Warning[] {
  const file = fileOf(gallery);
  if (gallery !== probes && !(file !== undefined && isSameFile(file, fileOf(probes)))) return [];
  const text =
    'the probes are the rows of the gallery, and each finds itself first. Leave out option probes to search ' +
    'each row among the others';
  return [{ code: 'own-rows', text }];
}

/** A remark on a model whose center is the mean of other rows than those it learns from. */
export function modelCenterWarnings(
  center: MetricOptions['center'],
  learned: EmbeddingsSource,
): Warning[] {
  if (!isFile(center) || isSameFile(center, fileOf(learned))) return [];
  const text =
    'option center is a mean of other rows than those that the model learns from. If those rows are ' +
    'scored, it is transductive, and hurts where a part of them differs from the rest: compare with ' +
    'option center train';
  return [{ code: 'transductive-center', text }];
}

function isFile(center: MetricOptions['center']): center is string {
  return typeof center === 'string' && !['none', 'mean', 'train'].includes(center);
}

function fileOf(source: EmbeddingsSource): string | undefined {
  return Embeddings.is(source) ? source.file : typeof source === 'string' ? source : undefined;
}

/** True if both names lead to one file. */
function isSameFile(one: string, other: string | undefined): boolean {
  if (other === undefined) return false;
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    // A file that cannot be found is refused where it is opened.
    return false;
  }
}
