/** The line on standard error that follows a job. */
import type { Embeddings } from '../embeddings.js';
import type { Progress } from '../job.js';
import { stopwatch } from '../stopwatch.js';
import { isLive, overwrite, say } from './terminal.js';

/** A line on standard error that follows a job. */
export interface ProgressLine {
  /** The callback `onProgress`; undefined where nothing is shown. */
  show: ((progress: Progress) => void) | undefined;
  /** Removes the line. */
  clear: () => void;
}

/** Phases whose units are rows of the matrix, each read once. */
const READS_ROWS = new Set(['rows', 'fit', 'folds', 'fingerprint']);
/** Time before a line is shown. */
const PATIENCE_MS = 300;
/** Time between lines where they stay, as in a log. */
const LOG_MS = 60_000;
const BAR = 24;

/**
 * A progress line for `label`: one that is written over on a terminal, elsewhere one a minute. With the
 * bytes of a row it says how many bytes a second are read, in the phases that read rows.
 */
export function progressLine(label: string, wanted: boolean, rowBytes?: number): ProgressLine {
  if (!wanted) return { show: undefined, clear: () => undefined };
  const live = isLive();
  const elapsed = stopwatch();
  let next = live ? PATIENCE_MS : LOG_MS;
  let phase = '';
  let phaseStarted = 0;
  let shown = false;
  return {
    show(progress) {
      const now = elapsed() * 1000;
      if (progress.phase !== phase) {
        phase = progress.phase;
        phaseStarted = now;
      }
      if (now < next) return;
      const text = describeProgress(label, progress, (now - phaseStarted) / 1000, rowBytes);
      if (live) overwrite(text);
      else say([text]);
      shown = live;
      if (!live) next = now + LOG_MS;
    },
    clear() {
      if (shown) overwrite('');
      shown = false;
    },
  };
}

/** Runs a job with a progress line, unless the flags ask for none; as {@link progressLine}. */
export async function withProgress<T>(
  label: string,
  { json, quiet, progress }: Record<'json' | 'quiet' | 'progress', boolean | undefined>,
  work: (onProgress: ProgressLine['show']) => Promise<T>,
  rowBytes?: number,
): Promise<T> {
  const line = progressLine(label, progress === true && !quiet && !json, rowBytes);
  try {
    return await work(line.show);
  } finally {
    line.clear();
  }
}

/** One line: phase, bar, share, units done, units and bytes a second, time to the end of the phase. */
export function describeProgress(
  label: string,
  { phase, done, total }: Progress,
  seconds: number,
  rowBytes?: number,
): string {
  const share = total > 0 ? Math.min(done / total, 1) : 0;
  const filled = Math.round(share * BAR);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR - filled);
  const rate = seconds > 0 ? done / seconds : 0;
  const left = rate > 0 ? `  eta ${clock((total - done) / rate)}` : '';
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  const reads = rowBytes !== undefined && READS_ROWS.has(phase);
  const bytes = reads ? `  ${((rate * rowBytes) / 1e9).toFixed(2)} GB/s` : '';
  const unit = reads ? ' rows' : '';
  return `${label}  ${phase} ${bar} ${percent}  ${amount(done, total)}${unit}  ${amount(rate)}${unit}/s${bytes}${left}`;
}

/** Bytes of a row of an open matrix, for {@link progressLine}. */
export function bytesOfRow({ dim, dtype }: Pick<Embeddings, 'dim' | 'dtype'>): number {
  return (dim * Number(/(?<!\d)\d+$/.exec(dtype)?.[0] ?? 0)) / 8;
}

/** `1.1 of 2.0 million`, or one number alone. */
function amount(...counts: number[]): string {
  const [unit, word] = Math.max(...counts) < 1e6 ? [1, ''] : [1e6, ' million'];
  const digits = unit === 1 ? 0 : 1;
  return `${counts.map((count) => (count / unit).toFixed(digits)).join(' of ')}${word}`;
}

function clock(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
