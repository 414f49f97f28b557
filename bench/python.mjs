// Finds a Python that has what the peers need; nothing here assumes that there is one.
import { spawnSync } from 'node:child_process';

const INSTALL = 'pip install numpy scipy pandas scikit-learn';
const CANDIDATES = [process.env.HACKFACE_PYTHON, 'python3', 'python'];

/**
 * Path and versions of the first Python that can import all of `modules`, or `undefined` after
 * saying loudly what is skipped for the lack of it. `HACKFACE_PYTHON` names one to try first.
 */
export function findPython(modules, skipped) {
  const code = [
    'import importlib, json, platform, sys',
    `found = {m: importlib.import_module(m).__version__ for m in ${JSON.stringify(modules)}}`,
    'print(json.dumps({"path": sys.executable, "versions": {"python": platform.python_version(), **found}}))',
  ].join('\n');
  for (const candidate of CANDIDATES.filter(Boolean)) {
    const result = spawnSync(candidate, ['-c', code], { encoding: 'utf8' });
    if (result.status === 0) return JSON.parse(result.stdout);
  }
  console.error(`SKIPPED: ${skipped}`);
  console.error(`         needs Python with ${modules.join(', ')}: ${INSTALL}`);
  console.error('         (HACKFACE_PYTHON=/path/to/python names another one)');
  return undefined;
}

/** Runs a script of `bench/peers` and gives back the JSON on its standard output. */
export function runPeer(python, script, args) {
  const options = { encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'inherit'] };
  const result = spawnSync(python.path, [script, ...args], options);
  if (result.status !== 0)
    throw new Error(`${script} ended with ${result.status ?? result.signal}`);
  return JSON.parse(result.stdout);
}
