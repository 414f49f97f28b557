import { Command } from 'commander';
import { HackfaceError } from '../../errors.js';
import { threadCount } from '../../job.js';
import { loadReport } from '../../native.js';
import { buildInfo } from '../../score.js';
import { version } from '../../version.js';
import { addOptions, shared } from '../options.js';
import { print } from '../terminal.js';

/** `doctor`: what this installation is, and what was tried if the addon does not load. */
export function doctorCommand(): Command {
  const command = new Command('doctor').description(
    'Show version, platform, addon, instruction set and threads; says why if the addon cannot load.',
  );
  return addOptions(command, 'Output:', [shared.json()]).action((flags: { json?: boolean }) => {
    const report = examine();
    print(flags.json ? `${JSON.stringify(report)}\n` : describe(report));
    if (report.failure) throw report.failure;
  });
}

interface Diagnosis {
  version: string;
  node: string;
  platform: string;
  addon: string | null;
  cpu: string | null;
  cpus: string[];
  threads: number | null;
  tried: { candidate: string; outcome: string }[];
  failure?: HackfaceError;
}

function examine(): Diagnosis {
  const diagnosis: Diagnosis = {
    version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    addon: null,
    cpu: null,
    cpus: [],
    threads: null,
    tried: [],
  };
  try {
    const info = buildInfo();
    diagnosis.cpu = info.cpu;
    diagnosis.cpus = info.cpus;
    diagnosis.threads = threadCount({}) ?? info.threads;
  } catch (error) {
    if (!(error instanceof HackfaceError)) throw error;
    diagnosis.failure = error;
  }
  const { file, attempts } = loadReport();
  diagnosis.addon = file ?? null;
  diagnosis.tried = attempts;
  return diagnosis;
}

function describe(d: Diagnosis): string {
  const lines = [
    `hackface-native ${d.version}, Node ${d.node}, ${d.platform}`,
    `addon: ${d.addon ?? 'not loaded'}`,
  ];
  if (d.cpu) lines.push(`instruction set: ${d.cpu} (this machine has ${d.cpus.join(', ')})`);
  if (d.threads !== null) lines.push(`threads: ${d.threads}`);
  for (const { candidate, outcome } of d.tried) lines.push(`tried ${candidate}: ${outcome}`);
  return `${lines.join('\n')}\n`;
}
