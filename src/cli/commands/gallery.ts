/** `gallery`: a file of people to search, made, grown, searched and described. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { shortestDecimal } from '../../csv/decimal.js';
import { readLabels } from '../../csv/labels.js';
import { readNames } from '../../csv/names.js';
import { quoteCell } from '../../csv/quote.js';
import { openEmbeddings } from '../../embeddings.js';
import { Gallery, type GalleryInfo, type Hits } from '../../gallery.js';
import type { RowNames } from '../../gallery-names.js';
import type { JobOptions } from '../../job.js';
import { choice, command, input, type Parsed, text, toggle, value } from '../flags.js';
import { number, wholeNumber } from '../parsers.js';
import { withProgress } from '../progress.js';
import * as shared from '../shared-flags.js';
import { print, say } from '../terminal.js';

const FLAGS = {
  'Rows to add:': {
    embeddings: input('-e, --embeddings <file>', '.npy matrix; makes the gallery if there is none'),
    names: input('--names <file>', 'a key for each row, one a line or in a column name'),
    labels: input('-l, --labels <file>', 'CSV with the person of each row, in a column class'),
  },
  'Measure of a new gallery:': {
    metric: shared.metric('the metric'),
    normalize: choice('--normalize <how>', 'divide each row by its norm', ['none', 'l2']),
    model: input('--model <file>', 'a model that fit wrote, instead of a metric').conflicts([
      'metric',
      'normalize',
    ]),
  },
  'Change:': {
    remove: text('--remove <key>', 'remove the row of a key'),
    compact: toggle('--compact', 'write what the journal holds into the file'),
    verify: toggle('--verify', 'compare all rows with their sums'),
  },
  'Search:': {
    probes: input('--probes <file>', '.npy matrix; prints the nearest rows of each row of it'),
    top: value('--top <n>', 'nearest rows or people', wholeNumber(1, 2 ** 31)).or(10),
    fuse: choice('--fuse <how>', 'find people in the place of rows', ['min', 'mean', 'template']),
    maxDistance: value(
      '--max-distance <d>',
      'leave out what is farther',
      number('a number', Number.isFinite),
    ),
  },
  'Output:': shared.messages(),
  'Run:': { threads: shared.threads() },
};

const AFTER = `
Examples:
  $ hackface-native gallery people.gallery -e train_set.npy -l train_labels.csv
  $ hackface-native gallery people.gallery --probes test_set.npy --top 3 --fuse min
  $ hackface-native gallery people.gallery`;

export function galleryCommand(): Command {
  const about = 'Make a gallery file, add to it, remove from it, search it, or say what it is.';
  return command('gallery', about, FLAGS, AFTER)
    .argument('<file>', 'the gallery file; changes go to the journal beside it')
    .action(run);
}

type Flags = Parsed<typeof FLAGS>;

async function run(file: string, flags: Flags): Promise<void> {
  const { threads, embeddings, remove, compact, verify, probes, json, quiet } = flags;
  const isNew = embeddings !== undefined && !existsSync(file);
  if (isNew) await make(file, embeddings, flags);
  const journal = remove !== undefined || compact === true || (embeddings !== undefined && !isNew);
  const { metric, normalize, model } = flags;
  const gallery = await Gallery.openFile(file, {
    journal,
    threads,
    ...(isNew ? {} : { metric, normalize, model }),
  });
  try {
    if (embeddings !== undefined && !isNew) {
      const names = await namesOf(flags);
      await during('adding', flags, (job) => gallery.add(embeddings, { ...names, ...job }));
    }
    if (remove !== undefined) await gallery.remove(remove);
    if (compact) await during('compact', flags, (job) => gallery.compact(job));
    if (verify) await during('verify', flags, (job) => gallery.verify(job));
    const about = gallery.info();
    const hits = probes === undefined ? undefined : await found(gallery, probes, flags);
    if (json) print([JSON.stringify({ file, ...about, ...(hits && { hits: hitsOf(hits) }) })]);
    else if (hits) print(linesOf(hits));
    else if (!quiet) say(described(file, about));
  } finally {
    gallery.close();
  }
}

function during<T>(label: string, flags: Flags, work: (job: JobOptions) => Promise<T>): Promise<T> {
  const { threads } = flags;
  return withProgress(label, flags, (onProgress) => work({ threads, onProgress }));
}

function found(gallery: Gallery, probes: string, flags: Flags): Promise<Hits> {
  const { fuse, maxDistance, top } = flags;
  return during('search', flags, (job) =>
    fuse === undefined
      ? gallery.search(probes, top, { maxDistance, ...job })
      : gallery.identify(probes, top, { maxDistance, fuse, ...job }),
  );
}

/** Makes the gallery file of rows. */
async function make(file: string, rows: string, flags: Flags): Promise<void> {
  const { metric, normalize, model, threads } = flags;
  const names = await namesOf(flags);
  const gallery = await Gallery.open(rows, { metric, normalize, model, threads, ...names });
  try {
    await during('saving', flags, (job) => gallery.save(file, job));
  } finally {
    gallery.close();
  }
}

/** The names of the rows to add. */
async function namesOf({ embeddings = '', names, labels }: Flags): Promise<RowNames> {
  const keys = names === undefined ? undefined : [...(await readNames(names)).texts()];
  if (labels === undefined) return { keys };
  const matrix = await openEmbeddings(embeddings);
  try {
    const { classes, names: people } = await readLabels(labels, { rows: matrix.rows });
    return { keys, labels: Array.from(classes, (person) => people[person] ?? '') };
  } finally {
    matrix.close();
  }
}

/** The hits of each probe as objects. */
function hitsOf({ probes, starts, rows, distances, keys, labels }: Hits) {
  return Array.from({ length: probes }, (_, probe) => {
    const [first, end] = [starts[probe] ?? 0, starts[probe + 1] ?? 0];
    return Array.from({ length: end - first }, (_, i) => {
      const at = first + i;
      const named = { ...(keys && { key: keys[at] }), ...(labels && { label: labels[at] }) };
      return { row: rows[at] ?? 0, distance: distances[at] ?? Number.NaN, ...named };
    });
  });
}

function linesOf(hits: Hits): string[] {
  const header = ['probe', 'rank', 'row', 'distance', hits.keys && 'key', hits.labels && 'label'];
  const lines = hitsOf(hits).flatMap((of, probe) =>
    of.map(({ row, distance, ...named }, i) =>
      [
        probe,
        i + 1,
        row,
        shortestDecimal(distance, 64),
        ...Object.values(named).map((name) => quoteCell(name ?? '')),
      ].join(','),
    ),
  );
  return [header.filter(Boolean).join(','), ...lines];
}

function described(file: string, about: GalleryInfo): string[] {
  const { size, rows, dim, keys, labels, metric, normalize, centered, journal, warnings } = about;
  const names = [keys && 'keys', labels && 'labels'].filter(Boolean).join(' and ') || 'no names';
  const how = [centered && 'centered', normalize === 'l2' && 'of unit length'].filter(Boolean);
  const measure = metric === null ? 'a model' : [metric, ...how].join(', ');
  const gone = rows > size ? `, ${rows - size} more removed` : '';
  return [
    `${file}: ${size} rows of ${dim} columns${gone}, with ${names}, by ${measure}`,
    ...(journal ? [`journal: ${journal.records} changes, ${journal.bytes} bytes`] : []),
    ...warnings,
  ];
}
