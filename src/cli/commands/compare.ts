/** `compare`: pipelines judged on people that their models have not seen. */
import type { Command } from 'commander';
import { candidates, type CompareResult, type ComparedPipeline, compare } from '../../compare.js';
import { openEmbeddingsSync } from '../../embeddings.js';
import { writeComparisonPlot, writeComparisonReport } from '../../report/index.js';
import { CHALLENGE, namedOr, sayChosen } from '../challenge.js';
import { percent, signed, table } from '../figures.js';
import { command, input, output, page, type Parsed } from '../flags.js';
import { checkTargets } from '../paths.js';
import { bytesOfRow, type ProgressLine, withProgress } from '../progress.js';
import * as shared from '../shared-flags.js';
import { print } from '../terminal.js';
import { typedCommand } from '../typed.js';
import { sayWarnings } from '../warnings.js';

const FLAGS = {
  'Input:': {
    embeddings: input(
      '-e, --embeddings <file>',
      'matrix of labelled rows (default: train_set.npy in . or ./data, with its labels)',
    ),
    ...shared.trainingRows(),
    io: shared.io(),
  },
  'Compare:': {
    ...shared.candidates(),
    target: input(
      '--target <file>',
      'unlabelled rows like those to score, for candidates with adapt or coral',
    ),
    noTarget: shared.noTarget(),
    level: shared.level(),
    seed: shared.seed('deals people into folds and draws pairs'),
  },
  'Output:': {
    report: page('--report <file>', 'HTML page to write'),
    plot: output('--plot <file>', 'SVG of the differences to cosine to write', {
      endings: ['.svg'],
    }),
    force: shared.force(),
    ...shared.messages(),
  },
  'Run:': { threads: shared.threads() },
};

const AFTER = () => `
Candidates unless --candidates names others, the simplest first; the last on small sets alone,
those with a shrunk center or a shrinkage of 0.9 with fewer than 60 people alone:
${candidates()
  .map((pipeline) => `  ${pipeline}`)
  .join('\n')}

Examples:
  $ hackface-native compare                      # train_set.npy and train_labels.csv, here or in ./data
  $ hackface-native compare -e train_set.npy -l train_labels.csv --candidates "wccn; lda; center, length-norm, path(0.5)"
  $ hackface-native compare -e train_set.npy -l train_labels.csv --folds 10 --report compare.html`;

export function compareCommand(): Command {
  const about =
    'Compare pipelines on labelled embeddings, by people that their models have not seen.';
  return command('compare', about, FLAGS, AFTER).action(run);
}

async function run(flags: Parsed<typeof FLAGS>, command: Command): Promise<void> {
  const { report, plot, force, json, quiet, noTarget, ...request } = flags;
  // The parser stores `false` for a flag that begins with `--no-`.
  const target = noTarget === false ? false : flags.target;
  const files = namedOr(flags, 'embeddings', CHALLENGE.train, command);
  checkTargets(command, files);
  sayChosen(command, files);
  const embeddings = openEmbeddingsSync(files.embeddings, { io: flags.io });
  const work = (onProgress: ProgressLine['show']) =>
    compare({ ...request, ...files, embeddings, target, onProgress });
  const result = await withProgress('compare', flags, work, bytesOfRow(embeddings)).finally(() =>
    embeddings.close(),
  );
  if (report !== undefined) {
    await writeComparisonReport(result, report, { force, command: typedCommand() });
  }
  if (plot !== undefined) await writeComparisonPlot(result, plot, { force });
  if (json) print([JSON.stringify(result)]);
  else if (!quiet) print(describe(result));
  if (!json) sayWarnings(result.warnings, command, { quiet });
}

function describe(result: CompareResult): string[] {
  return [...describeCandidates(result), '', result.reason];
}

/** A table of candidates, the chosen one marked. */
function describeCandidates({ candidates, chosen, best, ...rest }: CompareResult): string[] {
  const level = candidates[0]?.aboveCosine?.interval.level ?? 0.95;
  const heading = ['', 'AUROC', 'EER', 'TAR@1e-3', 'to cosine', percent(level), 'time', ''];
  const mark = (place: number) =>
    [place === chosen && 'chosen', place === best && place !== chosen && 'best']
      .filter(Boolean)
      .join('');
  const rows = candidates.map((one, place) => [
    ...cells(one),
    `${one.seconds.toFixed(2)} s`,
    mark(place),
  ]);
  const failures = candidates.flatMap(({ pipeline, failure }) =>
    failure === null ? [] : [`${pipeline}: ${failure}`],
  );
  const { identities, folds, repeats, genuine, impostors, judgedRows, rows: all } = rest;
  const dealt = repeats === 1 ? '' : `, dealt ${repeats} times`;
  return [
    `${all} rows of ${identities} people in ${folds} folds${dealt}; judged: ${judgedRows} rows, ` +
      `${genuine} genuine and ${impostors} impostor pairs`,
    ...table([heading, ...rows]),
    ...failures,
  ];
}

function cells({ pipeline, figures, aboveCosine }: ComparedPipeline): string[] {
  if (figures === null || aboveCosine === null) return [pipeline, '–', '–', '–', '–', '–'];
  const { low, high } = aboveCosine.interval;
  return [
    pipeline,
    figures.auroc.toFixed(6),
    figures.eer.toFixed(5),
    figures.tar === null ? '–' : figures.tar.toFixed(5),
    signed(aboveCosine.value),
    `${signed(low)} … ${signed(high)}`,
  ];
}
