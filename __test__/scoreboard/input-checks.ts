/** F09d: every option that names a file to read, given what is no file. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Option } from 'commander';
import type { FileUse } from '#dist/cli/flags.js';
import { buildProgram } from '#dist/cli/program.js';
import { type Finished, hackface } from '../support/command.js';
import { needsPosix } from '../support/system.js';
import { type Case, casesFor, readCases } from '../unmoved/cases.js';
import { writeInputs } from '../unmoved/inputs.js';
import { type Bench, EXITS, parseJson, parseLine } from './bench.js';
import type { Check } from './check.js';

/** An option of a command, and a command line that uses it. */
interface Use {
  command: string;
  flag: string;
  line: Case;
  /** Place of its value among the words. */
  at: number;
}

/** A use of each option that names a file to read. */
async function usesOf(all: readonly Case[]): Promise<{ uses: Use[]; unused: string[] }> {
  const program = await buildProgram();
  const [uses, unused]: [Use[], string[]] = [[], []];
  for (const of of program.commands) {
    const command = of.name();
    for (const option of of.options as readonly (Option & { file?: FileUse })[]) {
      if (option.file?.use !== 'read') continue;
      const words = option.file.words ?? [];
      const found = all.flatMap((line): Use[] => {
        const at = 1 + line.args.findIndex((w) => w === option.long || w === option.short);
        const value = line.args[at] ?? '-';
        const isFile = at > 0 && !value.startsWith('-') && !words.includes(value);
        const right = line.args[0] === command && !line.fails && line.script === undefined;
        return isFile && right ? [{ command, flag: option.flags, line, at }] : [];
      });
      if (found[0] === undefined) unused.push(`${command} ${option.flags}`);
      else uses.push(found[0]);
    }
  }
  return { uses, unused };
}

function run(folder: string, { args, cwd, env }: Case, limitMs = 60_000): Promise<Finished> {
  const place = join(folder, cwd);
  return hackface(args, { cwd: place, env: { HACKFACE_THREADS: '2', ...env }, limitMs });
}

async function everyOption(bench: Bench): Promise<void> {
  const all = readCases(resolve('.'));
  const { uses, unused } = await usesOf(all);
  assert.ok(uses.length > 60, `${uses.length} options, without ${unused}`);
  const folder = bench.newFolder();
  writeInputs(folder);
  const read = new Set(uses.flatMap(({ line }) => line.reads));
  for (const line of casesFor([...read], all)) {
    mkdirSync(join(folder, 'out', line.name), { recursive: true });
    await run(folder, line);
  }
  const fifo = join(bench.newFolder(), 'fifo');
  execFileSync('mkfifo', [fifo]);
  const files = {
    missing: join(bench.folder, 'none'),
    fifo,
    device: '/dev/zero',
    folder: bench.newFolder(),
  };
  const wrong: string[] = [];
  for (const { command, flag, line, at } of uses) {
    for (const [kind, path] of Object.entries(files)) {
      // What is written goes elsewhere: what cases wrote is read by others.
      const out = join(folder, 'out', 'again');
      rmSync(out, { recursive: true, force: true });
      mkdirSync(out);
      const args = line.args.map((word, i) =>
        i === at ? path : word.replace(`out/${line.name}`, 'out/again'),
      );
      const { code, stderr, late } = await run(folder, { ...line, args });
      const last = stderr.trimEnd().split('\n').at(-1) ?? '';
      const error = parseLine(`${last}\n`) ?? parseJson(last);
      const usual = [EXITS.input, EXITS.data, EXITS.usage].includes(code);
      if (late || error === undefined || !usual) {
        wrong.push(
          `${command} ${flag}, ${kind}: ${late ? 'no end' : `exit ${code}`}, ${last.slice(0, 300)}`,
        );
      }
    }
  }
  assert.ok(wrong.length === 0, wrong.join('\n'));
}

export const inputChecks: Check[] = [
  {
    id: 'F09d',
    title: 'each option that names a file to read: missing, a FIFO, a device, a folder',
    skip: needsPosix,
    long: true,
    run: everyOption,
  },
];
