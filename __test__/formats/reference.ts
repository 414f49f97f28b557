/** Lets the reference writers of formats write what the tests read. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

const PYTHON = process.env.HACKFACE_PYTHON ?? 'python3';

/** Why a test that wants these modules is skipped; false if they are there. */
export function lacks(modules: string): string | false {
  return (
    spawnSync(PYTHON, ['-c', `import ${modules}`]).status !== 0 &&
    `no ${PYTHON} with ${modules}; HACKFACE_PYTHON names another`
  );
}

/** Runs Python in a folder, with the rows as `x` of float32 and `names`, n0 and so on. */
export function written(folder: string, rows: readonly (readonly number[])[], code: string): void {
  const given = `import numpy as np, json, sys
x = np.array(json.loads(sys.stdin.read()), 'f4')
names = ['n%d' % i for i in range(len(x))]
`;
  const input = JSON.stringify(rows);
  const ran = spawnSync(PYTHON, ['-c', given + code], { cwd: folder, encoding: 'utf8', input });
  assert.equal(ran.status, 0, ran.stderr);
}
