/**
 * Uses the library after the working directory of the process was removed.
 *   gone.js FILE FOLDER
 */
import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { HackfaceError, openEmbeddings } from 'hackface-native';
import { report } from './work.js';

const [file = '', folder = ''] = process.argv.slice(2);
const place = join(folder, 'place');
mkdirSync(place);
process.chdir(place);
rmdirSync(place);
const embeddings = await openEmbeddings(file);
const right = embeddings.rows === 6;
embeddings.close();
const code = await openEmbeddings('rows.npy').then(
  () => 'opened',
  (error: unknown) => (error instanceof HackfaceError ? error.code : String(error)),
);
// What nobody caught ends the process.
await new Promise((turn) => setImmediate(turn));
report({ right, code });
