// Rows mapped by a model, put into an engine of vectors as the recipe of `transform` says: it ranks as `identify`
// does, and its numbers become the distances of the model.
//   node databases.mjs pgvector|lancedb|usearch|faiss|qdrant|milvus synth|lfw10
// Prints what it found as JSON. Engines keep singles, so distances agree to their digits.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fit, Gallery, openEmbeddings, readLabels, synth } from 'hackface-native';

const [engine, set] = process.argv.slice(2);
const PIPELINES = ['cosine', 'whiten', 'mahalanobis', 'lda', 'wccn', 'plda', 'xqda'];
const [K, PROBES] = [10, 50];
/** Distances that may be told apart in singles, as a share of the largest. */
const TOLERANCE = 1e-5;
/** Between a distance and what a recipe makes of the engine's number, as a share of the largest. */
const CONVERTED = 1e-4;

/** The k nearest stored rows of each probe, and the engine's numbers for them, by the measure of a recipe. */
const ENGINES = {
  async pgvector({ text: csv, probes, dim, recipe }) {
    const { PGlite } = await import('@electric-sql/pglite');
    const { vector } = await import('@electric-sql/pglite-pgvector');
    const db = await PGlite.create({ extensions: { vector } });
    const text = (row) => `[${Array.from(row).join()}]`;
    await db.exec(`CREATE EXTENSION vector; CREATE TABLE rows (id int, embedding vector(${dim}))`);
    // PGlite reads the copied file from a blob.
    const blob = new Blob([readFileSync(csv)]);
    await db.query("COPY rows FROM '/dev/blob' WITH (FORMAT csv, HEADER)", [], { blob });
    const found = [];
    for (const probe of probes) {
      // The query of the recipe, as it is told.
      const { rows } = await db.query(recipe.exact, [text(probe)]);
      found.push(rows.map(({ id, value }) => [id, value]));
    }
    await db.close();
    return found;
  },
  async lancedb({ stored, probes, recipe }) {
    const lancedb = await import('@lancedb/lancedb');
    const db = await lancedb.connect('memory://');
    const rows = stored.map((row, id) => ({ id, vector: Array.from(row) }));
    const table = await db.createTable('rows', rows);
    const found = [];
    for (const probe of probes) {
      const query = table.vectorSearch(Array.from(probe)).distanceType(recipe.measure).limit(K);
      found.push((await query.toArray()).map(({ id, _distance }) => [Number(id), _distance]));
    }
    return found;
  },
  async usearch({ stored, probes, dim, recipe }) {
    const { exactSearch, MetricKind } = (await import('usearch')).default;
    const kind = Object.entries(MetricKind).find(
      ([name]) => name.toLowerCase() === recipe.measure,
    )[1];
    const flat = (rows) => Float32Array.from(rows.flatMap((row) => Array.from(row)));
    const { keys, distances } = exactSearch(flat(stored), flat(probes), dim, K, kind);
    return probes.map((_, probe) =>
      Array.from({ length: K }, (_, place) => [
        Number(keys[probe * K + place]),
        distances[probe * K + place],
      ]),
    );
  },
  faiss: inPython,
  qdrant: inPython,
  milvus: inPython,
};

/** Engines that Python has: it reads the files that were written. */
async function inPython({ files, recipe }) {
  const asked = join('.', `${engine}-${set}.json`);
  writeFileSync(asked, JSON.stringify({ engine, k: K, measure: recipe.measure, ...files }));
  const options = { encoding: 'utf8', maxBuffer: 1 << 26 };
  return JSON.parse(execFileSync(process.env.HACKFACE_PYTHON, ['engines.py', asked], options));
}

async function rowsOf(set) {
  if (set === 'synth') {
    const made = await synth({
      directory: `synth-${engine}`,
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

/** The rows of both sides as an engine takes them, and the gallery that tells what is right. */
async function sidesOf(pipeline, embeddings, labels) {
  const [cut, { rows, dim }] = [embeddings.rows - PROBES, embeddings];
  const matrix = (from, to) => ({ data: embeddings.slice(from, to), rows: to - from, dim });
  const [stored, probes] = [matrix(0, cut), matrix(cut, rows)];
  const classes = labels.classes.slice(0, cut);
  const { model } = await fit({ embeddings: stored, labels: classes, pipeline });
  const files = { stored: `${engine}-stored.npy`, probes: `${engine}-probes.npy` };
  const options = { for: engine, force: true };
  const kept = await model.transform(stored, files.stored, options);
  const text = `${engine}-stored.csv`;
  if (engine === 'pgvector') await model.transform(stored, text, options);
  await model.transform(probes, files.probes, { ...options, side: 'query' });
  const gallery = await Gallery.open(stored, { model });
  const vectors = async (file) => [...(await openEmbeddings(file))];
  return {
    gallery,
    probes,
    asked: {
      files,
      text,
      stored: await vectors(files.stored),
      probes: await vectors(files.probes),
      dim: kept.dim,
      recipe: kept.recipe,
    },
  };
}

/** Compares the two rankings, place by place: a row may differ where its distance does not. */
async function compare(pipeline, embeddings, labels) {
  const { gallery, probes, asked } = await sidesOf(pipeline, embeddings, labels);
  const all = await gallery.search(probes, gallery.size);
  const found = await ENGINES[engine](asked);
  const { power, scale: factor, offset } = asked.recipe.conversion;
  let [same, furthest] = [0, 0];
  for (const [probe, hits] of found.entries()) {
    const ranked = all.rows.subarray(all.starts[probe], all.starts[probe + 1]);
    const distances = all.distances.subarray(all.starts[probe], all.starts[probe + 1]);
    const scale = distances.reduce((most, distance) => Math.max(most, Math.abs(distance)), 0);
    for (const [place, [row, value]] of hits.entries()) {
      if (ranked[place] === row) same += 1;
      const distance = distances[ranked.indexOf(row)];
      const off = Math.abs(factor * value ** power + offset - distance) / scale;
      furthest = Math.max(furthest, off);
      const gap = Math.abs(distance - distances[place]);
      if (gap <= TOLERANCE * scale && off <= CONVERTED) continue;
      throw new Error(
        `${pipeline}: probe ${probe}, place ${place}: row ${row}, not ${ranked[place]}, its number ${value} for ${distance}`,
      );
    }
    if (hits.length !== K) throw new Error(`${pipeline}: ${hits.length} rows`);
  }
  gallery.close();
  const digits = furthest.toExponential(0);
  return `${pipeline} by ${asked.recipe.measure} ${same}/${K * found.length} to ${digits}`;
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
