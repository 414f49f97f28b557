// What was measured, on the terminal and as a record.
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { table } from './table.mjs';

/** The machine, by what changes times. */
export function machine(library) {
  const cpus = os.cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memory: `${(os.totalmem() / 2 ** 30).toFixed(0)} GiB`,
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    load: os.loadavg()[0],
    node: process.version,
    package: library.buildInfo().version,
    kernel: library.buildInfo().cpu,
  };
}

/**
 * Whether a bar is held. A bar has a `most` or a `least`, and may have a `goal` beyond it: the limit keeps what was
 * reached, the goal says how far that is from what is wanted.
 */
export function isHeld({ measured, most = Infinity, least = -Infinity }) {
  return measured <= most && measured >= least;
}

function verdict(bar) {
  if (!isHeld(bar)) return 'MISSED';
  const { goal = bar.measured } = bar;
  const reached = bar.most === undefined ? bar.measured >= goal : bar.measured <= goal;
  return reached ? 'held' : 'held, short of its goal';
}

/** All sections and the bars as Markdown. */
export function render(about, sections) {
  const versions = Object.assign({}, ...sections.map((s) => s.versions));
  const facts = { ...about, load: about.load.toFixed(2), ...versions };
  const head = Object.entries(facts).map(([name, value]) => `${name}: ${value}`);
  const bars = sections.flatMap((s) => s.bars);
  const verdicts = bars.map((bar) => [
    bar.name,
    bar.measured.toFixed(2),
    bar.most === undefined ? `at least ${bar.least}` : `at most ${Number(bar.most.toFixed(2))}`,
    bar.goal === undefined ? '' : `${Number(bar.goal.toFixed(2))}`,
    verdict(bar),
  ]);
  const parts = sections.map((s) => `## ${s.title}\n\n${table(s.header, s.rows)}\n\n${s.note}`);
  if (bars.length > 0)
    parts.push(`## Bars\n\n${table(['bar', 'measured', 'limit', 'goal', 'verdict'], verdicts)}`);
  return `${head.join(' · ')}\n\n${parts.join('\n\n')}\n`;
}

/** Writes `FOLDER/<date>-<cpu>[-<only>].md` and `.json`; gives back the path of the first. */
export function record(folder, about, sections, only) {
  mkdirSync(folder, { recursive: true });
  const cpu = about.cpu
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  const parts = [about.date, cpu, about.cores, 'cores', ...(only ? [only] : [])];
  const stem = join(folder, parts.join('-'));
  writeFileSync(
    `${stem}.md`,
    `# Benchmarks of ${about.date}${only ? `: ${only}` : ''}\n\n${render(about, sections)}`,
  );
  const data = {
    about,
    sections: sections.map(({ title, bars, raw, versions }) => ({ title, bars, raw, versions })),
  };
  writeFileSync(`${stem}.json`, `${JSON.stringify(data, null, 1)}\n`);
  return `${stem}.md`;
}
