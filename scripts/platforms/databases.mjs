// Rows mapped by a model, put into a database of vectors: it ranks as `identify` does.
//   node databases.mjs pgvector|lancedb|usearch synth|lfw10
// Prints what it found as JSON. A database keeps singles, so distances agree to their digits.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fit, Gallery, openEmbeddings, readLabels, synth } from 'hackface-native';

const [database, set] = process.argv.slice(2);
const PIPELINES = ['cosine', 'whiten', 'mahalanobis', 'lda', 'wccn', 'plda', 'xqda'];
const [K, PROBES] = [10, 50];
/** Distances that may be told apart in singles, as a share of the largest. */
const TOLERANCE = 1e-5;

/** The k nearest stored rows of each probe, by the plain measure that a map names. */
const DATABASES = {
  async pgvector({ stored, probes, dim, metric }) {
    const { PGlite } = await import('@electric-sql/pglite');
    const { vector } = await import('@electric-sql/pglite-pgvector');
    const operator = { cosine: '<=>', 'inner-product': '<#>' }[metric] ?? '<->';
    const db = await PGlite.create({ extensions: { vector } });
    const text = (row) => `[${Array.from(row).join()}]`;
    await db.exec(`CREATE EXTENSION vector; CREATE TABLE rows (id int, embedding vector(${dim}))`);
    for (const [id, row] of stored.entries()) {
      await db.query('INSERT INTO rows VALUES ($1, $2)', [id, text(row)]);
    }
    const found = [];
    for (const probe of probes) {
      const sql = `SELECT id FROM rows ORDER BY embedding ${operator} $1 LIMIT ${K}`;
      found.push((await db.query(sql, [text(probe)])).rows.map(({ id }) => id));
    }
    await db.close();
    return found;
  },
  async lancedb({ stored, probes, metric }) {
    const lancedb = await import('@lancedb/lancedb');
    const type = { cosine: 'cosine', 'inner-product': 'dot' }[metric] ?? 'l2';
    const db = await lancedb.connect('memory://');
    const rows = stored.map((row, id) => ({ id, vector: Array.from(row) }));
    const table = await db.createTable('rows', rows);
    const found = [];
    for (const probe of probes) {
      const query = table.vectorSearch(Array.from(probe)).distanceType(type).limit(K);
      found.push((await query.toArray()).map(({ id }) => Number(id)));
    }
    return found;
  },
  async usearch({ stored, probes, dim, metric }) {
    const { exactSearch, MetricKind } = (await import('usearch')).default;
    const kind =
      { cosine: MetricKind.Cos, 'inner-product': MetricKind.IP }[metric] ?? MetricKind.L2sq;
    const flat = (rows) => Float32Array.from(rows.flatMap((row) => Array.from(row)));
    const { keys } = exactSearch(flat(stored), flat(probes), dim, K, kind);
    return probes.map((_, probe) => Array.from(keys.slice(probe * K, (probe + 1) * K), Number));
  },
};

async function rowsOf(set) {
  if (set === 'synth') {
    const made = await synth({
      directory: `synth-${database}`,
      test: 9,
      pairs: 9,
      train: 900,
      dim: 48,
    });
    return [made.trainSet, made.trainLabels];
  }
  const folder = join(process.env.HACKFACE_DATA ?? '', set);
  return [join(folder, 'embeddings.npy'), join(folder, 'labels.csv')];
}

/** Rows of a map, one by one. */
const split = ({ data, rows, dim }) =>
  Array.from({ length: rows }, (_, row) => data.subarray(row * dim, (row + 1) * dim));

/** The rows of both sides as a database takes them, and the gallery that tells what is right. */
async function sidesOf(pipeline, embeddings, labels) {
  const [cut, { rows, dim }] = [embeddings.rows - PROBES, embeddings];
  const matrix = (from, to) => ({ data: embeddings.slice(from, to), rows: to - from, dim });
  const [stored, probes] = [matrix(0, cut), matrix(cut, rows)];
  if (pipeline === 'cosine') {
    const gallery = await Gallery.open(stored, { metric: 'cosine' });
    return { gallery, probes, stored: split(stored), asked: split(probes), dim, metric: 'cosine' };
  }
  const classes = labels.classes.slice(0, cut);
  const { model } = await fit({ embeddings: stored, labels: classes, pipeline });
  const [kept, query] = [await model.map(stored), await model.map(probes, { side: 'query' })];
  const gallery = await Gallery.open(stored, { model });
  const { dim: width, metric } = kept;
  return { gallery, probes, stored: split(kept), asked: split(query), dim: width, metric };
}

/** Compares the two rankings, place by place: a row may differ where its distance does not. */
async function compare(pipeline, embeddings, labels) {
  const { gallery, probes, stored, asked, dim, metric } = await sidesOf(
    pipeline,
    embeddings,
    labels,
  );
  const all = await gallery.search(probes, gallery.size);
  const found = await DATABASES[database]({ stored, probes: asked, dim, metric });
  let same = 0;
  for (const [probe, rows] of found.entries()) {
    const ranked = all.rows.subarray(all.starts[probe], all.starts[probe + 1]);
    const distances = all.distances.subarray(all.starts[probe], all.starts[probe + 1]);
    const scale = distances.reduce((most, distance) => Math.max(most, Math.abs(distance)), 0);
    for (const [place, row] of rows.entries()) {
      if (ranked[place] === row) same += 1;
      const gap = Math.abs(distances[ranked.indexOf(row)] - distances[place]);
      if (gap <= TOLERANCE * scale) continue;
      throw new Error(
        `${pipeline}: probe ${probe}, place ${place}: row ${row}, not ${ranked[place]}`,
      );
    }
    if (rows.length !== K) throw new Error(`${pipeline}: ${rows.length} rows`);
  }
  gallery.close();
  return `${pipeline} by ${metric} ${same}/${K * found.length}`;
}

const [matrix, list] = await rowsOf(set);
if (!existsSync(matrix)) {
  console.log(
    JSON.stringify({ skipped: `${matrix} does not exist; HACKFACE_DATA names its folder` }),
  );
} else {
  const embeddings = await openEmbeddings(matrix);
  const labels = await readLabels(list, { rows: embeddings.rows });
  const told = [];
  for (const pipeline of PIPELINES) told.push(await compare(pipeline, embeddings, labels));
  console.log(JSON.stringify({ told: told.join(', ') }));
}
