/** `plan`: how many people and images a claim needs. */
import type { Command } from 'commander';
import { readComparison } from '../../gates/documents.js';
import { type Plan, plan } from '../../plan.js';
import { figure, indented, percent, table } from '../figures.js';
import { command, input, type Parsed, text, value } from '../flags.js';
import { isShare, number, positive, wholeNumber } from '../parsers.js';
import * as shared from '../shared-flags.js';
import { print } from '../terminal.js';

const SHARE = number('a number between 0 and 1', isShare);

const FLAGS = {
  'Claim:': {
    claim: text(
      '--claim <bound>',
      'what an evaluation is to show, as "far<=1e-4", "frr<=0.05", "tar@far=1e-3>=0.9"',
    ).needed(),
    confidence: value('--confidence <share>', 'confidence of the claim', SHARE).shows(() => 0.95),
    detect: value(
      '--detect <difference>',
      'instead, a difference of two systems in that figure to find',
      number('a number above 0', positive),
    ),
    power: value(
      '--power <share>',
      'chance to show the claim, or to find the difference',
      SHARE,
    ).shows(() => 0.8),
    expected: value(
      '--expected <value>',
      'the figure that one expects (default: that of the pilot; for far half the claim)',
      SHARE,
    ),
  },
  'People:': {
    pilot: input(
      '--pilot <file>',
      'JSON of evaluate or identify on few people; of two systems for --detect',
    ),
    images: value('--images <n>', 'images of each person', wholeNumber(1, 1_000_000)).shows(
      () => 2,
    ),
    eachTwo: value(
      '--each-two <n>',
      'impostor comparisons of each two people: 2 in either order, 4 with two fingers each',
      number('a number of at least 1', (n) => n >= 1),
    ).shows(() => 1),
  },
  'Output:': { json: shared.json() },
};

const AFTER = `
Examples:
  $ hackface-native plan --claim "far<=1e-4"
  $ hackface-native plan --claim "tar@far=0.01>=0.9" --pilot pilot.json
  $ hackface-native plan --claim "eer<=0.05" --detect 0.01 --power 0.8 --pilot two-systems.json`;

export function planCommand(): Command {
  const about = 'Say how many people and images a claim needs before an evaluation can show it.';
  return command('plan', about, FLAGS, AFTER).action(run);
}

async function run({ json, pilot: file, ...request }: Parsed<typeof FLAGS>): Promise<void> {
  const pilot = file === undefined ? undefined : await readComparison(file);
  const found = plan({ ...request, ...pilot });
  if (json) print([JSON.stringify(found)]);
  else print(describe(found));
}

function describe({
  claim,
  confidence,
  power,
  detect,
  designEffect,
  steps,
  remarks,
}: Plan): string[] {
  const what =
    detect === null
      ? `${claim} with a confidence of ${percent(confidence)}`
      : `a difference of ${figure(detect)} in ${claim.split(/[<>]=/)[0]}, at a level of ${percent(1 - confidence)}`;
  const rules = {
    three: 'no error (rule of three)',
    thirty: '30 errors (rule of 30)',
    pilot: `pilot, power ${percent(power)}`,
  };
  const cells = steps.map(({ rule, comparisons, people, images }) => [
    rules[rule],
    comparisons === null ? '–' : String(comparisons),
    String(people),
    String(images),
  ]);
  const conditions = ['if', ...steps.map((step) => step.if)];
  const lines = table([['by', 'comparisons', 'people', 'images'], ...cells]);
  const effect =
    designEffect === null ? [] : [`  design effect of the pilot: ${figure(designEffect, 3)}`];
  return [
    `${what}:`,
    ...(steps.length === 0 ? [] : indented(lines.map((line, at) => `${line}  ${conditions[at]}`))),
    ...effect,
    ...remarks.map((remark) => `  ${remark}`),
  ];
}
