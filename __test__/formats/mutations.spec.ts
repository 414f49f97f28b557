/** Files of every format with bytes changed, cut or doubled: read, or refused in our words, soon and small. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { convert, HackfaceError, openEmbeddingsSync } from 'hackface-native';
import { join } from 'node:path';
import { put, temporaryFolder } from '../support/folder.js';
import { encode } from '../support/npy.js';
import { randomNumbers } from '../support/random.js';
import { npyOf, randomRows } from './rows.js';
import { zipFile } from './zip-bytes.js';

const root = temporaryFolder();
const rows = randomRows(5, 3);
const npy = npyOf(rows);
const numbers = encode('<f4', rows.flat());

const tensors = Buffer.from(`{"x":{"dtype":"F32","shape":[5,3],"data_offsets":[0,60]}}`);
const length = Buffer.alloc(8);
length.writeUInt32LE(tensors.length);
const dim = encode('<i4', [3]);
const text = (by: string) => rows.map((row) => row.join(by)).join('\n');
const kaldi = rows.flatMap((row, i) => [Buffer.from(`n${i} \0BFV \x04`), dim, encode('<f4', row)]);
/** A list of lists of numbers, protocol 2. */
const list = rows.map((row) => {
  const doubles = row.map((value) => {
    const bytes = Buffer.alloc(9, 'G');
    bytes.writeDoubleBE(value, 1);
    return bytes;
  });
  return Buffer.concat([Buffer.from('](', 'latin1'), ...doubles, Buffer.from('e')]);
});

const FILES: Record<string, Buffer> = {
  'x.npz': zipFile([
    { name: 'x.npy', data: npy },
    { name: 'names.npy', data: npy },
  ]),
  'packed.npz': zipFile([{ name: 'x.npy', data: npy, method: 8 }], { zip64: true }),
  'x.safetensors': Buffer.concat([length, tensors, numbers]),
  'x.fvecs': Buffer.concat(rows.flatMap((row) => [dim, encode('<f4', row)])),
  'x.json': Buffer.from(JSON.stringify({ embeddings: rows, names: ['a', 'b', 'c', 'd', 'e'] })),
  'x.jsonl': Buffer.from(rows.map((v, i) => JSON.stringify({ id: `${i}`, v })).join('\n')),
  'x.csv': Buffer.from(`a,b,c\n${text(',')}\n`),
  'x.txt': Buffer.from(text(' ')),
  'x.ark': Buffer.concat(kaldi),
  't.ark': Buffer.from(rows.map((row, i) => `n${i} [ ${row.join(' ')} ]\n`).join('')),
  'x.scp': Buffer.from('a x.ark:3\nb x.ark:28\n'),
  'x.pkl': Buffer.concat([Buffer.from('\x80\x02](', 'latin1'), ...list, Buffer.from('e.')]),
};

const TRIES = 120;

function mutated(bytes: Buffer, random: () => number): Buffer {
  const below = (size: number) => Math.floor(random() * size);
  const copy = Buffer.from(bytes);
  for (let i = below(3); i >= 0; i -= 1) copy[below(copy.length)] = below(256);
  const kind = below(4);
  const at = below(copy.length);
  if (kind === 0) return copy.subarray(0, at);
  if (kind === 1) return Buffer.concat([copy.subarray(0, at), copy.subarray(below(copy.length))]);
  // Lengths lie by as much as four bytes can.
  if (kind === 2 && at + 4 <= copy.length)
    copy.writeUInt32LE(below(2) ? 0xffffffff : 0x7fffffff, at);
  return copy;
}

for (const [name, bytes] of Object.entries(FILES)) {
  test(`${name}, changed ${TRIES} times`, async () => {
    put(root, 'x.ark', FILES['x.ark'] as Buffer);
    const random = randomNumbers(name.length * 31 + bytes.length);
    const path = put(root, `whole-${name}`, bytes);
    await convert({ input: path, output: join(root, 'whole.npy'), force: true });
    for (let i = 0; i < TRIES; i += 1) {
      const input = put(root, `changed-${name}`, mutated(bytes, random));
      const started = performance.now();
      const before = process.memoryUsage.rss();
      const refusal = (error: unknown) => {
        if (!(error instanceof HackfaceError) || error.class === 'internal') {
          throw new Error(`try ${i} of ${name}`, { cause: error });
        }
      };
      try {
        openEmbeddingsSync(input).close();
      } catch (error) {
        refusal(error);
      }
      await convert({ input, output: join(root, 'out.npy'), force: true }).catch(refusal);
      assert.ok(performance.now() - started < 2000, `try ${i}`);
      assert.ok(process.memoryUsage.rss() - before < 64 << 20, `try ${i}`);
    }
  });
}
