// One probe at a time in a gallery made ready, against reading the memory of that gallery once.
import { readRows } from './full-size.mjs';
import { median, ratios } from './measure.mjs';

const K = 10;
const BLOCKS = 10;
const BLOCK = 100;
/** Bytes of a row made ready that are no codes: four numbers of single precision. */
const BESIDE = 16;

export async function searchOne({ library, peer, rows, test }) {
  const probes = readRows(test, BLOCKS * BLOCK);
  const one = (i) => {
    const data = probes.data.subarray(i * probes.dim, (i + 1) * probes.dim);
    return { data, rows: 1, dim: probes.dim };
  };
  const gallery = await library.Gallery.open(rows, { metric: 'cosine' });
  const right = await gallery.search(probes, K);
  const prepared = rows.rows * (rows.dim + BESIDE);
  const blocks = { search: [], prepared: [], rows: [] };
  for (let block = 0; block < BLOCKS; block += 1) {
    const times = [];
    for (let i = block * BLOCK; i < (block + 1) * BLOCK; i += 1) {
      const begin = performance.now();
      const hits = await gallery.search(one(i), K);
      times.push(performance.now() - begin);
      const same = hits.rows.every((row, rank) => row === right.rows[i * K + rank]);
      if (!same) throw new Error(`the answers differ: probe ${i} alone and among others`);
    }
    blocks.search.push(times);
    for (const [name, what] of Object.entries({ prepared, rows: 'rows' })) {
      const { seconds } = await peer.ask({ do: 'read', what, times: BLOCK / 5 });
      blocks[name].push(seconds.map((s) => s * 1000));
    }
  }
  gallery.close();
  const row = (name, what, bytes) => {
    const times = blocks[what].flat();
    const shown = [median(times), percentile(times, 0.99), Math.min(...times)];
    const speed = bytes / median(times) / 1e6;
    return [name, ...shown.map((ms) => ms.toFixed(2)), speed.toFixed(1)];
  };
  const over = (what) => ratios(blocks.search.map(median), blocks[what].map(median)).median;
  const float32 = rows.rows * rows.dim * 4;
  return {
    title: `One probe: the ${K} nearest by cosine of ${rows.rows} rows made ready`,
    header: ['what', 'median ms', '99th percentile ms', 'least ms', 'GB / s'],
    rows: [
      row('Gallery.search', 'search', prepared),
      row('NumPy adds up as many bytes, int64, 2 threads', 'prepared', prepared),
      row('NumPy adds up the float32 rows in the same way', 'rows', float32),
    ],
    note: `${BLOCKS * BLOCK} probes, one after another, in turn with the readings; answers are those of all at once. Made ready, a row takes ${rows.dim + BESIDE} bytes.`,
    bars: [
      { name: 'one probe / reading what is made ready', measured: over('prepared'), most: 1.3 },
      { name: 'one probe / reading the float32 rows', measured: over('rows'), most: 0.5 },
    ],
    raw: blocks,
  };
}

function percentile(values, share) {
  return [...values].sort((a, b) => a - b)[Math.ceil(share * values.length) - 1];
}
