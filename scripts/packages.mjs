// Lays out what is published: the package with its platform packages as optional dependencies, and
// one package for each addon, into build/npm/.
//   node scripts/packages.mjs [--addons FOLDER] [--repository URL]
// FOLDER holds the addons, by default those beside package.json. Nothing is sent anywhere.
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { root } from './run.mjs';
import { manifest, targets } from './targets.mjs';

const LICENCES = ['LICENSE', 'LICENSE-MIT', 'LICENSE-APACHE', 'THIRD-PARTY.md'];
const PAGES = ['README.md', 'CHANGELOG.md', ...LICENCES];
/** Fields that only a checkout needs. */
const FOR_DEVELOPERS = ['devDependencies', 'imports', 'napi', 'scripts'];

/** The manifest that is published: exact versions of all platform packages, nothing that runs. */
export function rootManifest(repository) {
  const published = Object.entries(manifest).filter(([key]) => !FOR_DEVELOPERS.includes(key));
  return {
    ...Object.fromEntries(published),
    optionalDependencies: Object.fromEntries(targets.map((t) => [t.package, manifest.version])),
    ...repositoryField(repository),
  };
}

/** The manifest of the package that holds one addon; npm installs it where os, cpu and libc fit. */
export function platformManifest(target, repository) {
  const { version, license, engines } = manifest;
  return {
    name: target.package,
    version,
    description: `The addon of ${manifest.name} for ${target.triple}`,
    license,
    engines,
    os: [target.os],
    cpu: [target.cpu],
    ...(target.libc ? { libc: [target.libc] } : {}),
    main: target.addon,
    files: [target.addon, ...LICENCES],
    ...repositoryField(repository),
  };
}

/** The files that an entry of `files` names; a star stands for any name in its folder. */
function matching(name) {
  const [folder, ending] = name.split('/*');
  if (ending === undefined) return [name];
  const files = readdirSync(join(root, folder)).filter((file) => file.endsWith(ending));
  return files.map((file) => `${folder}/${file}`);
}

/** Lays out the package; returns its folder. */
export function stageRoot(out, { repository } = {}) {
  const folder = emptyFolder(join(out, manifest.name));
  writeManifest(folder, rootManifest(repository));
  for (const name of [...manifest.files.flatMap(matching), ...PAGES]) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  return withOwnModes(folder);
}

/** Lays out the package of one addon; returns its folder. */
export function stagePlatform(out, target, addon, { repository } = {}) {
  const folder = emptyFolder(join(out, target.package));
  writeManifest(folder, platformManifest(target, repository));
  cpSync(addon, join(folder, target.addon));
  for (const name of LICENCES) cpSync(join(root, name), join(folder, name));
  const text = `# ${target.package}\n\nThe addon of [${manifest.name}](https://www.npmjs.com/package/${manifest.name}) for \`${target.triple}\`.\nInstall that package; npm then picks this one where it fits.\n`;
  writeFileSync(join(folder, 'README.md'), text);
  return withOwnModes(folder);
}

/** Gives each file the mode that it has wherever the package is laid out, so that it is packed to the same bytes. */
function withOwnModes(folder) {
  const programs = Object.values(manifest.bin).map((name) => join(folder, name));
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) chmodSync(path, programs.includes(path) ? 0o755 : 0o644);
  }
  return folder;
}

function repositoryField(url) {
  return url ? { repository: { type: 'git', url: `git+${url}.git` } } : {};
}

function writeManifest(folder, content) {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(content, null, 2)}\n`);
}

function emptyFolder(path) {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  return path;
}

function main() {
  const { values } = parseArgs({
    options: { addons: { type: 'string' }, repository: { type: 'string' } },
  });
  const { addons = root, repository } = values;
  const out = join(root, 'build', 'npm');
  console.log(stageRoot(out, { repository }));
  for (const target of targets) {
    const found = readdirSync(addons, { recursive: addons !== root })
      .map((name) => join(addons, name))
      .find((path) => path.endsWith(target.addon) && existsSync(path));
    if (found) console.log(stagePlatform(out, target, found, { repository }));
    else console.error(`${target.package}: no ${target.addon} in ${addons}, not laid out`);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) main();
