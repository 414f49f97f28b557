// The nearest row by metrics that are no function of an inner product, against SciPy's cdist.
import { readRows } from './full-size.mjs';
import { median, ratios } from './measure.mjs';

const METRICS = ['cityblock', 'canberra', 'chebyshev'];
const PROBES = 2000;
const ROUNDS = 3;

export async function searchNonlinear({ library, peer, probes: stored, train }) {
  const asked = readRows(train, PROBES);
  const section = { rows: [], bars: [], raw: {} };
  for (const metric of METRICS) {
    const gallery = await library.Gallery.open(stored, { metric });
    const times = { search: [], one: [], two: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      const begin = performance.now();
      const hits = await gallery.search(asked, 1);
      times.search.push((performance.now() - begin) / 1000);
      for (const [name, threads] of Object.entries({ one: 1, two: 2 })) {
        const found = await peer.ask({ do: 'cdist', metric, first: PROBES, threads });
        requireSame(metric, hits, found);
        times[name].push(found.seconds);
      }
    }
    gallery.close();
    const [byOne, byTwo] = [times.one, times.two].map((each) => ratios(each, times.search).median);
    const shown = Object.values(times).map((each) => median(each).toFixed(2));
    section.rows.push([metric, ...shown, byOne.toFixed(1), byTwo.toFixed(1)]);
    section.bars.push({ name: `cdist / search, ${metric}`, measured: byOne, least: 3 });
    section.raw[metric] = times;
  }
  return {
    title: `The nearest by other metrics: ${PROBES} probes in ${stored.rows} rows × ${stored.dim}`,
    header: [
      'metric',
      'search s',
      'cdist s',
      '2 threads s',
      'cdist / search',
      '2 threads / search',
    ],
    note: `Medians of ${ROUNDS} rounds in turn. cdist has rows widened to float64 before; its time counts finding the least of each row. 2 threads: the probes in halves. Rows were found equal, distances within 1e-12.`,
    ...section,
  };
}

function requireSame(metric, hits, { rows, distances }) {
  for (const [probe, distance] of distances.entries()) {
    const error = Math.abs(hits.distances[probe] - distance);
    const same = hits.rows[probe] === rows[probe] || error === 0;
    if (same && error <= 1e-12 * distance) continue;
    throw new Error(`the answers differ: ${metric}, probe ${probe}, ${hits.distances[probe]}`);
  }
}
