/** `check`: everything that is wrong with a submission, before it is handed in. */
import type { Command } from 'commander';
import { checkSubmission, type SubmissionReport } from '../../csv/check.js';
import { readPairs } from '../../csv/pairs.js';
import { HackfaceError } from '../../errors.js';
import { discover, parseColumns } from '../challenge.js';
import { command, input, type Parsed, text } from '../flags.js';
import * as shared from '../shared-flags.js';
import { print } from '../terminal.js';
import { counted } from '../../counted.js';

const FLAGS = {
  'Input:': {
    pairs: input(
      '-p, --pairs <file>',
      'pairs that it must answer (default: test_pairs.csv in . or ./data, unless there is a sample)',
    ),
    sample: input('--sample <file>', 'a sample submission, whose header and ids are wanted'),
    submissionColumns: text(
      '--columns <names>',
      'names of the two columns; the one that ends in "id" holds the ids',
    ).shows(() => 'Predicted,Id'),
  },
  'Output:': { json: shared.json(), quiet: shared.quiet() },
};

const AFTER = `
Examples:
  $ hackface-native check
  $ hackface-native check submission.csv --pairs test_pairs.csv --sample sample_submission.csv
  $ hackface-native check mine.csv --columns Id,Predicted --json

Exit codes: 0 nothing that is refused, 65 something is.`;

export function checkCommand(): Command {
  const about = 'Say everything that a scorer would refuse in a submission, all at once.';
  return command('check', about, FLAGS, AFTER)
    .argument('[submission]', 'the file to hand in; - is standard input', 'submission.csv')
    .action(run);
}

async function run(submission: string, flags: Parsed<typeof FLAGS>): Promise<void> {
  const { sample, submissionColumns } = flags;
  const pairs =
    flags.pairs ?? (sample === undefined ? discover('test_pairs.csv', '--pairs') : null);
  const wanted = pairs === null ? {} : { ids: (await readPairs(pairs)).ids };
  const names =
    submissionColumns === undefined ? {} : { columns: parseColumns(submissionColumns).columns };
  const report = await checkSubmission(submission, { ...wanted, ...names, sample });
  if (flags.json) print([JSON.stringify(report)]);
  else if (!flags.quiet) print(describe(report));
  if (!report.ok) throw refusal(report);
}

function describe({ file, rows, columns, findings }: SubmissionReport): string[] {
  const lines = findings.map(({ severity, what, count, line, hint }) => {
    const place = line === null ? file : `${file}:${line}`;
    const times = count > 1 ? ` (${count} times)` : '';
    return `${severity}: ${place}: ${what}${times}. ${hint}`;
  });
  const size = `${file}: ${counted(rows, 'row')}; columns ${columns.join(', ')}`;
  return [...lines, findings.length === 0 ? `${size}; nothing wrong` : size];
}

function refusal({ file, findings }: SubmissionReport): HackfaceError {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return new HackfaceError('ESUBMISSION', 'data', {
    file,
    found:
      errors === 1 ? '1 thing that a scorer refuses' : `${errors} things that a scorer refuses`,
    expected: 'none',
    hint: 'Correct what is listed, or write the file with hackface-native score',
  });
}
