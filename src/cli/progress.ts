import type { Progress } from '../job.js';
import { isLive, say } from './terminal.js';

/** A line on standard error that follows a job. */
export interface ProgressLine {
  /** For `onProgress`; undefined where nothing is shown. */
  show: ((progress: Progress) => void) | undefined;
  /** Removes the line. */
  clear: () => void;
}

/** Work shorter than this shows nothing. */
const PATIENCE_MS = 300;
const BAR = 24;

/** A progress line for `label`, on a terminal only. */
export function progressLine(label: string, wanted: boolean): ProgressLine {
  if (!wanted || !isLive()) return { show: undefined, clear: () => undefined };
  const started = performance.now();
  let phase = '';
  let phaseStarted = started;
  let shown = false;
  return {
    show(progress) {
      const now = performance.now();
      if (progress.phase !== phase) {
        phase = progress.phase;
        phaseStarted = now;
      }
      if (now - started < PATIENCE_MS) return;
      shown = true;
      say(`\r\u001b[K${describe(label, progress, (now - phaseStarted) / 1000)}`);
    },
    clear() {
      if (shown) say('\r\u001b[K');
      shown = false;
    },
  };
}

function describe(label: string, { phase, done, total }: Progress, seconds: number): string {
  const share = total > 0 ? Math.min(done / total, 1) : 0;
  const filled = Math.round(share * BAR);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR - filled);
  const rate = seconds > 0 ? done / seconds : 0;
  const left = rate > 0 ? `  eta ${clock((total - done) / rate)}` : '';
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  return `${label}  ${phase} ${bar} ${percent}  ${short(done)}/${short(total)}  ${short(rate)}/s${left}`;
}

function short(count: number): string {
  if (count < 1000) return String(Math.round(count));
  if (count < 1e6) return `${(count / 1e3).toPrecision(3)}k`;
  return `${(count / 1e6).toPrecision(3)}M`;
}

function clock(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
