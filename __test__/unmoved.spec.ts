// Nothing that the command line computes or writes has moved from the record. Where it was meant to:
//   node scripts/unmoved.mjs --against FOLDER   shows what differs from another built checkout
//   node scripts/unmoved.mjs --write            makes the present results the record
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { CASES } from './unmoved/cases.js';
import { unusedOptions } from './unmoved/coverage.js';
import {
  digested,
  movedFrom,
  notComparable,
  RECORD,
  RECORDED,
  readRecord,
} from './unmoved/record.js';
import { type Run, runCases } from './unmoved/run.js';

let run: Run;

before(async () => {
  run = await runCases('.', '.', CASES);
});

test('names of cases are names of folders, each once', () => {
  const names = CASES.map(({ name }) => name);
  assert.deepEqual([...new Set(names)], names);
  // Upper and lower case are the same on some systems.
  for (const name of names) assert.match(name, /^[a-z-]+\/[\w.=-]+$/);
  assert.deepEqual(
    names.filter((name) => name !== name.toLowerCase()),
    [],
  );
});

test('every option of every command has a case', () => {
  const script = run.results.get('completion/fish/(stdout)')?.form;
  assert.deepEqual(unusedOptions(String(script), CASES), []);
});

test('cases fail that are to fail, and no other', () => {
  assert.deepEqual(run.surprises, []);
});

for (const section of RECORDED) {
  test(`results are as recorded: ${section}`, (t) => {
    const record = readRecord(RECORD);
    const reason = notComparable(record, run.cpu, section);
    if (reason !== undefined) {
      t.skip(reason);
      return;
    }
    const moved = movedFrom(record, digested(run), section);
    assert.deepEqual(moved, [], 'see the beginning of __test__/unmoved.spec.ts');
  });
}
