/** A command line whose results are to stay as they are. */
export interface Case {
  /** Such as `score/cosine`: its folder below `out/`, and how the names of its results begin. */
  name: string;
  /** Its arguments; `@` at the beginning of one stands for its folder. */
  args: string[];
  /** A script that is given `dist/` and the arguments, instead of the command line; prints JSON. */
  script?: string;
  /** Cases of a stage may read what those of the stages before it wrote; 2 if absent. */
  stage?: 0 | 1 | 2;
  /** Whether digits of its results come from sums or decompositions that differ between processors. */
  fitted?: boolean;
  /** File for standard input. */
  input?: string;
  /** Where it runs, below the working folder. */
  cwd?: string;
  env?: Record<string, string>;
  /** Files of its folder that are there before it runs. */
  there?: string[];
  /** Whether it is to fail. */
  fails?: boolean;
}

/** The folder of a case, as the case itself writes it. */
export function folderOf({ name, cwd }: Pick<Case, 'name' | 'cwd'>): string {
  const up = cwd === undefined ? '' : '../'.repeat(cwd.split('/').length);
  return `${up}out/${name}`;
}

/** The arguments as they are typed. */
export function typedArguments(one: Case): string[] {
  return one.args.map((text) => text.replace(/^@(?=\/|$)/, folderOf(one)));
}

/** A list of cases with the same beginning of their names. */
export function casesOf(
  command: string,
  cases: Record<string, string[]>,
  rest: Omit<Case, 'name' | 'args'> = {},
): Case[] {
  return Object.entries(cases).map(([name, args]) => ({
    name: `${command}/${name}`,
    args,
    // Its covariance is summed with fused steps where a processor has them.
    fitted: args[args.indexOf('-m') + 1]?.includes('mahalanobis') === true,
    ...rest,
  }));
}

/** Text that may be the name of a file on every system. */
export function fileName(text: string): string {
  return text
    .replaceAll(/[^\w.=-]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .toLowerCase();
}

/** Cases whose names begin with one of these, and those whose outputs they read. */
export function casesFor(beginnings: readonly string[], all: readonly Case[]): Case[] {
  const byFolder = new Map(all.map((one) => [`out/${one.name}`, one]));
  const wanted = new Set<Case>();
  const want = (one: Case) => {
    if (wanted.has(one)) return;
    wanted.add(one);
    for (const text of [...one.args, one.cwd ?? '']) {
      const read = byFolder.get(/^out\/[^/]+\/[^/]+/.exec(text)?.[0] ?? '');
      if (read !== undefined) want(read);
    }
  };
  for (const one of all) if (beginnings.some((text) => one.name.startsWith(text))) want(one);
  return all.filter((one) => wanted.has(one));
}
