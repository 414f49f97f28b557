/** Texts that a spreadsheet may run are in no CSV that is written, unless they are allowed. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  audit,
  convert,
  evaluateEmbeddings,
  type HackfaceError,
  identify,
  score,
  writeDuplicates,
  writeSubmission,
  writeSuspects,
} from 'hackface-native';
import { put, temporaryFolder } from '../support/folder.js';
import { float32Npy } from '../support/npy.js';

const folder = temporaryFolder();
const rows = [0, 1, 2, 3, 4, 5, 6, 7].map((row) => [Math.cos(row % 4), Math.sin(row % 4), row / 9]);
const embeddings = put(folder, 'x.npy', float32Npy([...rows, rows[0] as number[]]));
const pairs = put(folder, 'pairs.csv', 'index1,index2,Id,same\n0,4,=1+1,1\n1,2,b,0\n');
const STARTS = ['=', '+', '-', '@', '\t', '\r'];

/** A class, and what it is written as. */
const label = (start: string) => `${start}cmd|' /C calc'!A0`;

function classes(start: string): string {
  const names = [0, 1, 2, 3, 0, 1, 2, 3, 1].map((person) => (person ? `p${person}` : label(start)));
  return put(folder, 'labels.csv', `class\n${names.map((name) => `"${name}"\n`).join('')}`);
}

/** Every writer of texts: `to` is the file, `allowFormulas` is passed on. */
const WRITERS: Record<string, (to: string, labels: string, allow?: boolean) => Promise<unknown>> = {
  hits: (output, galleryLabels, allowFormulas) =>
    identify({ gallery: embeddings, galleryLabels, output, allowFormulas }),
  people: (output, galleryLabels, allowFormulas) => {
    const fuse = 'mean';
    return identify({ gallery: embeddings, galleryLabels, fuse, top: 2, output, allowFormulas });
  },
  suspects: async (output, labels, allowFormulas) => {
    const { suspects } = await audit({ embeddings, labels });
    assert.ok(suspects?.entries.length);
    await writeSuspects(output, suspects.entries, { allowFormulas });
  },
  duplicates: async (output, labels, allowFormulas) => {
    const { conflicting } = await audit({ embeddings, labels });
    assert.equal(conflicting.entries.length, 1);
    await writeDuplicates(output, conflicting.entries, { allowFormulas });
  },
  classes: async (labels, given, allowFormulas) => {
    const names = readFileSync(given, 'utf8').split('\n"').slice(1);
    const of = (name: string) => name.trimEnd().slice(0, -1);
    const vectors = names.map((name) => `${JSON.stringify({ label: of(name), vector: [1, 2] })}\n`);
    const input = put(folder, 'vectors.jsonl', vectors.join(''));
    await convert({ input, output: `${labels}.npy`, labels, allowFormulas });
  },
  submission: async (output, given, allowFormulas) => {
    const ids = [readFileSync(given, 'utf8').slice(7, -1).split('"')[0] as string, 'b'];
    await writeSubmission(output, { ids, distances: Float64Array.of(1, 2) }, { allowFormulas });
  },
};

for (const [name, write] of Object.entries(WRITERS)) {
  test(`${name}: refused before anything is written, with the option that accepts`, async () => {
    for (const [i, start] of STARTS.entries()) {
      const [to, labels] = [join(folder, `${name}-${i}.csv`), classes(start)];
      await assert.rejects(write(to, labels), (error: HackfaceError) => {
        const { code, file, column, option, message } = error;
        assert.deepEqual([code, option], ['ECSVVALUE', 'allowFormulas'], message);
        assert.ok(file && column && /option allowFormulas: true/.test(error.hint ?? ''), message);
        return !existsSync(to) && !existsSync(`${to}.npy`);
      });
      await write(to, labels, true);
      assert.ok(readFileSync(to, 'utf8').includes(label(start)));
    }
  });
}

test('what writes no such text takes it', async () => {
  const galleryLabels = classes('=');
  const output = join(folder, 'hits.jsonl');
  await identify({ gallery: embeddings, galleryLabels, output, format: 'jsonl' });
  await identify({ gallery: embeddings, galleryLabels });
  const { evaluations } = await evaluateEmbeddings({ embeddings, pairs });
  assert.equal(evaluations[0]?.genuine, 1);
});

test('ids of a list are refused at their line, and accepted for reading and writing at once', async () => {
  const output = join(folder, 'scores.csv');
  const refused = { code: 'ECSVVALUE', line: 2, column: 'Id', option: 'allowFormulas' };
  await assert.rejects(score({ embeddings, pairs, output }), refused);
  await score({ embeddings, pairs, output, pairsOptions: { allowFormulas: true } });
  assert.match(readFileSync(output, 'utf8'), /,=1\+1\n/);
});
