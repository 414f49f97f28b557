// Targets of `npm run fuzz` in Rust, in fuzz/targets: libFuzzer changes inputs that the core itself parses, keeps those
// that reach new code and changes them further. Needs nightly Rust and cargo-fuzz.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { root, run } from './run.mjs';

/** In front of the names of these targets. */
const CORE = 'core/';
/** For input of at most 64 KiB: memory asked for at once and in all, in MiB, and seconds for one. */
const LIMITS = ['-max_len=65536', '-malloc_limit_mb=64', '-rss_limit_mb=2048', '-timeout=10'];

/** The names of the targets. */
export const coreTargets = readdirSync(join(root, 'fuzz', 'targets'))
  .map((file) => CORE + parse(file).name)
  .sort();

/**
 * Tries inputs of a target for so many seconds, beginning with `seeds` and what was kept of earlier runs. The number
 * of faults, at most one, whose input is kept in `crashes`.
 */
export function fuzzCore(target, seeds, { seconds, seed, crashes, out }) {
  const { base: name } = parse(target);
  const [built, kept, begun] = ['target', `kept-${name}`, `seeds-${name}`].map((f) => join(out, f));
  for (const folder of [crashes, kept, begun]) mkdirSync(folder, { recursive: true });
  for (const [i, bytes] of seeds.entries()) writeFileSync(join(begun, String(i)), bytes);
  const fuzz = ['+nightly', 'fuzz', 'build', '--fuzz-dir', 'fuzz', '--target-dir', built, name];
  run('cargo', fuzz);
  const { stdout } = run('rustc', ['+nightly', '-vV'], { stdio: 'pipe', encoding: 'utf8' });
  const [, triple] = /^host: (.+)$/m.exec(stdout);
  const files = `-artifact_prefix=${join(crashes, `core-${name}-`)}`;
  const spent = [`-max_total_time=${seconds}`, `-seed=${seed}`, '-print_final_stats=1'];
  const folder = mkdtempSync(join(tmpdir(), 'hackface-fuzz-'));
  const { status, stderr } = spawnSync(
    join(built, triple, 'release', name),
    [kept, begun, files, ...LIMITS, ...spent],
    { encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, TMPDIR: folder } },
  );
  rmSync(folder, { recursive: true });
  if (status !== 0) console.log(stderr.split('\n').slice(-60).join('\n'));
  const [tries] = /(?<=executed_units: *)\d+/.exec(stderr) ?? ['an unknown number of'];
  const [edges] = stderr.match(/(?<=cov: )\d+/g)?.slice(-1) ?? ['an unknown number of'];
  const faults = status === 0 ? 0 : 1;
  console.log(`${target}: ${tries} inputs, ${edges} branches reached, ${faults} faults`);
  return faults;
}
