/** Results without the parts that differ between two runs of one program. */
import { readModelFile } from '../support/model-file.js';

/** Times, and nothing else that is a result. */
const TIMES = new Set(['seconds']);
/** Words for people; they may become clearer without any figure changing. */
const WORDS = new Set(
  'about expected found hint message problem text undefinedBecause what'.split(' '),
);

/** The form of a file, by the ending of its name; matrices stay as they are. */
export function formOfFile(name: string, bytes: Buffer, folder: string): string | Buffer {
  const ending = /\.\w+$/.exec(name)?.[0];
  if (ending === '.npy') return bytes;
  if (ending === '.safetensors') return formOfModel(bytes);
  const text = bytes.toString('utf8');
  if (ending === '.csv') return text;
  if (ending !== '.jsonl') return withoutPlaces(text, folder);
  const documents = text.trimEnd().split('\n');
  return leaves(documents.map((line) => JSON.parse(line))).figures;
}

/** Figures and words of a JSON document, one line for each, in an order of their own. */
export function formOfJson(text: string, folder: string): Leaves {
  const { figures, words } = leaves(JSON.parse(text));
  return { figures: withoutPlaces(figures, folder), words: withoutPlaces(words, folder) };
}

/** Names at the top of a JSON document. */
export function namesIn(text: string): string {
  const names = Object.keys(JSON.parse(text)).sort();
  return names.map((name) => `${name}\n`).join('');
}

/** Text for people without times, versions and the folder it was made in. */
export function formOfText(text: string, folder: string): string {
  return withoutPlaces(text, folder).replaceAll(/\b\d+\.\d+ s\b/g, '# s');
}

/** Text without the folder it was made in, and without versions. */
export function withoutPlaces(text: string, folder: string): string {
  const inJson = JSON.stringify(folder).slice(1, -1);
  const bare = text.replaceAll(folder, '<folder>').replaceAll(inJson, '<folder>');
  return withoutVersion(bare).replaceAll(/<folder>[^\s"]*/g, (path) => path.replaceAll('\\', '/'));
}

function withoutVersion(text: string): string {
  return text
    .replaceAll(/(hackface-native) \d+\.\d+\.\d+[-\w.]*/g, '$1 #.#.#')
    .replaceAll(/^\d+\.\d+\.\d+[-\w.]*$/gm, '#.#.#');
}

function formOfModel(bytes: Buffer): string {
  const { metadata, tensors } = readModelFile(bytes);
  // Over all of it, the version in it too.
  const { sha256: _, ...rest } = metadata;
  const plain = Object.entries(tensors).map(([name, { shape, data }]) => {
    return [name, { shape, data: [...data] }];
  });
  return withoutVersion(leaves({ metadata: rest, tensors: Object.fromEntries(plain) }).figures);
}

interface Leaves {
  figures: string;
  words: string;
}

/**
 * A line for each value, `path: value`: figures, and words, of which the figures say only that they
 * are there. Keys are sorted.
 */
function leaves(document: unknown): Leaves {
  let [figures, words] = ['', ''];
  const walk = (value: unknown, path: string, isWords: boolean) => {
    if (Array.isArray(value) && value.length > 0) {
      const own = isWords || (path.endsWith('.warnings') && typeof value[0] === 'string');
      for (const [i, one] of value.entries()) walk(one, `${path}[${i}]`, own);
    } else if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
      for (const [key, one] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
        if (!TIMES.has(key)) walk(one, `${path}.${key}`, isWords || WORDS.has(key));
      }
    } else {
      // JSON.stringify would lose the sign of a zero.
      const line = `${path}: ${Object.is(value, -0) ? '-0' : JSON.stringify(value)}\n`;
      figures += isWords ? `${path}: (words)\n` : line;
      if (isWords) words += line;
    }
  };
  walk(document, '', false);
  return { figures, words };
}
