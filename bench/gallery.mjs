// A gallery in a server: searches of one probe, alone and eight at once, and a file of a million rows that is opened.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pbkdf2 } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { median } from './measure.mjs';

const DIM = 512;
const FEW = 10_000;
const MANY = 1_000_000;
const ALONE = 1000;
const TOGETHER = 8;
const ADDED = 200;
const JOURNALED = 512;

export async function gallery({ library, folder, rounds }) {
  return [
    await latencies(library),
    await journal(library, folder),
    await file(library, folder, rounds),
  ];
}

/** Rows of a person's likeness and noise, of unit size or so. */
function madeRows(count, seed) {
  const data = new Float32Array(count * DIM);
  let state = seed;
  for (let at = 0; at < data.length; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[at] = state / 2 ** 32 - 0.5;
  }
  return { data, rows: count, dim: DIM };
}

async function latencies(library) {
  const open = await library.Gallery.open(madeRows(FEW, 1), { metric: 'cosine' });
  const probes = madeRows(ALONE, 2);
  const probe = (i) => {
    const at = (i % ALONE) * DIM;
    return { data: probes.data.subarray(at, at + DIM), rows: 1, dim: DIM };
  };
  const search = async (i, times) => {
    const begin = performance.now();
    await open.search(probe(i), 10);
    times.push(performance.now() - begin);
  };
  for (let i = 0; i < 100; i += 1) await search(i, []);
  const alone = [];
  for (let i = 0; i < ALONE; i += 1) await search(i, alone);
  const together = [];
  const late = await atOnce((i) => search(i, together));
  const waits = [];
  const wait = await spinner(median(together));
  const lateWaiting = await atOnce(async () => {
    const begin = performance.now();
    await wait();
    waits.push(performance.now() - begin);
  });
  const adding = [];
  for (let i = 0; i < ADDED; i += 1) {
    const begin = performance.now();
    await open.add(probe(i));
    adding.push(performance.now() - begin);
  }
  const grown = [];
  for (let i = 0; i < ALONE; i += 1) await search(i, grown);
  open.close();
  const row = (name, times) => [
    name,
    median(times).toFixed(3),
    percentile(times, 0.99).toFixed(3),
    Math.max(...times).toFixed(3),
  ];
  return {
    title: `A gallery of ${FEW} × ${DIM}: the ten nearest by cosine of one probe`,
    header: ['what', 'median ms', '99th percentile ms', 'most ms'],
    rows: [
      row('one after the other', alone),
      row(`${TOGETHER} at once`, together),
      row(`${TOGETHER} at once that wait for two threads to spin as long`, waits),
      row(`one after the other, after ${ADDED} additions of one row`, grown),
      row('an addition of one row, in memory', adding),
    ],
    note: `${ALONE} searches each. The event loop was late by ${late.toFixed(1)} ms at most with ${TOGETHER} at once, and by ${lateWaiting.toFixed(1)} ms where they only wait: what is of the machine.`,
    bars: [
      { name: 'one probe, median ms', measured: median(alone), most: 0.5 },
      {
        name: `${TOGETHER} at once, 99th percentile ms`,
        measured: percentile(together, 0.99),
        most: 2,
      },
      { name: 'event loop late, ms', measured: late, most: 10 },
    ],
    raw: { alone, together, waits, grown, adding },
  };
}

/** Clients that do this one time after the other; gives how late the event loop was at most, in milliseconds. */
async function atOnce(work) {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const client = async (own) => {
    for (let i = 0; i < ALONE; i += 1) await work(i + own);
  };
  await Promise.all(Array.from({ length: TOGETHER }, (_, own) => client(own * 100)));
  delays.disable();
  return delays.max / 1e6 - 1;
}

/** A call that ends when two threads have worked for so long, which all that wait share. */
async function spinner(milliseconds) {
  const spin = (steps) =>
    new Promise((resolve) => pbkdf2('password', 'salt', steps, 32, 'sha1', () => resolve()));
  const begin = performance.now();
  await spin(100_000);
  const steps = Math.ceil((100_000 * milliseconds) / (performance.now() - begin));
  let running;
  return () => {
    running ??= Promise.all([spin(steps), spin(steps)]).then(() => {
      running = undefined;
    });
    return running;
  };
}

/** Additions that are on the disk before they are acknowledged. */
async function journal(library, folder) {
  const path = join(folder, 'journal.gallery');
  const rows = madeRows(JOURNALED, 4);
  const empty = await library.Gallery.open({ data: [], dim: DIM }, { metric: 'cosine' });
  await empty.save(path, { force: true });
  empty.close();
  const open = await library.Gallery.open(path, { journal: true });
  const add = (i) =>
    open.add({ data: rows.data.subarray(i * DIM, (i + 1) * DIM), rows: 1, dim: DIM });
  const alone = [];
  for (let i = 0; i < JOURNALED; i += 1) {
    const begin = performance.now();
    await add(i);
    alone.push(performance.now() - begin);
  }
  const begin = performance.now();
  await Promise.all(Array.from({ length: JOURNALED }, (_, i) => add(i)));
  const together = (performance.now() - begin) / JOURNALED;
  open.close();
  for (const end of ['', '.journal', '.lock']) rmSync(`${path}${end}`);
  return {
    title: `Additions of one row of ${DIM} to a gallery with a journal, each on the disk`,
    header: ['how', 'ms each'],
    rows: [
      ['one after the other', median(alone).toFixed(3)],
      [`${JOURNALED} at once`, together.toFixed(3)],
    ],
    note: 'Additions that wait for the one before are on the disk by one fsync. The median of the first, the mean of the second.',
    bars: [],
    raw: { alone, together },
  };
}

async function file(library, folder, rounds) {
  const path = join(folder, 'million.gallery');
  const rows = madeRows(MANY, 3);
  const numbers = Array.from({ length: MANY }, (_, row) => row);
  const made = await library.Gallery.open(rows, {
    metric: 'cosine',
    keys: numbers.map((row) => `key-${row}`),
    labels: numbers.map((row) => `person-${row >> 2}`),
  });
  const [opening, saving] = [[], []];
  let begin = performance.now();
  await made.save(path, { force: true });
  saving.push(performance.now() - begin);
  made.close();
  for (let round = 0; round < Math.min(rounds, 5); round += 1) {
    begin = performance.now();
    const opened = await library.Gallery.open(path);
    opening.push(performance.now() - begin);
    opened.close();
  }
  const opened = await library.Gallery.open(path);
  begin = performance.now();
  await opened.verify();
  const verifying = [performance.now() - begin];
  const probe = { data: rows.data.subarray(0, DIM), rows: 1, dim: DIM };
  const searching = [];
  for (let i = 0; i < 20; i += 1) {
    begin = performance.now();
    await opened.search(probe, 10);
    searching.push(performance.now() - begin);
  }
  opened.close();
  const gigabytes = (statSync(path).size / 1e9).toFixed(2);
  rmSync(path);
  const row = (name, times) => [name, median(times).toFixed(1), Math.max(...times).toFixed(1)];
  return {
    title: `A gallery file of ${MANY} × ${DIM} with keys and labels, ${gigabytes} GB`,
    header: ['what', 'median ms', 'most ms'],
    rows: [
      row('Gallery.save', saving),
      row('Gallery.open', opening),
      row('verify: sums and bytes to search by', verifying),
      row('search of one probe afterwards', searching),
    ],
    note: 'The file is in the memory of the system.',
    bars: [{ name: 'opening a million rows, ms', measured: median(opening), most: 200 }],
    raw: { opening, verifying, searching },
  };
}

function percentile(values, share) {
  return [...values].sort((a, b) => a - b)[Math.ceil(share * values.length) - 1];
}
