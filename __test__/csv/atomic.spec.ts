import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs, {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { writeSubmission } from '#dist/csv/submission.js';
import { HackfaceError } from '#dist/errors.js';
import {
  checkTarget,
  removeTemporaryFiles,
  temporaryBeside,
  writeFileAtomic,
} from '#dist/files/atomic.js';
import { requireContent } from '#dist/files/verify.js';
import { needsLinux, needsPosix, onLinux } from '../support/system.js';
import { put, temporaryFolder } from '../support/folder.js';
import { randomNumbers } from '../support/random.js';
import { refuses, refusesLater, skipLoudly } from './support.js';

const SUBMISSION = pathToFileURL(join(process.cwd(), 'dist', 'csv', 'submission.js')).href;
const ATOMIC = pathToFileURL(join(process.cwd(), 'dist', 'files', 'atomic.js')).href;
const folder = temporaryFolder();
const rows = 20_000;

/** A submission whose rows all say which version they are of. */
function versionOf(value: number): { ids: string[]; distances: Float64Array } {
  const ids = Array.from({ length: rows }, (_, row) => `pair_${row}`);
  return { ids, distances: new Float64Array(rows).fill(value) };
}

function inFolder(name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
}

/** Runs a module as somebody who may not do everything. */
function asNobody(script: string, ...parameters: string[]): { stdout: string; stderr: string } {
  const drop = process.getuid?.() === 0 ? 'process.setgid(65534); process.setuid(65534);' : '';
  return spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { writeFileAtomic } = await import(${JSON.stringify(ATOMIC)}); ${drop} ${script}`,
      ...parameters,
    ],
    { encoding: 'utf8' },
  );
}

test('F01: a full device is an I/O error, and a full disk leaves the old file', {
  skip: needsLinux,
}, async () => {
  await refusesLater(() => writeSubmission('/dev/full', versionOf(1), { force: true }), {
    code: 'EIO',
    class: 'io',
    file: '/dev/full',
  });
  const script = `
    import { writeSubmission } from ${JSON.stringify(SUBMISSION)};
    try { await writeSubmission('-', { ids: ['a'], distances: new Float64Array(1) }); }
    catch (error) { console.error(error.class, error.message); process.exitCode = 74; }`;
  const ran = spawnSync(
    'bash',
    ['-c', '"$0" --input-type=module -e "$1" > /dev/full', process.execPath, script],
    { encoding: 'utf8' },
  );
  assert.equal(ran.status, 74);
  assert.match(
    ran.stderr,
    /^io <stdout>: found a full disk, expected to write the whole file\. .*\n$/,
  );

  const disk = mkdtempSync(join(folder, 'disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
  if (mounted.status !== 0) {
    rmdirSync(disk);
    return skipLoudly('a full disk', 'no right to mount a small tmpfs');
  }
  try {
    const target = put(disk, 'out.csv', 'old');
    const before = statSync(target);
    // Room for one page more each time: the disk is full at the first, second, … write.
    for (let pages = 14; pages >= 0; pages -= 1) {
      const ballast = put(disk, 'ballast', Buffer.alloc(pages * 4096));
      const chunks = Array.from({ length: 20 }, () => Buffer.alloc(4096, 'n'));
      for (const force of [true, false]) {
        const path = force ? target : join(disk, 'new.csv');
        await refusesLater(() => writeFileAtomic(path, chunks, { force }), {
          code: 'EIO',
          class: 'io',
          file: path,
          found: 'a full disk',
        });
      }
      rmSync(ballast);
      assert.deepEqual(readdirSync(disk), ['out.csv']);
    }
    const after = statSync(target);
    assert.equal(readFileSync(target, 'utf8'), 'old');
    assert.deepEqual([after.ino, after.mtimeMs], [before.ino, before.mtimeMs]);
    await writeFileAtomic(target, [Buffer.from('new')], { force: true });
    assert.equal(readFileSync(target, 'utf8'), 'new');
  } finally {
    execFileSync('umount', [disk]);
  }
});

test('F05: kill -9 at 50 moments leaves the whole old file or a whole new one', {
  skip: needsPosix,
}, async () => {
  const target = join(inFolder('killed'), 'out.csv');
  await writeSubmission(target, versionOf(0));
  const whole = new Map<string, string>();
  for (const value of [0, 1, 2]) {
    const path = join(folder, `whole${value}.csv`);
    await writeSubmission(path, versionOf(value));
    whole.set(readFileSync(path, 'latin1'), String(value));
  }
  const script = `
    import { writeSubmission } from ${JSON.stringify(SUBMISSION)};
    const ids = Array.from({ length: ${rows} }, (_, row) => 'pair_' + row);
    const versions = [1, 2].map((value) => new Float64Array(${rows}).fill(value));
    await new Promise((resume) => process.stdout.write('ready', resume));
    for (let count = 0; ; count += 1) {
      await writeSubmission(process.argv[1], { ids, distances: versions[count % 2] }, { force: true });
    }`;
  const next = randomNumbers(9);
  const seen = new Map<string, number>();
  let leftBehind = 0;
  for (let moment = 0; moment < 50; moment += 1) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, target]);
    const ended = new Promise((resume) => child.once('exit', resume));
    await new Promise((resume) => child.stdout.once('data', resume));
    await new Promise((resume) => setTimeout(resume, next() * 60));
    child.kill('SIGKILL');
    await ended;
    const version = whole.get(readFileSync(target, 'latin1'));
    assert.ok(version !== undefined, 'neither the old file nor a new one');
    seen.set(version, (seen.get(version) ?? 0) + 1);
    leftBehind = Math.max(leftBehind, readdirSync(join(folder, 'killed')).length - 1);
  }
  // Some were killed amid a write, and some after one: else the moments prove nothing.
  assert.ok(leftBehind > 0, 'no child was killed while it wrote');
  assert.ok((seen.get('1') ?? 0) + (seen.get('2') ?? 0) > 0, 'no child ever finished a write');
});

test('F06: a link is written through, a directory and a device are refused, modes stay', {
  skip: needsPosix,
}, async () => {
  const here = inFolder('targets');
  const there = inFolder('elsewhere');
  const chunks = () => [Buffer.from('new')];

  const real = put(there, 'real.csv', 'old');
  symlinkSync('../elsewhere/real.csv', join(here, 'one'));
  symlinkSync('one', join(here, 'link'));
  await refusesLater(() => writeFileAtomic(join(here, 'link'), chunks()), {
    code: 'EEXISTS',
    class: 'create',
  });
  await writeFileAtomic(join(here, 'link'), chunks(), { force: true });
  assert.equal(readFileSync(real, 'utf8'), 'new');
  assert.ok(lstatSync(join(here, 'link')).isSymbolicLink());
  symlinkSync('../elsewhere/made.csv', join(here, 'dangling'));
  await writeFileAtomic(join(here, 'dangling'), chunks());
  assert.equal(readFileSync(join(there, 'made.csv'), 'utf8'), 'new');
  symlinkSync('loop', join(here, 'loop'));
  await refusesLater(() => writeFileAtomic(join(here, 'loop'), chunks()), {
    code: 'ECREATE',
    found: 'a loop',
  });

  mkdirSync(join(here, 'directory'));
  execFileSync('mkfifo', [join(here, 'fifo')]);
  for (const [name, found] of [
    ['directory', 'a directory'],
    ['fifo', 'a FIFO'],
    ['none/out.csv', 'no such directory'],
    ['one/out.csv', 'not a directory'],
    [`${'n'.repeat(300)}.csv`, 'too long'],
  ]) {
    const path = join(here, name as string);
    const refusal = { code: 'ECREATE', class: 'create', file: path, found: found as string };
    await refusesLater(() => writeFileAtomic(path, chunks(), { force: true }), refusal);
    refuses(() => checkTarget(path, { force: true }), refusal);
  }
  if (onLinux) {
    refuses(() => checkTarget('/dev/full'), {
      code: 'EIO',
      class: 'io',
      found: 'a character device',
    });
  }

  for (const mode of [0o600, 0o640, 0o755]) {
    const path = put(here, `mode${mode}`, 'old');
    chmodSync(path, mode);
    await writeFileAtomic(path, chunks(), { force: true });
    assert.equal(statSync(path).mode & 0o777, mode);
  }
  for (const mask of [0o022, 0o077]) {
    const path = join(here, `mask${mask}`);
    const before = process.umask(mask);
    try {
      await writeFileAtomic(path, chunks());
    } finally {
      process.umask(before);
    }
    assert.equal(statSync(path).mode & 0o777, 0o666 & ~mask);
  }

  const closed = inFolder('closed');
  const old = put(closed, 'old.csv', 'old');
  chmodSync(closed, 0o555);
  chmodSync(folder, 0o755);
  const script = `
    try { await writeFileAtomic(process.argv[1], [Buffer.from('new')], { force: true }); }
    catch (error) { console.log(error.code, error.class, error.found); }`;
  for (const path of [old, join(closed, 'new.csv')]) {
    const ran = asNobody(script, path);
    if (ran.stdout === '' && ran.stderr !== '')
      skipLoudly('a read-only directory', ran.stderr.split('\n')[0] ?? '');
    else assert.equal(ran.stdout, 'ECREATE create no permission to create it\n');
  }
  const beside = `
    const { temporaryBeside } = await import(${JSON.stringify(ATOMIC)});
    try { temporaryBeside(process.argv[1]); } catch (error) { console.log(error.code, error.file); }`;
  const inside = join(closed, 'new.npy');
  const made = asNobody(beside, inside);
  if (made.stdout !== '' || made.stderr === '') assert.equal(made.stdout, `ECREATE ${inside}\n`);
  assert.deepEqual(readdirSync(closed), ['old.csv']);
  assert.equal(readFileSync(old, 'utf8'), 'old');
  assert.deepEqual(
    readdirSync(here).filter((name) => name.startsWith('.')),
    [],
  );
});

test('a file that is there, or appears meanwhile, is kept unless forced', async () => {
  const here = inFolder('kept');
  const target = put(here, 'out.csv', 'old');
  const before = statSync(target);
  const refusal = {
    code: 'EEXISTS',
    class: 'create',
    file: target,
    hint: 'option force: true',
  };
  await refusesLater(() => writeSubmission(target, versionOf(1)), refusal);
  refuses(() => checkTarget(target), refusal);
  checkTarget(target, { force: true });
  assert.deepEqual([statSync(target).ino, statSync(target).mtimeMs], [before.ino, before.mtimeMs]);

  const fresh = join(here, 'fresh.csv');
  function* overtaken(): Generator<Uint8Array> {
    yield Buffer.from('mine');
    writeFileSync(fresh, 'theirs');
    yield Buffer.from('mine');
  }
  await refusesLater(() => writeFileAtomic(fresh, overtaken()), { code: 'EEXISTS', file: fresh });
  assert.equal(readFileSync(fresh, 'utf8'), 'theirs');
  assert.deepEqual(readdirSync(here).sort(), ['fresh.csv', 'out.csv']);
});

test('what goes wrong with a temporary file is said of its target', () => {
  const here = inFolder('blamed');
  const target = join(here, 'out.npy');
  const temporary = temporaryBeside(target);
  const { path: file } = temporary;
  const details = { file, found: 'no space', expected: 'it to succeed' };
  const full = temporary.blame(new HackfaceError('EIO', 'io', details));
  assert.ok(full instanceof HackfaceError);
  assert.deepEqual([full.code, full.file, full.found], ['EIO', target, 'no space']);
  assert.match(full.message, /Free some space/);
  const shape = temporary.blame(new HackfaceError('ENPYSHAPE', 'data', { ...details, row: 3 }));
  assert.ok(shape instanceof HackfaceError);
  assert.deepEqual([shape.code, shape.file, shape.row], ['ENPYSHAPE', target, 3]);
  const other = new HackfaceError('EIO', 'io', { ...details, file: 'other' });
  assert.equal(temporary.blame(other), other);
  temporary.discard();
  assert.deepEqual(readdirSync(here), []);
});

test('whatever stops the chunks leaves nothing behind', async () => {
  const here = inFolder('stopped');
  const target = join(here, 'out.csv');
  const stop = new Error('stop');
  async function* stopping(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('part');
    throw stop;
  }
  await assert.rejects(writeFileAtomic(target, stopping()), stop);
  assert.deepEqual(readdirSync(here), []);

  // The work of a signal handler while a file is being written.
  let during: string[] = [];
  function* interrupted(): Generator<Uint8Array> {
    yield Buffer.from('part');
    during = readdirSync(here);
    removeTemporaryFiles();
    assert.deepEqual(readdirSync(here), []);
    throw stop;
  }
  await assert.rejects(writeFileAtomic(target, interrupted()), stop);
  assert.equal(during.length, 1);
  assert.equal(existsSync(target), false);
});

test('a file is read back before it replaces another, which a difference leaves alone', async () => {
  const target = put(inFolder('checked'), 'out.csv', 'old');
  const chunks = [Buffer.from('new ')];
  const wrong = [Buffer.from('mew ')];
  const check = (written: string) => requireContent(written, wrong, target);
  await refusesLater(() => writeFileAtomic(target, chunks, { force: true, check }), {
    code: 'EIO',
    file: target,
    found: 'other bytes than were written',
  });
  assert.equal(readFileSync(target, 'utf8'), 'old');
  for (const part of [Buffer.from('new'), Buffer.from('new  ')]) {
    await refusesLater(() => requireContent(target, [part]), { code: 'EIO', file: target });
  }
  const gone = async (written: string) => {
    rmSync(written);
    await requireContent(written, chunks, target);
  };
  const absent = { code: 'EIO', file: target, found: 'no such file' };
  await refusesLater(() => writeFileAtomic(target, chunks, { force: true, check: gone }), absent);
  assert.deepEqual(readdirSync(join(folder, 'checked')), ['out.csv']);
});

test('short and interrupted reads are no difference', async () => {
  const chunks = [Buffer.alloc(70_000, 'a'), Buffer.alloc(0), Buffer.alloc(9, 'b')];
  const target = put(folder, 'interrupted.csv', Buffer.concat(chunks));
  const { read } = fs;
  const outcomes = { short: 0, interrupted: 0 };
  type Done = (error: Error | null, got: number, buffer: Buffer) => void;
  const fitful = (
    descriptor: number,
    buffer: Buffer,
    offset: number,
    length: number,
    position: number | null,
    done: Done,
  ) => {
    if ((outcomes.short + outcomes.interrupted) % 2 === 0) {
      outcomes.interrupted += 1;
      const interrupted = Object.assign(new Error('EINTR'), { code: 'EINTR' });
      setImmediate(() => done(interrupted, 0, buffer));
      return;
    }
    outcomes.short += 1;
    read(descriptor, buffer, offset, Math.min(length, 30_000), position, done);
  };
  try {
    fs.read = fitful as unknown as typeof read;
    syncBuiltinESMExports();
    await requireContent(target, chunks);
  } finally {
    fs.read = read;
    syncBuiltinESMExports();
  }
  assert.ok(outcomes.short > 3 && outcomes.interrupted > 3, JSON.stringify(outcomes));
});

test('nobody may read a temporary file who may not read its target', {
  skip: needsPosix,
}, async () => {
  const here = inFolder('private');
  const target = put(here, 'out.csv', 'old');
  chmodSync(target, 0o600);
  const temporary = temporaryBeside(target, { force: true });
  assert.equal(statSync(temporary.path).mode & 0o777, 0o600);
  await temporary.place();
  let during = 0;
  const check = async (written: string) => {
    during = statSync(written).mode & 0o777;
  };
  await writeFileAtomic(target, [Buffer.from('new')], { force: true, check });
  assert.equal(during, 0o600);
  assert.equal(statSync(target).mode & 0o777, 0o600);
});

test('large chunks are written in full', async () => {
  const target = join(folder, 'large.bin');
  const chunk = Buffer.alloc(40 << 20, 'x');
  await writeFileAtomic(target, [chunk, new Uint8Array(0), Buffer.from('end')]);
  const written = readFileSync(target);
  assert.equal(written.length, chunk.length + 3);
  assert.equal(written.subarray(-3).toString(), 'end');
  assert.equal(written.subarray(0, -3).equals(chunk), true);
});

test('F07: a reader that goes away ends the writing quietly', { skip: needsPosix }, () => {
  const script = `
    import { writeSubmission } from ${JSON.stringify(SUBMISSION)};
    const rows = 300000;
    await writeSubmission('/dev/stdout', { ids: Array.from({ length: rows }, (_, row) => 'pair_' + row), distances: new Float64Array(rows) });`;
  const command = '"$0" --input-type=module -e "$1" | head -1; echo "status $PIPESTATUS"';
  const ran = spawnSync('bash', ['-c', command, process.execPath, script], { encoding: 'utf8' });
  assert.equal(ran.stdout, 'Predicted,Id\nstatus 0\n');
  assert.equal(ran.stderr, '');
});

test('standard output gets the bytes of the file, over a slow pipe too', {
  skip: needsPosix,
}, () => {
  const script = `
    import { writeSubmission } from ${JSON.stringify(SUBMISSION)};
    const ids = Array.from({ length: ${rows} }, (_, row) => 'pair_' + row);
    await writeSubmission('-', { ids, distances: new Float64Array(${rows}).fill(1) });`;
  const command = '"$0" --input-type=module -e "$1" | (sleep 0.2; cat)';
  const ran = spawnSync('bash', ['-c', command, process.execPath, script], { encoding: 'latin1' });
  assert.equal(ran.stdout, readFileSync(join(folder, 'whole1.csv'), 'latin1'));
});
