/** Reads `cases.txt`, whose first lines say how it is written. */
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** A command line whose results are to stay as they are. */
export interface Case {
  /** Such as `score/cosine`; `out/score/cosine` is its folder. */
  name: string;
  args: string[];
  /** Names of the cases above whose folders it reads. */
  reads: string[];
  /** True if digits of its results come from sums or decompositions that differ between processors. */
  fitted: boolean;
  fails: boolean;
  cwd: string;
  env: Record<string, string>;
  there: string[];
  stdin: string | undefined;
  script: string | undefined;
}

/** Every case of a checkout. */
export function readCases(project: string): Case[] {
  const text = readFileSync(join(project, '__test__', 'unmoved', 'cases.txt'), 'utf8');
  const values = new Map<string, string>();
  const cases: Case[] = [];
  let [folder = '', marks = '', template = '']: string[] = [];
  for (const raw of text.split(/\r?\n/)) {
    if (raw === '' || raw.startsWith('#')) continue;
    const [, defined, value = ''] = /^\$([A-Z]+) = (.*)$/.exec(raw) ?? [];
    const line = (defined ? value : raw).replaceAll(/\$([A-Z]+)/g, (_, name) => {
      const words = values.get(name);
      if (words === undefined) throw new Error(`no $${name} above: ${raw}`);
      return words;
    });
    const section = /^\[(\S+)(.*?)\] ?(.*)$/.exec(line);
    if (defined) values.set(defined, line);
    else if (section) {
      [, folder = '', marks = '', template = ''] = section;
      if (!template.includes('%')) template += ' %';
    } else cases.push(...casesOf(line, folder, marks, wordsOf(template)));
  }
  return cases;
}

/** Cases whose names begin with one of these, and those whose folders they read. */
export function casesFor(beginnings: readonly string[], all: readonly Case[]): Case[] {
  const wanted = new Set<string>();
  const found = all.toReversed().filter(({ name, reads }) => {
    if (!wanted.has(name) && !beginnings.some((text) => name.startsWith(text))) return false;
    for (const read of reads) wanted.add(read);
    return true;
  });
  return found.reverse();
}

/** The cases of a line, in a section with these words. */
function casesOf(line: string, folder: string, marks: string, template: string[]): Case[] {
  const named = /^([^\s:]+)((?: [\w-]+(?:=[^\s:]+)?)*):(?: (.*))?$/.exec(line);
  const [, names = fileName(line), own = '', typed = ''] = named ?? [];
  const [first, ...others] = named === null ? [line] : wordsOf(typed);
  const words = template.flatMap((word) => {
    if (!word.includes('%')) return [word];
    return first === undefined ? [] : [word.replace('%', () => first), ...others];
  });
  return combinations(names).map(([name = '', ...values]) => {
    const fill = (word: string) => word.replaceAll(/\{(\d)\}/g, (_, i) => values[i - 1] ?? '');
    return caseOf(`${folder}/${name}`, words.map(fill), `${marks} ${own}`);
  });
}

function caseOf(name: string, words: string[], marks: string): Case {
  const given: Record<string, string | undefined> = {};
  for (const [, mark = '', value = ''] of marks.matchAll(/(\w+)(?:=(\S+))?/g)) given[mark] = value;
  const { cwd = '', env = '', there, stdin, script } = given;
  const args = words.map((word) => word.replace(/^@(?=\/|$)/, posix.relative(cwd, `out/${name}`)));
  const paths = ['', ...args].map((word) => posix.join(cwd, word));
  const read = paths.map((path) => /^out\/([^/]+\/[^/]+)/.exec(path)?.[1] ?? name);
  return {
    name,
    args,
    reads: read.filter((one) => one !== name),
    fitted: 'fitted' in given,
    fails: 'fails' in given,
    cwd,
    env: Object.fromEntries(env === '' ? [] : [env.split('=')]),
    there: there?.split(',') ?? [],
    stdin,
    script,
  };
}

/** Words as a shell would tell them apart, with single quotes alone. */
function wordsOf(text: string): string[] {
  return [...text.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);
}

/** Each way to choose from the braces of a text: what comes of it, and the choices. */
function combinations(text: string): string[][] {
  const [braces, list = ''] = /\{(.*?)\}/.exec(text) ?? [];
  if (braces === undefined) return [[text]];
  return list.split(',').flatMap((choice) => {
    const rest = combinations(text.replace(braces, choice));
    return rest.map(([whole = '', ...others]) => [whole, choice, ...others]);
  });
}

/** Text that may be the name of a file on every system. */
function fileName(text: string): string {
  const plain = text.toLowerCase().replaceAll(/[^\w.=-]+/g, '-');
  return plain.replaceAll(/^-|-$/g, '');
}
