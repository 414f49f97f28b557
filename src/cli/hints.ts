import type { Command } from 'commander';
import { type ErrorDetails, HackfaceError } from '../errors.js';
import { presets } from '../fit.js';

/** The library tells a program what to ask for; a person is told what to type, where one can. */
export function withTypedHint(error: unknown, command: Command | undefined): unknown {
  if (!(error instanceof HackfaceError) || command === undefined) return error;
  const hint = learnedMetric(error, command) ?? emptyPart(error, command) ?? typed(error, command);
  if (hint === error.hint) return error;
  const details = { ...error.toJSON(), hint } as unknown as ErrorDetails;
  return new HackfaceError(error.code, error.class, details);
}

const takes = (command: Command, option: string) =>
  command.options.some(({ long }) => long === option);

/** A metric that `fit` makes, or the file of one, where a plain one is to be named. */
function learnedMetric({ code }: HackfaceError, command: Command): string | undefined {
  const metric: unknown = command.getOptionValue('metric');
  if (code !== 'EMETRIC' || typeof metric !== 'string' || !takes(command, '--model')) return;
  if (/\.safetensors$/i.test(metric)) return `Name a model with --model ${metric}`;
  if (!presets().some(({ name }) => name === metric)) return;
  return `It is learned: hackface-native fit -m ${metric} writes a model, which --model FILE names`;
}

/** A split of the truth that leaves a part without pairs, or without pairs of a kind. */
function emptyPart({ code, file }: HackfaceError, command: Command): string | undefined {
  if (code !== 'EEMPTY' && code !== 'EONECLASS') return;
  if (file !== undefined || !takes(command, '--public')) return;
  return 'Choose a --public, or a Usage, that leaves genuine and impostor pairs in both parts';
}

/** Columns whose name can be typed. */
const NAMED_BY: Record<string, string> = { same: '--truth-column', Predicted: '--score-column' };

function typed({ hint, column = '' }: HackfaceError, command: Command): string | undefined {
  const option = NAMED_BY[column];
  const named = option !== undefined && takes(command, option) ? `, or name it with ${option}` : '';
  const skip = takes(command, '--skip-invalid')
    ? ', or leave out all such rows with --skip-invalid'
    : '';
  return hint
    ?.replace(', or pass the name it has', named)
    .replace(' or ask for invalid rows to be skipped', skip)
    .replace(', or say the kind of the plot (option kind)', '')
    .replace('Ask for them when evaluating; values must be', 'Add --ratios, where scores are');
}
