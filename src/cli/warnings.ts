/** Remarks on results, on standard error. */
import type { Command } from 'commander';
import { isDoubt, type Warning } from '../warning.js';
import { inFlags } from './flags.js';
import { say } from './terminal.js';

/** Prints each remark once; with `quiet` only what puts figures in doubt. */
export function sayWarnings(
  warnings: readonly Warning[],
  command: Command,
  { quiet = false }: { quiet?: boolean | undefined },
): void {
  const told = quiet ? warnings.filter(isDoubt) : warnings;
  for (const text of new Set(told.map(({ text }) => text))) {
    say([`warning: ${inFlags(text, command)}`]);
  }
}
