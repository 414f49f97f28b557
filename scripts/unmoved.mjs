// Compares every result of the command line with a record; `USAGE` says how to ask.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureInstalled } from './install.mjs';
import { root } from './run.mjs';

const USAGE = `Whether every result of the command line is what it was.

  node scripts/unmoved.mjs                   this checkout against the record
  node scripts/unmoved.mjs --against FOLDER  this checkout against another, built one, with what differs

  --root FOLDER     the checkout that is run, instead of this one
  --node FILE       the Node that runs it, instead of this one
  --against FOLDER  another built checkout, or what --keep left, instead of the record
  --keep FOLDER     leave every result of the run there
  --only LIST       cases whose names begin so, such as evaluate,score/cosine, and what they read
  --sections LIST   of everywhere,reports,fitted,fittedReports,text; all by default
  --write           make the run the record`;

ensureInstalled();
const { build } = await import('esbuild');
const outdir = join(root, 'build', 'unmoved');
const parts = ['cases', 'run', 'compare'];
await build({
  absWorkingDir: root,
  entryPoints: parts.map((name) => `__test__/unmoved/${name}.ts`),
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
});
const [{ casesFor, readCases }, { runCases, SECTIONS }, compare] = await Promise.all(
  parts.map((name) => import(pathToFileURL(join(outdir, `${name}.mjs`)))),
);

/** Runs it and gives the exit code. */
async function main({ root: checkout = root, node, against, keep, only, sections, write }) {
  if (process.env.NAPI_RS_NATIVE_LIBRARY_PATH) {
    throw new Error('NAPI_RS_NATIVE_LIBRARY_PATH would give all checkouts one addon: unset it');
  }
  if (write && only !== undefined) throw new Error('--write is of all cases');
  const chosen = sections?.split(',') ?? SECTIONS;
  const unknown = chosen.find((name) => !SECTIONS.includes(name));
  if (unknown !== undefined) throw new Error(`no section ${unknown}; there are ${SECTIONS}`);
  const cases = casesFor(only?.split(',') ?? [''], readCases(root));
  const now = await freshRun(checkout, cases, node);
  if (keep !== undefined) compare.keepRun(keep, now);
  const path = join(root, compare.RECORD);
  if (write) writeFileSync(path, `${JSON.stringify(compare.recordOf(now), null, 2)}\n`);
  const isKept = against !== undefined && existsSync(join(against, compare.LIST));
  const before = isKept ? compare.readRun(against) : against && (await freshRun(against, cases));
  const record = JSON.parse(readFileSync(path, 'utf8'));
  if (before && before.cpu !== now.cpu) {
    console.log(`! ${before.cpu} before, ${now.cpu} now: fits may differ`);
  }
  const ran = new Set(cases.map(({ name }) => name));
  let count = now.surprises.length;
  for (const section of chosen) {
    if (!before && section === 'text') continue;
    const reason = before ? undefined : compare.notComparable(section, record.cpu, now.cpu);
    const all = before
      ? compare.differencesOf(before, now, section)
      : compare.movedFrom(record, now, section);
    const moved = all.filter((text) => !reason && ran.has(/^[^/]+\/[^/\s]+/.exec(text)[0]));
    console.log(`\n${section}: ${reason ? `NOT COMPARED, ${reason}` : `${moved.length} differ`}`);
    for (const text of moved) console.log(`  ${text}`);
    count += moved.length;
  }
  return count === 0 ? 0 : 1;
}

async function freshRun(checkout, cases, node) {
  const cli = join(resolve(checkout), 'dist', 'cli.cjs');
  if (!existsSync(cli)) throw new Error(`${cli} is not there: build that checkout first`);
  const stale = resolve(checkout, 'scripts', 'stale.mjs');
  if (existsSync(stale) && !(await import(pathToFileURL(stale))).isBuilt()) {
    console.log(`! ${checkout}: the build is older than its sources`);
  }
  const started = performance.now();
  const run = await runCases(root, checkout, cases, node);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`${checkout}: ${cases.length} cases, ${run.results.size} results, ${seconds} s`);
  for (const line of run.surprises) console.log(`! ${line}`);
  return run;
}

try {
  const text = { type: 'string' };
  const folders = { root: text, node: text, against: text, keep: text };
  const flags = { write: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } };
  const options = { ...folders, ...flags, only: text, sections: text };
  const { values } = parseArgs({ options });
  if (values.help) console.log(USAGE);
  else process.exitCode = await main(values);
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
