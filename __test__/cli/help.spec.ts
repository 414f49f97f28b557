/** Help, versions, and what a slip of the keyboard gets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildProgram } from '#dist/cli/program.js';
import { parseLine } from '../scoreboard/bench.js';
import { hackface } from '../support/command.js';

const program = await buildProgram();
const COMMANDS = program.commands.map((command) => command.name());

test('help lists every command, examples and exit codes', async () => {
  for (const args of [['--help'], ['-h'], ['help'], []]) {
    const run = await hackface(args);
    assert.equal(run.code, 0, args.join());
    assert.equal(run.stderr, '');
    for (const command of COMMANDS) assert.match(run.stdout, new RegExp(`^  ${command}\\b`, 'm'));
    assert.match(run.stdout, /Examples:/);
    assert.match(
      run.stdout,
      /Exit codes: 0 done, 1 a gate is not met, 2 usage, 3 a gate cannot be told/,
    );
  }
});

test('every command has help, in groups', async () => {
  for (const command of COMMANDS) {
    const [one, two] = await Promise.all([
      hackface([command, '--help']),
      hackface(['help', command]),
    ]);
    assert.equal(one.code, 0, one.stderr);
    assert.match(one.stdout, new RegExp(`^Usage: hackface-native ${command} `));
    assert.equal(two.stdout, one.stdout);
    assert.match(one.stdout, /^(Arguments|Input|Output|World|Run):$/m);
    assert.match(one.stdout, /^Examples:$/m);
  }
  const { stdout } = await hackface(['score', '--help']);
  for (const heading of ['Input:', 'Metric:', 'Output:', 'Run:', 'Examples:']) {
    assert.ok(stdout.includes(`\n${heading}\n`), heading);
  }
  for (const line of stdout.split('\n')) assert.ok(line.length <= 120, line);
});

test('examples name commands and options that there are', async () => {
  let checked = 0;
  for (const name of ['', ...COMMANDS]) {
    const { stdout } = await hackface([...(name ? [name] : []), '--help']);
    const [, examples = ''] = stdout.split('\nExamples:\n');
    for (const [line, called, rest = ''] of examples.matchAll(
      /hackface-native (\w+)([^|&)#\n]*)/g,
    )) {
      const command = program.commands.find((one) => one.name() === called);
      assert.ok(command, line);
      const known = command.options.flatMap(({ short, long }) => [short, long]);
      const unquoted = rest.replaceAll(/"[^"]*"/g, '');
      for (const [, option] of unquoted.matchAll(/ (--?[a-z][\w-]*)/g)) {
        assert.ok(known.includes(option), line);
        checked += 1;
      }
    }
  }
  assert.ok(checked > 30, `${checked} options found`);
});

test('a slip of the keyboard gets the nearest word', async () => {
  const slips: [string[], RegExp][] = [
    [['scroe'], /Did you mean score\?/],
    [['inspct', 'x'], /Did you mean inspect\?/],
    [['help', 'scroe'], /unknown command 'scroe'.*Did you mean score\?/],
    [['help', 'nope'], /unknown command 'nope'/],
    [['score', '--metrc', 'cosine'], /Did you mean --metric\?/],
    [['synth', 'd', '--sed', '1'], /Did you mean .*--seed/],
  ];
  for (const [args, says] of slips) {
    const run = await hackface(args);
    assert.equal(run.code, 2, args.join(' '));
    assert.equal(parseLine(run.stderr)?.code, 'EUSAGE', run.stderr);
    assert.match(run.stderr, says);
    assert.equal(run.stdout, '');
  }
});

test('a metric that is nearly one gets its name', async () => {
  const slips = { cosin: 'cosine', euclidian: 'euclidean', '2*canbera': 'canberra' };
  for (const [metric, near] of Object.entries(slips)) {
    const run = await hackface(['score', '-e', 'x.npy', '-p', 'x.csv', '-o', '-', '-m', metric]);
    assert.equal(run.code, 2, run.stderr);
    assert.equal(parseLine(run.stderr)?.code, 'EMETRIC');
    assert.match(run.stderr, new RegExp(`Did you mean '${near}'`));
  }
});

test('values outside their range are refused with the range', async () => {
  const wrong: [string[], RegExp][] = [
    [['score', '--threads', '0'], /1 to 1024/],
    [['score', '--threads', '1e2'], /1 to 1024/],
    [['score', '--io', 'fast'], /mmap, read/],
    [['score', '--cpu', 'mmx'], /scalar/],
    [['score', '--undefined', 'nan'], /refuse, max/],
    [['synth', 'd', '--replica', 'r3'], /r2, r1, none/],
    [['synth', 'd', '--dim', '0'], /from 1/],
    [['synth'], /directory/],
    [['metrics', 'more'], /the argument 'more', expected metrics with options only/],
    [['score', '-m', '0.5', '*', 'dot'], /the argument '\*' and 1 more .*Quote/],
    [['inspect', 'a', 'b'], /the argument 'b', expected inspect with one argument/],
  ];
  for (const [args, says] of wrong) {
    const run = await hackface(args);
    assert.equal(run.code, 2, `${args.join(' ')}: ${run.stderr}`);
    assert.ok(parseLine(run.stderr), run.stderr);
    assert.match(run.stderr, says);
  }
});
