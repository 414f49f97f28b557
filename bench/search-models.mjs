// The 1, 10 and 100 nearest of 454,714 rows for 3,000 probes, by cosine and by every linear model, against faiss.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { runWatched } from './anonymous-memory.mjs';
import { firstRows, fullSize } from './full-size.mjs';
import { median, ratios } from './measure.mjs';
import { findPython, openPeer } from './python.mjs';

const PROBES = 3000;
const COUNTS = [1, 10, 100];
const MODELS = ['whiten', 'pca(128)', 'lda', 'wccn'];
/** How much faster than faiss a measure has been at least; 1 where it is not named. */
const LEAST = { cosine: 1.4, 'pca(128)': 0.5 };

export async function searchModels({ root, cli, folder, rounds }) {
  const python = findPython(['numpy', 'scipy', 'faiss'], 'searches beside faiss');
  if (!python) return [];
  const full = fullSize(cli, folder);
  const test = { ...full, train: join(folder, 'full', 'test_set.npy') };
  const probes = firstRows(test, PROBES, folder, 'probes').train;
  const peer = openPeer(python, join(root, 'bench', 'peers', 'search.py'), [full.train, probes]);
  const all = { cli, folder, peer, gallery: full.train, probes, rounds: Math.min(rounds, 3) };
  const measured = [];
  try {
    measured.push(await beside(all, 'cosine', 'cosine', ['-m', 'cosine'], [full.train, probes]));
    for (const [place, pipeline] of MODELS.entries()) {
      const file = (name) => join(folder, `${name}-${place}`);
      const model = file('search.model');
      run(cli, [
        'fit',
        '-e',
        full.train,
        '-l',
        full.labels,
        '-m',
        pipeline,
        '-o',
        model,
        '-f',
        '-q',
      ]);
      const mapped = [full.train, probes].map((rows, side) => {
        const output = `${file(`mapped-${side}`)}.npy`;
        const args = [
          'transform',
          '--model',
          model,
          '-e',
          rows,
          '-o',
          output,
          '-f',
          '-q',
          '--json',
        ];
        return { output, metric: JSON.parse(run(cli, args)).metric };
      });
      const [{ metric }] = mapped;
      const files = mapped.map(({ output }) => output);
      measured.push(await beside(all, pipeline, metric, ['--model', model], files));
    }
  } finally {
    peer.close();
  }
  return [
    {
      title: `The nearest of 454,714 rows × 512 for ${PROBES} probes`,
      header: ['measure', 'k', 'identify s', 'faiss s', 'faiss / identify', 'ties'],
      rows: measured.flatMap(({ rows }) => rows),
      note: `Medians of ${all.rounds} rounds in turn. identify is a whole process that reads files; faiss has the rows mapped by \`transform\`, normalised for cosine and added before. Rows were the same before, but for ties below 1e-6.`,
      bars: measured.flatMap(({ bars }) => bars),
      raw: measured.flatMap(({ raw }) => raw),
      versions: python.versions,
    },
  ];
}

/** A measure as \`identify\` takes it, against an index of rows that are mapped for it. */
async function beside({ cli, folder, peer, gallery, probes, rounds }, name, metric, args, files) {
  await peer.ask({ do: 'open', metric, gallery: files[0], probes: files[1] });
  const [rows, bars, raw] = [[], [], []];
  for (const k of COUNTS) {
    const output = join(folder, 'models-hits.npy');
    const command = ['identify', '-g', gallery, '--probes', probes, '-k', `${k}`, ...args];
    const whole = () => runWatched(process.execPath, [cli, ...command, '-o', output, '-f', '-q']);
    const faiss = () => peer.ask({ do: 'search', k });
    // The round without a clock; only who has the same answers is timed.
    await whole();
    await faiss();
    const { differences } = await peer.ask({ do: 'compare', hits: output });
    const beyond = differences.find(({ tie }) => !tie);
    if (beyond) throw new Error(`${name}: the answers differ: ${JSON.stringify(beyond)}`);
    const times = { whole: [], faiss: [] };
    for (let round = 0; round < rounds; round += 1) {
      times.whole.push((await whole()).seconds);
      times.faiss.push((await faiss()).seconds);
    }
    const ratio = ratios(times.faiss, times.whole).median;
    const seconds = [times.whole, times.faiss].map((each) => median(each).toFixed(2));
    rows.push([name, `${k}`, ...seconds, ratio.toFixed(1), `${differences.length}`]);
    bars.push({
      name: `faiss / identify: ${name}, k = ${k}`,
      measured: ratio,
      least: LEAST[name] ?? 1,
      goal: 8,
    });
    raw.push({ name, k, ...times });
  }
  await peer.ask({ do: 'close' });
  return { rows, bars, raw };
}

function run(cli, args) {
  const done = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${args[0]} ended with ${done.status}: ${done.stderr}`);
  return done.stdout;
}
