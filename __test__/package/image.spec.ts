/** The image: what it copies is enough, and the command line works as the first process of a container. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { CLI, runNode } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { float32Npy } from '../support/npy.js';
import { needsLinux } from '../support/system.js';

const folder = temporaryFolder();
const instructions = readFileSync('Dockerfile', 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split(' '));
const KNOWN = ['FROM', 'WORKDIR', 'COPY', 'USER', 'ENTRYPOINT'];

/** The files that a source of COPY names. */
function named(source: string): string[] {
  if (!source.includes('*')) return [source];
  const [before = '', after = ''] = source.split('*');
  return readdirSync('.').filter((name) => name.startsWith(before) && name.endsWith(after));
}

test('what the image copies is enough to run, and it runs as no root', {
  skip: needsLinux,
}, async () => {
  const app = join(folder, 'app');
  mkdirSync(app);
  for (const [word = '', ...rest] of instructions) {
    assert.ok(KNOWN.includes(word), word);
    if (word !== 'COPY') continue;
    const to = rest.pop() as string;
    const files = rest.flatMap(named);
    assert.ok(files.length > 0, rest.join(' '));
    for (const file of files) {
      const target = to === './' ? join(app, basename(file)) : join(app, to);
      cpSync(file, target, { recursive: true });
    }
  }
  const run = await runNode([join(app, 'dist', 'cli.cjs'), 'doctor'], { cwd: folder });
  assert.equal(run.code, 0, run.stderr);
  const user = instructions.find(([word]) => word === 'USER');
  // A number, since runAsNonRoot of Kubernetes compares no names.
  assert.deepEqual(user, ['USER', '65532']);
  const [, ...entry] = instructions.at(-1) as string[];
  assert.deepEqual(JSON.parse(entry.join(' ')), ['/nodejs/bin/node', '/app/dist/cli.cjs']);
});

const ISOLATED = ['-p', '-f', '--kill-child'];
const skip =
  spawnSync('unshare', [...ISOLATED, 'true']).status === 0
    ? false
    : 'no namespace of processes here';

test('as process 1 it ends by a signal, with the code of it', { skip }, async () => {
  put(folder, 'x.npy', float32Npy([[1, 2]]));
  const score = ['score', '-e', 'x.npy', '-p', '-', '-o', '-', '-q', '--no-header'];
  // The process says its number in the namespace of its own, then becomes the command.
  const script = 'echo $$; exec "$@"';
  const args = [...ISOLATED, 'sh', '-c', script, 'sh', process.execPath, CLI, ...score];
  const child = spawn('unshare', [...args, '--line-buffered'], { cwd: folder });
  const ended = once(child, 'exit');
  child.stdin.write('0,0\n');
  let told = '';
  for await (const text of child.stdout.setEncoding('utf8')) {
    told += text;
    if (told.split('\n').length < 3) continue;
    const [inner] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(
      ' ',
    );
    process.kill(Number(inner), 'SIGTERM');
  }
  assert.match(told, /^1\n/);
  assert.deepEqual(await ended, [143, null]);
});
