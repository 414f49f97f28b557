/** `doctor`: an installation, and the attempts to load the addon. */
import type { Command } from 'commander';
import { glibcVersion, ownLibc } from '../../elf.js';
import { HackfaceError } from '../../errors.js';
import { buildInfo } from '../../build-info.js';
import { threadCount } from '../../job.js';
import { type LoadAttempt, platformNames, SUPPORTED } from '../../load-failure.js';
import { loadReport } from '../../native.js';
import { version } from '../../version.js';
import { command, type Parsed } from '../flags.js';
import * as shared from '../shared-flags.js';
import { print } from '../terminal.js';

const FLAGS = { 'Output:': { json: shared.json() } };

const AFTER = `
Examples:
  $ hackface-native doctor
  $ hackface-native doctor --json > doctor.json`;

export function doctorCommand(): Command {
  const about =
    'Show version, platform, addon, instruction set and threads; says why if the addon cannot load.';
  return command('doctor', about, FLAGS, AFTER).action(run);
}

function run({ json }: Parsed<typeof FLAGS>): void {
  const report = examine();
  print(json ? [JSON.stringify(report)] : describe(report));
  if (report.failure) throw report.failure;
}

/** Facts of an installation; `null` for what it does not have. */
interface Diagnosis {
  version: string;
  node: string;
  platform: string;
  /** C library with its version; only Linux has a choice. */
  libc: string | null;
  /** The package that holds the addon of this platform. */
  package: string | null;
  /** The file that was loaded. */
  addon: string | null;
  cpu: string | null;
  cpus: string[];
  threads: number | null;
  /** Variables that change any of this. */
  environment: Record<string, string | null>;
  tried: LoadAttempt[];
  failure?: HackfaceError;
}

const VARIABLES = ['HACKFACE_THREADS', 'NAPI_RS_NATIVE_LIBRARY_PATH'];

function examine(): Diagnosis {
  const { platform, arch } = process;
  const libc = ownLibc();
  const [name = ''] = platformNames(platform, arch, libc);
  const diagnosis: Diagnosis = {
    version,
    node: process.version,
    platform: `${platform} ${arch}`,
    libc: [libc, glibcVersion()].filter(Boolean).join(' ') || null,
    package: SUPPORTED.includes(name) ? `hackface-native-${name}` : null,
    addon: null,
    cpu: null,
    cpus: [],
    threads: null,
    environment: Object.fromEntries(VARIABLES.map((name) => [name, process.env[name] ?? null])),
    tried: [],
  };
  try {
    const info = buildInfo();
    diagnosis.cpu = info.cpu;
    diagnosis.cpus = info.cpus;
    diagnosis.threads = threadCount(undefined, 'threads') ?? info.threads;
  } catch (error) {
    if (!(error instanceof HackfaceError)) throw error;
    diagnosis.failure = error;
  }
  const { file, attempts } = loadReport();
  diagnosis.addon = file ?? null;
  diagnosis.tried = attempts;
  return diagnosis;
}

function describe(d: Diagnosis): string[] {
  const lines = [
    `hackface-native ${d.version}, Node ${d.node}, ${d.platform}${d.libc ? ` with ${d.libc}` : ''}`,
    `addon: ${d.addon ?? 'not loaded'}`,
    `package for this platform: ${d.package ?? 'none is made'}`,
  ];
  if (d.cpu) lines.push(`instruction set: ${d.cpu} (this machine has ${d.cpus.join(', ')})`);
  if (d.threads !== null) lines.push(`threads: ${d.threads}`);
  for (const [name, value] of Object.entries(d.environment)) {
    if (value !== null) lines.push(`${name}=${value}`);
  }
  for (const { candidate, outcome } of d.tried) lines.push(`tried ${candidate}: ${outcome}`);
  return lines;
}
