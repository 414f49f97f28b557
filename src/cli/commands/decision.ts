/** `decision`: shows a decision file, or writes its rule in another language. */
import type { Command } from 'commander';
import { Argument } from 'commander';
import { Decision } from '../../decision/decision.js';
import { describeRule } from '../calibration-flags.js';
import { usageError } from '../failure.js';
import { choice, command, type Parsed, wordArgument } from '../flags.js';
import * as shared from '../shared-flags.js';
import { print, say } from '../terminal.js';

const FLAGS = {
  'Output:': {
    to: choice('--to <language>', 'language of the rule that `export` prints', [
      'sql',
      'javascript',
    ]),
    json: shared.json(),
  },
};

const AFTER = `
Examples:
  $ hackface-native decision show decision.safetensors
  $ hackface-native decision export decision.safetensors --to sql`;

export function decisionCommand(): Command {
  const about = 'Show a decision file, or print its rule as SQL or JavaScript.';
  return command('decision', about, FLAGS, AFTER)
    .addArgument(wordArgument('<action>', 'what to do', ['show', 'export']))
    .addArgument(new Argument('<file>', 'decision file; - is standard input'))
    .action(run);
}

async function run(action: string, file: string, flags: Parsed<typeof FLAGS>): Promise<void> {
  const { to, json } = flags;
  if ((action === 'export') !== (to !== undefined)) {
    throw usageError(
      action === 'export' ? 'export without --to' : '--to with show',
      '--to with export',
      'Write decision export FILE --to sql',
    );
  }
  const decision = await Decision.load(file);
  if (to !== undefined) {
    const source = decision.export(to);
    print(json ? [JSON.stringify({ source })] : source.trimEnd().split('\n'));
    return;
  }
  if (json) print([JSON.stringify(decision)]);
  else {
    const { parts, weights, map } = decision;
    const weighed = parts.map((part, at) => (parts.length > 1 ? `${weights[at]} × ${part}` : part));
    print([
      `${weighed.join(' + ')}, ${map} map`,
      ...describeRule(decision),
      ...Object.entries(decision.card).map(([name, text]) => `  ${name}: ${text}`),
    ]);
  }
  say(decision.warnings.map((text) => `warning: ${text}`));
}
