/** `grade`: a leaderboard with a public and a private part. */
import type { Command } from 'commander';
import { HackfaceError } from '../../errors.js';
import { DEFAULT_PUBLIC, type Grades, grade } from '../../evaluation/grade.js';
import { CHALLENGE, namedOr, sayChosen } from '../challenge.js';
import { levelOf, range, rate, table } from '../figures.js';
import { command, input, type Parsed, text, value } from '../flags.js';
import { isShare, number } from '../parsers.js';
import * as shared from '../shared-flags.js';
import { print, say } from '../terminal.js';
import { sayWarnings } from '../warnings.js';

const FLAGS = {
  'Truth:': {
    truth: input(
      '-t, --truth <file>',
      'CSV of Id,same[,Usage]; Usage is Public, Private or Ignored (default: solution.csv in . or ./data)',
    ),
    truthColumn: text('--truth-column <name>', 'its column of 0 and 1').shows(() => 'same'),
    scoreColumn: text('--score-column <name>', 'column of distances').shows(() => 'Predicted'),
    pairs: input('-p, --pairs <file>', 'CSV of index1,index2[,Id]: for intervals by identity'),
    public: value(
      '--public <share>',
      'public share where there is no Usage',
      number('a number between 0 and 1', isShare),
    ).shows(() => DEFAULT_PUBLIC),
    level: shared.level(),
    seed: shared.seed('which pairs are public'),
  },
  'Output:': { json: shared.json(), quiet: shared.quiet() },
  'Run:': { threads: shared.threads() },
};

const AFTER = `
A submission that is not as it should be is listed with its fault and stops nobody else.

Exit codes: 0 at least one is graded, 65 none is as it should be, 66 none can be read.

Examples:
  $ hackface-native grade --truth solution.csv submissions/*.csv --public 0.25 --seed 7
  $ hackface-native grade --truth solution.csv --pairs test_pairs.csv submissions/*.csv --json`;

export function gradeCommand(): Command {
  const about = 'Rank submissions on a public and a private part of the truth.';
  return command('grade', about, FLAGS, AFTER)
    .argument('<submissions...>', 'CSV files of Id and distances')
    .action(run);
}

async function run(
  submissions: string[],
  flags: Parsed<typeof FLAGS>,
  command: Command,
): Promise<void> {
  const { json, quiet, ...request } = flags;
  const { truth } = namedOr(flags, 'truth', { truth: CHALLENGE.truth }, command);
  sayChosen(command, { truth });
  const grades = await grade({ ...request, truth, submissions });
  if (json) print([JSON.stringify(grades)]);
  else print(describe(grades));
  if (!json && !quiet) {
    for (const { problem } of grades.refused) say([`refused: ${problem}`]);
  }
  if (!json) sayWarnings(grades.warnings, command, { quiet });
  if (grades.board.length === 0) throw nothingGraded(grades.refused);
}

/** The failure where no submission is graded: of class input where none can be read. */
function nothingGraded(refused: Grades['refused']): HackfaceError {
  const unread = refused.every(({ code }) => code === 'EINPUT');
  const [code, errorClass] = unread
    ? (['EINPUT', 'input'] as const)
    : (['ESUBMISSION', 'data'] as const);
  return new HackfaceError(code, errorClass, {
    found: unread ? 'no submission that can be read' : 'no submission that can be graded',
    expected: 'at least one',
    hint: unread ? 'Check the paths' : 'hackface-native check says all that is wrong with one',
  });
}

function describe({ split, board, refused }: Grades): string[] {
  const level = levelOf(board.flatMap((line) => [line.private.interval, line.public.interval]));
  const heading = ['', 'private', level, 'public', level, 'public rank', 'change', 'file'];
  const rows = board.map((line) => [
    String(line.private.rank),
    rate(line.private.value),
    range(line.private.interval),
    rate(line.public.value),
    range(line.public.interval),
    String(line.public.rank),
    line.change === 0 ? '·' : `${line.change > 0 ? '▲' : '▼'}${Math.abs(line.change)}`,
    line.file,
  ]);
  const ignored = split.ignored > 0 ? `, ${split.ignored} ignored` : '';
  const by = split.by === 'Usage' ? 'by Usage' : 'by seed';
  const title = `${split.public} public and ${split.private} private pairs${ignored} (${by})`;
  const end = `${board.length} graded, ${refused.length} refused`;
  return [title, ...table([heading, ...rows]), end];
}
