// Writes THIRD-PARTY.md: what is compiled into the addon and bundled into the command line, with the
// licences. `--check` fails instead if the page is not what it would write.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './run.mjs';
import { manifest, targets } from './targets.mjs';

/** Where a package offers a choice, the first of these is taken. */
const PREFERRED = ['MIT', 'ISC', 'Apache-2.0'];
const LICENCE_FILE = /^(licen[cs]e|copying)/i;
/** Of files for several licences, the one for the licence taken; files without a name are for all. */
const FILE_FOR = {
  MIT: /mit/i,
  ISC: /isc/i,
  'Apache-2.0': /apache/i,
};
const NAMED_FILE = /(mit|apache|zlib|boost|bsd|unlicense|isc)/i;
/** Texts of other works that a package is derived from, which go with its own. */
const DERIVED_FILE = /^copying\.\w/i;
const LONG_TEXT = 12_000;

const PAGE = 'THIRD-PARTY.md';

/** Every crate of the addon on any platform: not what only builds or tests it, nor macros. */
function crates() {
  const filters = targets.flatMap(({ triple }) => ['--filter-platform', triple]);
  const ran = spawnSync('cargo', ['metadata', '--format-version=1', '--locked', ...filters], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (ran.status !== 0) throw new Error(`cargo metadata: ${ran.stderr ?? ran.error}`);
  const { packages, resolve } = JSON.parse(ran.stdout);
  const byId = new Map(packages.map((p) => [p.id, p]));
  const nodes = new Map(resolve.nodes.map((n) => [n.id, n]));
  const isMacro = (p) => p.targets.some(({ kind }) => kind.includes('proc-macro'));
  const seen = new Set();
  const visit = (id) => {
    if (seen.has(id) || isMacro(byId.get(id))) return;
    seen.add(id);
    for (const { pkg, dep_kinds } of nodes.get(id).deps) {
      if (dep_kinds.some(({ kind }) => kind === null)) visit(pkg);
    }
  };
  visit(packages.find(({ name }) => name === 'hackface-node').id);
  return [...seen]
    .map((id) => byId.get(id))
    .filter(({ source }) => source !== null)
    .map((p) => ({
      name: p.name,
      version: p.version,
      licence: p.license,
      home: p.repository ?? `https://crates.io/crates/${p.name}`,
      folder: dirname(p.manifest_path),
      authors: p.authors,
    }));
}

/** The packages of npm that are in dist/. */
function bundled() {
  return Object.keys(manifest.dependencies).map((name) => {
    const folder = join(root, 'node_modules', name);
    const own = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const home = `https://www.npmjs.com/package/${name}`;
    return { name, version: own.version, licence: own.license, home, folder, authors: [] };
  });
}

function taken(licence) {
  const choices = licence.split(/ OR |\//).map((text) => text.trim());
  const choice = PREFERRED.find((name) => choices.includes(name));
  if (!choice) throw new Error(`no licence of "${licence}" is among ${PREFERRED}`);
  return choice;
}

/** The texts to hand on with a package. */
function texts({ folder, licence, name, authors, home }) {
  const choice = taken(licence);
  const files = readdirSync(folder).filter((file) => LICENCE_FILE.test(file));
  const own =
    files.find((file) => FILE_FOR[choice].test(file)) ??
    files.find((file) => !NAMED_FILE.test(file) && !DERIVED_FILE.test(file));
  const derived = files.filter((file) => DERIVED_FILE.test(file));
  const read = (file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim();
  const found = [
    own ? read(own) : `${name}: ${choice}, by ${authors.join(', ') || `its authors, ${home}`}`,
    ...derived.map((file) => {
      const text = read(file);
      return text.length > LONG_TEXT
        ? `${name} has parts under ${file}, with sources at ${home}`
        : text;
    }),
  ];
  return found;
}

function page() {
  const all = [...crates(), ...bundled()].sort(
    (a, b) => a.name.localeCompare(b.name, 'en') || a.version.localeCompare(b.version, 'en'),
  );
  const groups = new Map();
  for (const item of all) {
    for (const text of texts(item)) {
      const key = text.replaceAll(/\s+/g, ' ');
      const group = groups.get(key) ?? { text, names: [] };
      group.names.push(`${item.name} ${item.version}`);
      groups.set(key, group);
    }
  }
  const rows = all.map(
    (p) => `| [${p.name}](${p.home}) | ${p.version} | ${p.licence} | ${taken(p.licence)} |`,
  );
  const sections = [...groups.values()].map(
    ({ text, names }) =>
      `### ${names.join(', ')}\n\n\`\`\`text\n${text.replaceAll('```', "'''")}\n\`\`\``,
  );
  return `# Third-party software

What is compiled into the addon on any platform, and bundled into the command line. The standard
library of Rust is under MIT OR Apache-2.0. Written by \`npm run third-party\` from \`Cargo.lock\` and
\`package-lock.json\`; \`npm run lint\` fails when it is not current.

| package | version | licence | taken here |
| --- | --- | --- | --- |
${rows.join('\n')}

## Texts

${sections.join('\n\n')}
`;
}

const fresh = page();
if (!process.argv.includes('--check')) {
  writeFileSync(join(root, PAGE), fresh);
} else if (readFileSync(join(root, PAGE), 'utf8') !== fresh) {
  console.error(
    `${PAGE} is not current: run npm run third-party, review the difference, commit it`,
  );
  process.exit(1);
}
