/** F01b, F09b, F09c, R03d: limits of files, and names and places that are no ordinary ones. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { CLI, runProgram } from '../support/command.js';
import { put } from '../support/folder.js';
import { randomNpy } from '../support/npy.js';
import { needsLinux, needsPosix } from '../support/system.js';
import { type Bench, EXITS, parseLine } from './bench.js';
import { type Check, isFull } from './check.js';
import { child } from './process-checks.js';

/** Runs the command line from a shell, behind other words. */
function shelled(before: string, args: string[], options: { cwd?: string } = {}) {
  const program = ['-c', `${before}; exec "$@"`, 'sh', process.execPath, CLI, ...args];
  return runProgram('sh', program, options);
}

/** Files may have 8 KiB: what is larger is refused, and nothing is left. */
async function shortFiles(bench: Bench): Promise<void> {
  const folder = bench.newFolder();
  const many = Array.from({ length: 20_000 }, (_, i) => `${i % 6},${(i + 1) % 6}\n`);
  const pairs = bench.put('many.csv', `index1,index2\n${many.join('')}`);
  const words = ['-e', bench.goodNpy, '-m', 'sqeuclidean'];
  const jobs = [
    ['score', ...words, '-p', pairs, '-o', join(folder, 'out.csv'), '-q'],
    ['pairwise', '-e', bench.put('x.npy', randomNpy(100, 4)), '-o', join(folder, 'x.npy'), '-q'],
  ];
  for (const job of jobs) {
    // In blocks of 512 bytes or of 1 KiB: less than what is written in either.
    const run = await shelled('ulimit -c 0; ulimit -f 8', job);
    assert.equal(run.code, EXITS.io, `${job[0]}: ${run.stderr}`);
    const error = parseLine(run.stderr);
    assert.equal(error?.code, 'EIO', run.stderr);
    assert.deepEqual(readdirSync(folder), [], `${job[0]}: left behind`);
  }
}

/** Few descriptors: a result, or an error of one line; never a signal. */
async function fewDescriptors(bench: Bench): Promise<void> {
  const out = join(bench.newFolder(), 'out.csv');
  const words = [
    'score',
    '-e',
    bench.goodNpy,
    '-p',
    bench.goodCsv,
    '-m',
    'sqeuclidean',
    '-q',
    '-f',
  ];
  const ends: number[] = [];
  // Node itself opens some twenty to start; where it finds none left it ends by itself, before any code of ours.
  for (let spare = 0; spare < 12; spare += isFull ? 1 : 3) {
    const run = await shelled(`ulimit -c 0; ulimit -n ${24 + spare}`, [...words, '-o', out]);
    if (run.code === 0) {
      assert.equal(readFileSync(out, 'utf8'), bench.goodOutput);
    } else {
      const error = parseLine(run.stderr);
      assert.ok(
        error !== undefined,
        `${24 + spare}: exit ${run.code}, ${run.stderr.slice(0, 300)}`,
      );
      assert.ok(Object.values(EXITS).includes(run.code), `${run.code}`);
    }
    ends.push(run.code);
  }
  assert.equal(ends.at(-1), 0, `${ends}`);
}

/** A working directory that is gone, a socket, a name that is no UTF-8. */
async function oddPlaces(bench: Bench): Promise<void> {
  const gone = join(bench.newFolder(), 'gone');
  mkdirSync(gone);
  const out = join(bench.newFolder(), 'out.csv');
  const words = ['score', '-m', 'sqeuclidean', '-q'];
  const whole = [...words, '-e', bench.goodNpy, '-p', bench.goodCsv, '-o', out];
  const leave = `cd "${gone}" && rmdir "${gone}"`;
  // Every path is whole: there is nothing to look up in the directory.
  const run = await shelled(leave, whole);
  assert.equal(run.code, 0, run.stderr);
  assert.equal(readFileSync(out, 'utf8'), bench.goodOutput);
  for (const args of [
    [...words, '-e', 'x.npy', '-p', 'x.csv', '-o', `${out}2`],
    [...words, '-e', bench.goodNpy, '-p', bench.goodCsv, '-o', 'out.csv'],
    words,
  ]) {
    mkdirSync(gone, { recursive: true });
    const lost = await shelled(leave, args);
    assert.ok(parseLine(lost.stderr), `${args}: exit ${lost.code}, ${lost.stderr}`);
    assert.ok([EXITS.usage, EXITS.input, EXITS.create].includes(lost.code), `${lost.code}`);
  }

  const socket = join(bench.newFolder(), 'socket');
  const server = createServer().listen(socket);
  await new Promise((listening) => server.once('listening', listening));
  const says = [/socket/];
  await bench.refusesEach([
    { what: 'embeddings: a socket', embeddings: socket, code: 'EINPUT', says },
    { what: 'pairs: a socket', pairs: socket, code: 'EINPUT', says },
  ]);
  server.close();
}

/** Names of bytes that are no UTF-8, on the command line: refused, as Node hands over another name. */
async function namesOfBytes(bench: Bench): Promise<void> {
  const folder = bench.newFolder();
  const named = Buffer.concat([
    Buffer.from(`${folder}/`),
    Buffer.from([0xff, 0xfe]),
    Buffer.from('.npy'),
  ]);
  const good = put(folder, 'good.npy', readFileSync(bench.goodNpy));
  renameSync(good, named);
  const out = join(bench.newFolder(), 'out.csv');
  const rest = `-p "${bench.goodCsv}" -m sqeuclidean -q -o "${out}"`;
  const line = `"${process.execPath}" "${CLI}" score -e "${folder}/$(printf '\\377\\376').npy" ${rest}`;
  const run = await runProgram('bash', ['-c', line]);
  assert.equal(run.code, EXITS.input, run.stderr);
  assert.equal(parseLine(run.stderr)?.code, 'EINPUT', run.stderr);
  // As an output such a name is another, that Node makes of it: made whole, or refused.
  const target = `"${folder}/$(printf '\\377').csv"`;
  const written = await runProgram('bash', [
    '-c',
    `"${process.execPath}" "${CLI}" score -e "${bench.goodNpy}" -p "${bench.goodCsv}" -m sqeuclidean -q -o ${target}`,
  ]);
  assert.ok(written.code === 0 || parseLine(written.stderr) !== undefined, written.stderr);
  // In the library, bytes are no name of a file.
  const { error } = await bench.host.call('score', { embeddings: named, pairs: bench.goodCsv });
  assert.deepEqual([error?.isHackfaceError, error?.code], [true, 'EARGUMENT']);
  rmSync(folder, { recursive: true });
}

/** A library in a process whose directory is gone. */
async function libraryWithoutDirectory(bench: Bench): Promise<void> {
  const [seen] = await child<{ right: boolean; code: string }>('gone', [
    bench.goodNpy,
    bench.newFolder(),
  ]);
  assert.deepEqual(seen, { right: true, code: 'EINPUT' });
}

export const oddChecks: Check[] = [
  {
    id: 'F01b',
    title: 'a limit on the size of files: 74, nothing left',
    skip: needsPosix,
    run: shortFiles,
  },
  {
    id: 'F09b',
    title: 'a working directory that is gone, a socket: a result or one line',
    skip: needsPosix,
    async run(bench) {
      await oddPlaces(bench);
      await libraryWithoutDirectory(bench);
    },
  },
  {
    id: 'F09c',
    title: 'names that are no UTF-8: refused, or written under the name that Node makes',
    skip: needsLinux,
    run: namesOfBytes,
  },
  {
    id: 'R03d',
    title: 'few descriptors: a result or one line, never a signal',
    skip: needsLinux,
    run: fewDescriptors,
  },
];
