// From the command typed to the file written: this package, Node doing nothing, the organisers' script.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { baselineArguments, compareSubmissions, scoreArguments } from './compare-baseline.mjs';
import { median, ratios, takeTurns } from './measure.mjs';
import { peakMemory } from './peak-memory.mjs';
import { findPython } from './python.mjs';

export async function wholeProcess({ cli, files, folder, rounds }) {
  const ours = join(folder, 'ours.csv');
  const theirs = join(folder, 'theirs.csv');
  const commands = {
    'node -e 0': [process.execPath, ['-e', '0']],
    'score --metric sqeuclidean': [process.execPath, scoreArguments(cli, files, ours)],
  };
  const python = findPython(['numpy', 'pandas'], "the organisers' baseline, timed");
  if (python) {
    commands['python import pandas'] = [python.path, ['-c', 'import pandas']];
    const baseline = baselineArguments(files, theirs);
    commands['baseline.py'] = [python.path, baseline];
    commands['baseline.py --lists'] = [python.path, [...baseline, '--lists']];
  }
  for (const [command, args] of Object.values(commands)) runQuietly(command, args);
  if (python) {
    const { failures } = compareSubmissions(ours, theirs);
    if (failures.length > 0) throw new Error(`the answers differ: ${failures[0]}`);
  }

  const runners = Object.entries(commands).map(([name, [command, args]]) => [
    name,
    () => runQuietly(command, args),
  ]);
  const times = takeTurns(Object.fromEntries(runners), rounds);
  const score = times['score --metric sqeuclidean'];
  const rows = [];
  let peak;
  for (const [name, [command, args]] of Object.entries(commands)) {
    const memory = await peakMemory(command, args);
    if (name.startsWith('score')) peak = memory;
    const ratio = ratios(times[name], score);
    rows.push([
      name,
      median(times[name]).toFixed(1),
      Math.min(...times[name]).toFixed(1),
      `${ratio.median.toFixed(2)} (${ratio.least.toFixed(2)} to ${ratio.most.toFixed(2)})`,
      memory ? memory.mib.toFixed(0) : '-',
    ]);
  }
  const bars = [
    {
      name: 'score / node -e 0',
      measured: ratios(score, times['node -e 0']).median,
      most: 2.0,
      goal: 1.5,
    },
  ];
  if (python) {
    const measured = ratios(times['baseline.py'], score).median;
    bars.push({ name: 'baseline.py / score', measured, least: 4, goal: 8 });
  }
  if (peak)
    bars.push({ name: 'peak memory of score, MiB', measured: peak.mib, most: 110 / 1.048576 });
  return {
    title: 'Whole process: 31,444 pairs × 512, files in page cache',
    header: ['command', 'median ms', 'least ms', 'times score', 'peak MiB'],
    rows,
    note: `${rounds} rounds in turn; times score: median (least to most) of the ratios within a round; peak: ${peak?.method ?? 'unknown here'}.`,
    bars,
    raw: times,
    versions: python?.versions,
  };
}

function runQuietly(command, args) {
  const result = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (result.status !== 0) throw new Error(`${command} ${args[0]} ended with ${result.status}`);
}
