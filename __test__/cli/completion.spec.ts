/** Completion offers what the program has, in each shell that is installed here. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildProgram } from '#dist/cli/program.js';
import { parseLine } from '../scoreboard/bench.js';
import { hackface } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';

const root = temporaryFolder();
mkdirSync(join(root, 'a folder'));
put(root, 'test set.npy', '');
put(root, 'test_pairs.csv', '');

const has = (shell: string, ...args: string[]) => spawnSync(shell, args).status === 0;
const withBash = has('bash', '--version') && process.platform !== 'win32';
const withZsh = has('zsh', '--version');
const withFish = has('fish', '--version');

async function script(shell: string): Promise<string> {
  const run = await hackface(['completion', shell]);
  assert.equal(run.code, 0, run.stderr);
  return put(root, `completion.${shell}`, run.stdout);
}

function output(shell: string, args: string[]): string {
  const run = spawnSync(shell, args, { cwd: root, encoding: 'utf8' });
  assert.equal(run.stderr, '');
  return run.stdout;
}

/** Words that bash offers for each line; the last word, which may be empty, is being written. */
async function bashOffers(lines: string[][]): Promise<string[][]> {
  const asked = lines.map((words) => {
    const quoted = words.map((word) => `'${word}'`).join(' ');
    return `COMP_WORDS=(${quoted}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _hackface_native; (IFS='|'; echo "\${COMPREPLY[*]}")`;
  });
  const text = `source '${await script('bash')}'\n${asked.join('\n')}\n`;
  const offered = output('bash', ['--norc', '-c', text]);
  return offered
    .slice(0, -1)
    .split('\n')
    .map((line) => line.split('|'));
}

const program = await buildProgram();
const commands = program.commands.map((command) => command.name());

test('bash offers every command and every option of each', {
  skip: !withBash && 'no bash here',
}, async () => {
  const lines = [[''], ...commands.map((command) => [command, '-'])];
  const [first = [], ...rest] = await bashOffers(
    lines.map((words) => ['hackface-native', ...words]),
  );
  for (const command of [...commands, 'help', '--version'])
    assert.ok(first.includes(command), command);
  for (const [index, command] of program.commands.entries()) {
    const options = command.createHelp().visibleOptions(command);
    const names = options.flatMap(({ short, long }) => [short, long]).filter(Boolean);
    assert.deepEqual(rest[index]?.sort(), (names as string[]).sort(), command.name());
  }
});

test('bash offers values, files and nothing as they fit', {
  skip: !withBash && 'no bash here',
}, async () => {
  const cases: [string[], string[]][] = [
    [['sc'], ['score']],
    [
      ['score', '--cpu', ''],
      ['auto', 'scalar', 'avx2', 'avx512', 'neon'],
    ],
    [
      ['score', '--cpu', 'avx'],
      ['avx2', 'avx512'],
    ],
    [['score', '-q', '--normalize', 'l'], ['l2']],
    [
      ['score', '-e', 'test'],
      ['test set.npy', 'test_pairs.csv'],
    ],
    [['score', '--threads', ''], ['']],
    [['inspect', 'a'], ['a folder']],
    [['inspect', 'completion.b'], ['completion.bash']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['doctor', ''], ['']],
  ];
  const offered = await bashOffers(cases.map(([words]) => ['hackface-native', ...words]));
  for (const [index, [words, expected]] of cases.entries()) {
    assert.deepEqual(offered[index]?.sort(), expected.sort(), words.join(' '));
  }
});

test('fish offers the same', { skip: !withFish && 'no fish here' }, async () => {
  const path = await script('fish');
  const offers = (line: string) =>
    output('fish', ['--no-config', '-c', `source '${path}'; complete -C '${line}'`])
      .trimEnd()
      .split('\n')
      .map((row) => row.split('\t')[0] as string);
  const all = offers('hackface-native ');
  for (const command of commands) assert.ok(all.includes(command), command);
  assert.deepEqual(offers('hackface-native score --cpu av').sort(), ['avx2', 'avx512']);
  assert.deepEqual(offers('hackface-native completion '), ['bash', 'fish', 'zsh']);
  for (const command of program.commands) {
    const options = command
      .createHelp()
      .visibleOptions(command)
      .map(({ long }) => long);
    const offered = offers(`hackface-native ${command.name()} --`);
    assert.deepEqual(offered.sort(), options.sort(), command.name());
  }
});

test('zsh reads the script, and every option of it', {
  skip: !withZsh && 'no zsh here',
}, async () => {
  const path = await script('zsh');
  const stubs = `compdef() { : }; _describe() { print -r -l -- $commands }; _arguments() { print -r -l -- "$@" }`;
  const asked = commands.map(
    (name) => `print "= ${name}"; words=(hackface-native ${name} ''); CURRENT=3; _hackface_native`,
  );
  const text = `${stubs}; source '${path}'; words=(hackface-native ''); CURRENT=2; _hackface_native; ${asked.join('; ')}`;
  const [first = '', ...rest] = output('zsh', ['-f', '-c', text]).split(/^= /m);
  for (const { name, about } of program.commands.map((c) => ({
    name: c.name(),
    about: c.description(),
  }))) {
    assert.ok(first.includes(`${name}:${about}\n`), name);
  }
  for (const [index, command] of program.commands.entries()) {
    for (const { long } of command.createHelp().visibleOptions(command)) {
      assert.match(rest[index] ?? '', new RegExp(`^(\\(.*\\))?${long}\\[`, 'm'), command.name());
    }
  }
});

test('another shell is refused with the list', async () => {
  const run = await hackface(['completion', 'csh']);
  assert.equal(run.code, 2);
  assert.equal(parseLine(run.stderr)?.code, 'EUSAGE');
  assert.match(run.stderr, /found 'csh' for shell, expected one of bash, zsh, fish/);
});
