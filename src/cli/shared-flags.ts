/** Flags that several commands share. */
import { choice, input, text, toggle, value } from './flags.js';
import { wholeNumber } from './parsers.js';

export const threads = () =>
  value(
    '--threads <n>',
    'threads, 1 to 1024 (default: HACKFACE_THREADS, or what this process may use)',
    wholeNumber(1, 1024),
  );

export const cpu = () =>
  choice('--cpu <set>', 'instruction set; changes no result', [
    'auto',
    'scalar',
    'avx2',
    'avx512',
    'neon',
  ]).shows(() => 'auto');

export const io = () =>
  choice('--io <how>', 'map .npy files, or read them; changes no result', ['mmap', 'read']).shows(
    () => 'mmap',
  );

export const seed = (about: string) =>
  value('--seed <n>', about, wholeNumber(0, 2 ** 31)).shows(() => 0);

/** Which rows to learn from. */
export const trainingRows = () => ({
  labels: input('-l, --labels <file>', 'CSV of [index,]class; - is standard input'),
  ignoreClass: text('--ignore-class <name>', 'leave out the rows of this class, as if unlabelled'),
  subset: input('--subset <file>', 'CSV with a column index: only these rows are used'),
  maxPerClass: value(
    '--max-per-class <n>',
    'leave out rows of a class beyond this many',
    wholeNumber(1, 2 ** 31),
  ),
  skipInvalid: toggle('--skip-invalid', 'leave out rows with NaN or infinity, and count them'),
});

export const force = () => toggle('-f, --force', 'replace files that are already there');
export const json = () => toggle('--json', 'one JSON object instead of text');
export const quiet = () => toggle('-q, --quiet', 'no messages but errors');
export const progress = () => toggle('--no-progress', 'no progress line');

/** What a command says while it runs and at its end. */
export const messages = () => ({ json: json(), quiet: quiet(), progress: progress() });
