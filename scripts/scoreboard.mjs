// `npm run scoreboard`: runs every check of the scoreboard that this system can run, prints how many held, by group,
// with the misses and what cannot run here, and writes build/scoreboard.json. `npm test` runs the quick form as well.
//   npm run scoreboard              the quick form, about two minutes
//   npm run scoreboard -- --full    with the checks of minutes, at many more moments
//   --only PATTERN                  checks whose names match, such as F0 or 'R04|T'
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './run.mjs';
import { compileTests, prepare } from './specs.mjs';

const { values } = parseArgs({
  options: { full: { type: 'boolean', default: false }, only: { type: 'string' } },
});
await prepare();
await compileTests();
const only = values.only === undefined ? [] : [`--test-name-pattern=^(${values.only})`];
const { status } = spawnSync(
  process.execPath,
  [
    '--enable-source-maps',
    '--test-reporter=spec',
    ...only,
    join('build', 'test', 'scoreboard', 'scoreboard.spec.js'),
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, HACKFACE_SCOREBOARD: values.full ? 'full' : 'quick' },
  },
);
process.exitCode = status ?? 1;
