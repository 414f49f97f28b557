/** The tables of flags: what follows from an entry, and who speaks of flags. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { choice, command, Flag, text, toggle, value, withFlags } from '#dist/cli/flags.js';
import { wholeNumber } from '#dist/cli/parsers.js';
import { HackfaceError } from '#dist/errors.js';
import { buildProgram } from '#dist/cli/program.js';

const program = await buildProgram();

const FLAGS = {
  'Run:': {
    onUndefined: choice('--undefined <policy>', 'what to do', ['refuse', 'max']).shows(
      () => 'refuse',
    ),
    skipInvalid: toggle('--skip-invalid', 'leave out rows'),
    header: toggle('--no-header', 'no header line'),
    rank: value('--within-rank <n>', 'a rank', wholeNumber(1, 9)),
    output: text('-o, --output <file>', 'a file').or('out.csv'),
  },
};

async function parsed(...words: string[]): Promise<unknown> {
  let found: unknown;
  const made = command('trial', 'A trial.', FLAGS, '').exitOverride();
  made.action((flags: unknown) => {
    found = { ...(flags as object) };
  });
  await made.parseAsync(words, { from: 'user' });
  return found;
}

test('what is typed becomes fields of the request', async () => {
  assert.deepEqual(await parsed(), { header: true, output: 'out.csv' });
  const words = ['--undefined', 'max', '--skip-invalid', '--no-header', '--within-rank', '3'];
  assert.deepEqual(await parsed(...words, '-o', 'x'), {
    onUndefined: 'max',
    skipInvalid: true,
    header: false,
    rank: 3,
    output: 'x',
  });
});

test('a value that cannot be read is refused by the flag with what it takes', async () => {
  const refused = async (...words: string[]) => {
    const error = (await parsed(...words).catch((error) => error)) as HackfaceError;
    return [error.code, error.found, error.expected];
  };
  assert.deepEqual(await refused('--within-rank', '0'), [
    'EUSAGE',
    "'0' for --within-rank <n>",
    'a whole number from 1 to 9',
  ]);
  assert.deepEqual(await refused('--undefined', 'nan'), [
    'EUSAGE',
    "'nan' for --undefined <policy>",
    'one of refuse, max',
  ]);
});

test('an error of the library names an option, that of a command its flag', () => {
  const made = command('trial', 'A trial.', FLAGS, '');
  const told = (option: string, value?: string, hint?: string) => {
    const advice = { text: 'do so', option, ...(value !== undefined && { value }) };
    const details = { found: 'this', expected: 'that', advice, ...(hint && { hint }) };
    const error = new HackfaceError('ETEST', 'usage', details);
    assert.equal(error.option, option);
    return [error.hint, (withFlags(error, made) as HackfaceError).hint];
  };
  assert.deepEqual(told('onUndefined', 'max', 'Stop'), [
    "Stop, or do so with option onUndefined: 'max'",
    'Stop, or do so with --undefined max',
  ]);
  assert.deepEqual(told('skipInvalid', 'true'), [
    'Do so with option skipInvalid: true',
    'Do so with --skip-invalid',
  ]);
  assert.deepEqual(told('header', 'false'), [
    'Do so with option header: false',
    'Do so with --no-header',
  ]);
  assert.deepEqual(told('rank'), ['Do so with option rank', 'Do so with --within-rank']);
  assert.deepEqual(told('kind', undefined, 'Rename it'), [
    'Rename it, or do so with option kind',
    'Rename it',
  ]);
});

test('every option of every command comes from a table', () => {
  for (const { options } of program.commands) {
    for (const option of options) assert.ok(option instanceof Flag, option.flags);
  }
});

test('no text of the core or of the library names a flag', () => {
  const flags = program.commands.flatMap(({ options }) =>
    options.map(({ long }) => long as string),
  );
  // Variables of a style sheet are spelled as flags are.
  const flag = new RegExp(`(?<!var\\(|[\\w-])(${[...new Set(flags)].join('|')})(?![\\w:-])`);
  const folders = ['crates/core/src', 'crates/node/src', 'src'];
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name).replaceAll('\\', '/'))
      .filter((name) => /\.(rs|ts)$/.test(name) && !/^src\/cli[/.]|\.d\.ts$/.test(name)),
  );
  assert.ok(files.length > 100, `${files.length} files`);
  for (const file of files) {
    for (const [at, line] of readFileSync(file, 'utf8').split('\n').entries()) {
      if (/^\s*(\/\/|\*|\/\*)/.test(line)) continue;
      assert.doesNotMatch(line, flag, `${file}:${at + 1}`);
    }
  }
});
