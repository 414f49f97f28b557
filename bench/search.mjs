// Searching 454,714 rows: many probes, one probe; and other metrics in 11,605 rows.
import { join } from 'node:path';
import { fullSize } from './full-size.mjs';
import { findPython, openPeer } from './python.mjs';
import { searchMany } from './search-many.mjs';
import { searchNonlinear } from './search-nonlinear.mjs';
import { searchOne } from './search-one.mjs';

export async function search({ library, root, cli, folder, rounds }) {
  const python = findPython(['numpy', 'scipy', 'faiss'], 'searches beside faiss and SciPy');
  if (!python) return [];
  const { train } = fullSize(cli, folder);
  const test = join(folder, 'full', 'test_set.npy');
  const peer = openPeer(python, join(root, 'bench', 'peers', 'search.py'), [train, test]);
  const rows = library.openEmbeddingsSync(train);
  const probes = library.openEmbeddingsSync(test);
  const all = { library, cli, folder, peer, rows, probes, train, test };
  try {
    const many = await searchMany({ ...all, rounds: Math.min(rounds, 5) });
    const others = [await searchOne(all), await searchNonlinear(all)];
    return [{ ...many, versions: python.versions }, ...others];
  } finally {
    peer.close();
    rows.close();
    probes.close();
  }
}
