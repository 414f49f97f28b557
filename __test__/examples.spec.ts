/** Every file of examples/ runs as its page says, on a challenge made for it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
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
  assert.deepEqual(files.sort(), Object.keys(EXPECTED).sort());
  const page = readFileSync('examples/README.md', 'utf8');
  for (const file of [...files, 'server/README.md']) {
    assert.ok(page.includes(`[${file}](${file})`), file);
  }
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

test('examples/server: each request and refusal', async () => {
  const people = join(folder, 'people');
  const args = ['examples/server/http.mjs', people, '--port', '0', '--dim', '3'];
  const server = spawn(process.execPath, args);
  try {
    const url = await said(server, /http:\/\/127\.0\.0\.1:\d+/);
    const ask = async (method: string, path: string, body?: unknown, signal?: AbortSignal) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const response = await fetch(`${url}${path}`, { method, body: text, signal } as RequestInit);
      return `${response.status} ${await response.text()}`;
    };
    const ann = { person: 'Ann', vector: [1, 0, 0] };
    const answers: [answer: Promise<string>, expected: RegExp][] = [];
    assert.match(await ask('PUT', '/people/a%2F1', ann), /^201 .*"key":"a\/1"/);
    assert.match(
      await ask('PUT', '/people/b', { ...ann, person: 'Bob', vector: [0, 2, 1] }),
      /^201/,
    );
    answers.push(
      [
        ask('POST', '/identify', { vector: [0, 1, 0], k: 2 }),
        /^200 .*\[\{"key":"b","person":"Bob"/,
      ],
      [ask('POST', '/verify', ann), /^200 \{"accepted":true,"distance":0,"key":"a\/1"\}/],
      [ask('POST', '/verify', { ...ann, vector: [0, 1, 0] }), /^200 \{"accepted":false/],
      [ask('POST', '/verify', { ...ann, person: 'Cid' }), /^404 .*"ENOTFOUND"/],
      [ask('PUT', '/people/b', ann), /^409 .*"EDUPLICATE"/],
      [ask('PUT', '/people/c', { ...ann, vector: [1, 0] }), /^400 .*"EDIMENSION"/],
      [ask('PUT', '/people/d', { ...ann, vector: [0, 0, 0] }), /^400 .*"EUNDEFINED"/],
      [ask('PUT', '/people/e', { ...ann, vector: [1, null, 0] }), /^400 .*"EARGUMENT"/],
      [ask('PUT', '/people/c', '{"person"'), /^400 .*no JSON/],
      [ask('PUT', '/people/c', ' '.repeat(2 ** 20 + 1)), /^413 .*"ETOOLARGE"/],
      [ask('DELETE', '/people/f'), /^404 .*"EINDEX"/],
      [ask('PATCH', '/people/c'), /^405 .*PUT and DELETE/],
      [ask('GET', '/elsewhere'), /^404 /],
      [ask('GET', '/health'), /^200 \{"people":2\}/],
    );
    for (const [answer, expected] of answers) assert.match(await answer, expected);
    // One that is given up does no harm to those that follow.
    const stop = new AbortController();
    const given = ask('POST', '/verify', ann, stop.signal).catch(() => undefined);
    stop.abort();
    await given;
    assert.match(await ask('DELETE', '/people/a%2F1'), /^204 $/);
    const metrics = await ask('GET', '/metrics');
    assert.match(metrics, /^http_requests_total\{route="enrol",status="201"\} 2$/m);
    assert.match(metrics, /^gallery_rows 1$/m);
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
    const again = spawn(process.execPath, args);
    assert.equal(await said(again, /^\d+ rows/), '1 rows');
    again.kill('SIGTERM');
    await once(again, 'exit');
  } finally {
    setTimeout(() => server.kill('SIGKILL'), 3000).unref();
  }
});

test('examples/server: under load and killed, it loses nothing and answers right', async () => {
  const run = await runNode(['examples/server/load.mjs', '--seconds', '1', '--dim', '32']);
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stdout, /^\d+ answers, 0 wrong, .* \d+ rows kept over SIGKILL\n$/);
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
