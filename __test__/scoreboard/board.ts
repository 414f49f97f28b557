/** All checks of the scoreboard, its groups, and what it comes to. */
import type { Check } from './check.js';
import { csvChecks } from './csv-checks.js';
import { cutChecks } from './cut-checks.js';
import { diskChecks } from './disk-checks.js';
import { evaluationChecks } from './evaluation-checks.js';
import { faultChecks } from './fault-checks.js';
import { inputChecks } from './input-checks.js';
import { learnedChecks } from './learned-checks.js';
import { lifeChecks } from './life-checks.js';
import { memoryChecks } from './memory-checks.js';
import { modelChecks } from './model-checks.js';
import { npyChecks } from './npy-checks.js';
import { numericChecks } from './numeric-checks.js';
import { oddChecks } from './odd-checks.js';
import { processChecks } from './process-checks.js';
import { ruleChecks } from './rule-checks.js';
import { supplyChecks } from './supply-checks.js';

export const CHECKS: readonly Check[] = [
  ...npyChecks,
  ...csvChecks,
  ...modelChecks,
  ...numericChecks,
  ...evaluationChecks,
  ...learnedChecks,
  ...faultChecks,
  ...diskChecks,
  ...oddChecks,
  ...inputChecks,
  ...cutChecks,
  ...processChecks,
  ...memoryChecks,
  ...lifeChecks,
  ...supplyChecks,
  // Last: they look at what the others saw.
  ...ruleChecks,
];

/** A group: the letter of its checks, and how many there are to be. */
interface Group {
  letter: string;
  title: string;
  checks: number;
}

/** The groups; their counts are the measure, whatever checks there are. */
export const GROUPS: readonly Group[] = [
  { letter: 'N', title: 'bad and odd .npy', checks: 16 },
  { letter: 'C', title: 'bad CSV', checks: 14 },
  { letter: 'M', title: 'bad model files', checks: 9 },
  { letter: 'X', title: 'edges of numbers', checks: 10 },
  { letter: 'F', title: 'faults', checks: 9 },
  { letter: 'P', title: 'concurrency and process', checks: 9 },
  { letter: 'R', title: 'resources', checks: 6 },
  { letter: 'S', title: 'supply chain', checks: 7 },
];

/** Checks that cannot run on a machine like this one, and why. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  S02: 'provenance: needs packages that are published; release.yml publishes with provenance',
  S07: 'three systems, package managers, Alpine, Bun, Deno after a release: needs published packages; release.yml runs it',
};

/** How a check ended. */
export interface Outcome {
  id: string;
  title: string;
  end: 'held' | 'missed' | 'skipped';
  /** Why it was skipped, or how it missed. */
  why?: string;
  without?: string;
  ms: number;
}

/** Outcome of a group. */
interface Score {
  group: string;
  title: string;
  /** Of those that ran. */
  held: number;
  ran: number;
  /** Of those that are to be. */
  of: number;
}

/** The whole outcome, as `build/scoreboard.json` holds it. */
export interface Board {
  form: 'quick' | 'full';
  platform: string;
  node: string;
  held: number;
  ran: number;
  of: number;
  groups: Score[];
  missed: Outcome[];
  /** Numbers of the measure that did not run, and why. */
  notRun: Record<string, string>;
  /** Parts of checks that did not run. */
  without: Record<string, string>;
  outcomes: Outcome[];
}

const UNASKED = 'not asked for';
const unasked = (number: string) =>
  CHECKS.some(({ id }) => id.startsWith(number)) ? UNASKED : 'there is no check';

const numbersOf = ({ letter, checks }: Group) =>
  Array.from({ length: checks }, (_, i) => `${letter}${String(i + 1).padStart(2, '0')}`);

/** Counts numbers of the measure: one is held if each of its parts that ran was, and one did. */
export function boardOf(outcomes: readonly Outcome[], form: Board['form']): Board {
  const notRun: Record<string, string> = {};
  const groups = GROUPS.map((group): Score => {
    const score = { group: group.letter, title: group.title, held: 0, ran: 0, of: group.checks };
    for (const number of numbersOf(group)) {
      const parts = outcomes.filter(({ id }) => id.startsWith(number));
      const ran = parts.filter(({ end }) => end !== 'skipped');
      if (ran.length > 0) {
        score.ran += 1;
        if (ran.every(({ end }) => end === 'held')) score.held += 1;
      } else notRun[number] = ELSEWHERE[number] ?? parts[0]?.why ?? unasked(number);
    }
    return score;
  });
  const sum = (count: 'held' | 'ran' | 'of') =>
    groups.reduce((all, score) => all + score[count], 0);
  const partly = outcomes.flatMap(({ id, without }) => (without ? [[id, without]] : []));
  return {
    form,
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    held: sum('held'),
    ran: sum('ran'),
    of: sum('of'),
    groups,
    missed: outcomes.filter(({ end }) => end === 'missed'),
    notRun,
    without: Object.fromEntries(partly),
    outcomes: [...outcomes],
  };
}

/** The board in lines. */
export function linesOf(board: Board): string[] {
  const others = board.outcomes.filter(
    ({ id, end }) => end !== 'skipped' && !GROUPS.some(({ letter }) => id.startsWith(letter)),
  );
  const heldOthers = others.filter(({ end }) => end === 'held').length;
  return [
    `scoreboard, ${board.form}: ${board.held} of ${board.ran} held, of ${board.of} that there are`,
    ...board.groups.map(
      ({ group, title, held, ran, of }) =>
        `  ${group} ${title.padEnd(24)} ${held} of ${ran}${ran < of ? `, ${of - ran} not run` : ''}`,
    ),
    `  + ${'rules, and inputs cut'.padEnd(24)} ${heldOthers} of ${others.length}`,
    ...board.missed.map(({ id, title, why }) => `missed: ${id} ${title}: ${why}`),
    ...Object.entries(board.notRun)
      .filter(([, why]) => why !== UNASKED)
      .map(([number, why]) => `not run: ${number}: ${why}`),
    ...Object.entries(board.without).map(([id, what]) => `in part: ${id} without ${what}`),
  ];
}
