// Nothing that the command line computes or writes has moved from the record. Where it was meant to:
//   node scripts/unmoved.mjs --against FOLDER   shows what differs from another built checkout
//   node scripts/unmoved.mjs --write            makes the present results the record
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { readCases } from './unmoved/cases.js';
import { movedFrom, notComparable, RECORD, RECORDED } from './unmoved/compare.js';
import { type Run, runCases } from './unmoved/run.js';

/** Options without a case, and why. */
const LEFT_OUT = new Map([
  ['fit --model', 'the other spelling of --metric'],
  ['synth --full', 'writes 931 MB; a refusal names it'],
]);

const CASES = readCases('.');
let run: Run;

before(async () => {
  run = await runCases('.', '.', CASES);
});

test('names of cases are names of folders, each once', () => {
  const names = CASES.map(({ name }) => name);
  assert.deepEqual([...new Set(names)], names);
  // Upper and lower case are the same on some systems.
  for (const name of names) assert.match(name, /^[a-z-]+\/[a-z0-9_.=-]+$/);
});

test('cases read what cases above them wrote', () => {
  for (const [i, { name, reads }] of CASES.entries()) {
    const above = CASES.slice(0, i).map((one) => one.name);
    const unwritten = reads.filter((read) => !above.includes(read));
    assert.deepEqual(unwritten, [], name);
  }
});

test('every option of every command has a case', () => {
  const script = String(run.results.get('text/completion/fish/(stdout)'));
  const options = script.matchAll(/__fish_seen_subcommand_from (\w+)'( -s (\S+))?( -l (\S+))? /g);
  assert.match(script, /__fish_seen_subcommand_from score/);
  const missing = [...options].flatMap(([, command = '', , short, , long]) => {
    const words = CASES.flatMap(({ args }) => (args[0] === command ? args : []));
    const option = `${command} --${long}`;
    const isUsed = words.some((word) => word === `-${short}` || word === `--${long}`);
    return isUsed || LEFT_OUT.has(option) || !(short || long) ? [] : [option];
  });
  assert.deepEqual(missing, []);
});

test('cases fail that are to fail, and no other', () => {
  assert.deepEqual(run.surprises, []);
});

for (const section of RECORDED) {
  test(`results are as recorded: ${section}`, (t) => {
    const record = JSON.parse(readFileSync(RECORD, 'utf8'));
    const reason = notComparable(section, record.cpu, run.cpu);
    if (reason === undefined) {
      const moved = movedFrom(record, run, section);
      assert.deepEqual(moved, [], 'see the beginning of __test__/unmoved.spec.ts');
    } else t.skip(reason);
  });
}
