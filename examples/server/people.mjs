// People on disk: a gallery in memory, and a journal from which it is made again at the start. What is
// acknowledged is on the disk: one sync for all that came while the last one ran.
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Gallery } from 'hackface-native';

/** Opens the people of a folder, which is made if it is not there; vectors have `dim` numbers. */
export async function openPeople(folder, dim) {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'journal.jsonl');
  const { kept, bytes } = await replay(path);
  const gallery = await Gallery.open({ data: [], dim }, { metric: 'cosine' });
  if (kept.size > 0) {
    const entries = [...kept.values()];
    const [keys, labels] = [entries.map(({ key }) => key), entries.map(({ person }) => person)];
    await gallery.add(
      entries.map(({ vector }) => vector),
      { keys, labels },
    );
  }
  return new People(gallery, await openJournal(path, bytes));
}

class People {
  #gallery;
  #journal;

  constructor(gallery, journal) {
    this.#gallery = gallery;
    this.#journal = journal;
  }

  get size() {
    return this.#gallery.size;
  }

  /** Resolves once the row is on the disk. */
  async enrol(key, person, vector) {
    await this.#gallery.add([vector], { keys: [key], labels: [person], threads: 1 });
    await this.#journal.append({ key, person, vector });
  }

  /** Resolves once the disk knows that the row is gone. */
  async remove(key) {
    await this.#gallery.remove(key);
    await this.#journal.append({ key });
  }

  /** The nearest row of this person; undefined for one without rows. */
  async verify(person, vector, signal) {
    const options = { where: { labels: [person] }, threads: 1, signal };
    return hitsOf(await this.#gallery.search([vector], 1, options))[0];
  }

  /** The nearest people, no farther than `maxDistance`. */
  async identify(vector, k, maxDistance, signal) {
    if (this.size === 0) return [];
    return hitsOf(await this.#gallery.identify([vector], k, { maxDistance, threads: 1, signal }));
  }

  async close() {
    await this.#journal.close();
    this.#gallery.close();
  }
}

function hitsOf({ keys, labels, distances }) {
  return keys.map((key, hit) => ({ key, person: labels[hit], distance: distances[hit] }));
}

/** The rows that a journal leaves, and the bytes of its whole lines: a crash may cut the last. */
async function replay(path) {
  const kept = new Map();
  let bytes = 0;
  if (!existsSync(path)) return { kept, bytes };
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const entry = parsed(line);
    if (entry === undefined) break;
    bytes += Buffer.byteLength(line) + 1;
    if (entry.vector) kept.set(entry.key, entry);
    else kept.delete(entry.key);
  }
  return { kept, bytes };
}

function parsed(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function openJournal(path, bytes) {
  const file = await open(path, existsSync(path) ? 'r+' : 'w+');
  await file.truncate(bytes);
  let waiting = [];
  let at = bytes;
  let writing;

  async function write() {
    while (waiting.length > 0) {
      const now = waiting;
      waiting = [];
      try {
        const text = now.map(({ entry }) => `${JSON.stringify(entry)}\n`).join('');
        await file.write(text, at);
        await file.datasync();
        at += Buffer.byteLength(text);
        for (const { done } of now) done();
      } catch (error) {
        for (const { failed } of now) failed(error);
      }
    }
    writing = undefined;
  }

  return {
    append(entry) {
      return new Promise((done, failed) => {
        waiting.push({ entry, done, failed });
        writing ??= write();
      });
    },
    async close() {
      await writing;
      await file.close();
    },
  };
}
