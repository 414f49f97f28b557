// Steps of a check: each says what it found, every failure is kept, skips are loud.
import { spawn } from 'node:child_process';

/** A part that cannot run here. */
export class Skip extends Error {}

const results = { passed: 0, failed: 0, skipped: 0 };

/** Runs a step; what it returns is printed behind its name, and `undefined` is returned if it failed. */
export async function step(name, work) {
  const started = performance.now();
  const took = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  try {
    const { told = '', value = true } = (await work()) ?? {};
    results.passed += 1;
    console.log(`ok      ${name}${told ? `: ${told}` : ''} (${took()})`);
    return value;
  } catch (error) {
    if (error instanceof Skip) {
      results.skipped += 1;
      console.log(`SKIPPED ${name}: ${error.message}`);
    } else {
      results.failed += 1;
      console.log(`FAILED  ${name} (${took()})\n${error.stack ?? error}`);
    }
    return undefined;
  }
}

/** The last line, and the exit code of the process. */
export function conclude({ skipsFail }) {
  const { passed, failed, skipped } = results;
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed > 0 || passed === 0 || (skipsFail && skipped > 0) ? 1 : 0;
}

/** Runs a program to its end; refuses any other end than 0. Without blocking, as a server may run here. */
export function call(program, args, { cwd, env, quiet = true, shell = false } = {}) {
  return new Promise((done, failed) => {
    const child = spawn(program, args, {
      cwd,
      env: env ?? process.env,
      shell,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
      if (!quiet) process.stderr.write(text);
    });
    child.on('error', failed);
    child.on('close', (code, signal) => {
      if (code === 0) done({ stdout, stderr });
      else
        failed(
          new Error(
            `${program} ${args.join(' ')}: ${signal ?? `exit ${code}`}\n${stdout}${stderr}`,
          ),
        );
    });
  });
}
