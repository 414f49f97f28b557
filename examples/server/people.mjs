// People on disk: a gallery file and its journal. What is acknowledged is on the disk, whatever ends the process.
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Gallery } from 'hackface-native';

/** Records of a journal that is merged into its file at the start. */
const MOST_RECORDS = 10_000;

/** Opens the people of a folder, which is made if it is not there; vectors have `dim` numbers. */
export async function openPeople(folder, dim) {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'people.gallery');
  if (!existsSync(path)) {
    const empty = await Gallery.open({ data: [], dim }, { metric: 'cosine', keys: [], labels: [] });
    await empty.save(path);
    empty.close();
  }
  const gallery = await Gallery.open(path, { journal: true });
  if (gallery.info().journal.records > MOST_RECORDS) await gallery.compact();
  // Checks the rows before the first request.
  await gallery.verify();
  return new People(gallery);
}

class People {
  #gallery;

  constructor(gallery) {
    this.#gallery = gallery;
  }

  get size() {
    return this.#gallery.size;
  }

  /** Resolves once the row is on the disk. */
  async enrol(key, person, vector) {
    await this.#gallery.add([vector], { keys: [key], labels: [person], threads: 1 });
  }

  /** Resolves once the disk knows that the row is gone. */
  async remove(key) {
    await this.#gallery.remove(key);
  }

  /** The nearest row of this person; undefined for one without rows. */
  async verify(person, vector, signal) {
    const options = { where: { labels: [person] }, threads: 1, signal };
    return hitsOf(await this.#gallery.search([vector], 1, options))[0];
  }

  /** The nearest people, no farther than `maxDistance`. */
  async identify(vector, k, maxDistance, signal) {
    return hitsOf(await this.#gallery.identify([vector], k, { maxDistance, threads: 1, signal }));
  }

  close() {
    this.#gallery.close();
  }
}

function hitsOf({ keys, labels, distances }) {
  return keys.map((key, hit) => ({ key, person: labels[hit], distance: distances[hit] }));
}
