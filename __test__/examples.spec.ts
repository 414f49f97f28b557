/** Every file of examples/ runs as its page says, on a challenge made for it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { synth } from 'hackface-native';
import { runNode } from './support/command.js';
import { temporaryFolder } from './support/folder.js';

const folder = join(temporaryFolder(), 'data');

before(async () => {
  await synth({ directory: folder, test: 300, pairs: 400, train: 400, dim: 32 });
});

/** Expected output of each. */
const EXPECTED: Record<string, RegExp> = {
  'score.mjs': /^400 pairs of 300 × 32 in .*cosine\.csv\n.*mixed\.csv is right \[\]\n$/,
  'fit-and-score.mjs': /^AUROC on \d+ held-out people: 0\.\d{4} learned.*\n.*chosen\.csv: /,
  'worker.mjs': /^400 distances; the pair \d+ is the nearest, 0\.\d+\n$/,
  'gallery.mjs':
    /of 400 rows are nearest to one of their own person\nthe newcomer is row 400, .* -?0\.000\n400 rows of \d+ people stay\n$/,
  'search.mjs': /measure is euclidean\nnearest to row 0 is row \d+: /,
};

test('every example is listed and run', () => {
  const files = readdirSync('examples').filter((name) => name.endsWith('.mjs'));
  assert.deepEqual(files.sort(), [...Object.keys(EXPECTED), 'server.mjs'].sort());
  const page = readFileSync('examples/README.md', 'utf8');
  for (const file of files) assert.ok(page.includes(`[${file}](${file})`), file);
});

for (const [file, prints] of Object.entries(EXPECTED)) {
  test(`examples/${file}`, async () => {
    const run = await runNode([join('examples', file), folder]);
    assert.equal(run.code, 0, run.stderr);
    assert.equal(run.stderr, '');
    assert.match(run.stdout, prints);
  });
}

test('what examples/score.mjs writes is there', () => {
  for (const name of ['cosine.csv', 'mixed.csv']) assert.ok(existsSync(join(folder, name)), name);
});

test('examples/server.mjs', async () => {
  const server = spawn(process.execPath, ['examples/server.mjs', folder, '0']);
  try {
    const url = await said(server, /http:\/\/127\.0\.0\.1:\d+/);
    const ask = (path: string) => fetch(`${url}${path}`);
    const one = await ask('/distance/3/17');
    assert.equal(one.status, 200);
    const { distance, accepted } = (await one.json()) as { distance: number; accepted: boolean };
    assert.ok(distance > 0 && distance < 2);
    assert.equal(accepted, distance <= 0.6);
    const wrong = await ask('/distance/3/300');
    assert.equal(wrong.status, 400);
    assert.match(await wrong.text(), /"code":"EINDEX".*a row below 300/);
    assert.equal((await ask('/elsewhere')).status, 404);
    // One that is given up does no harm to those that follow.
    const stop = new AbortController();
    const given = fetch(`${url}/distance/0/1`, { signal: stop.signal }).catch(() => undefined);
    stop.abort();
    await given;
    const many = await Promise.all(Array.from({ length: 50 }, () => ask('/distance/0/1')));
    assert.deepEqual([...new Set(many.map(({ status }) => status))], [200]);
    server.kill('SIGTERM');
  } finally {
    setTimeout(() => server.kill('SIGKILL'), 3000).unref();
  }
});

function said(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((heard, failed) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (piece) => {
      text += piece;
      const found = pattern.exec(text)?.[0];
      if (found) heard(found);
    });
    child.once('exit', (code) => failed(new Error(`it ended with ${code}: ${text}`)));
  });
}
