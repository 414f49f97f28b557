// Finds a Python that has what the peers need; nothing here assumes that there is one.
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';

const INSTALL = 'pip install numpy scipy pandas scikit-learn faiss-cpu';
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

/** What would choose kernels for OpenBLAS by hand, or for another machine. */
const HAND_CHOSEN = ['OPENBLAS_CORETYPE', 'OPENBLAS_L2_SIZE'];

/**
 * Starts a script of `bench/peers` that stays: `ask` sends it an object as a line of JSON and gives
 * back the one that it answers with, so that whoever is set against it can take turns with it.
 */
export function openPeer(python, script, args) {
  const env = { ...process.env };
  for (const name of HAND_CHOSEN) delete env[name];
  const child = spawn(python.path, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'], env });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${script} ended at ${request.do}`);
      return JSON.parse(value);
    },
    close() {
      child.stdin.end();
    },
  };
}
