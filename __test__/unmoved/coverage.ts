/** Whether the cases use every option that the program has. */
import type { Case } from './case.js';

/** Options without a case, and why. */
const LEFT_OUT: Record<string, string> = {
  'fit --model': 'the other spelling of --metric',
  'synth --full': 'writes 931 MB; a refusal names it',
};

/** Options of every command, by the script that completes them in a shell. */
export function optionsOf(script: string): Map<string, string[][]> {
  const options = new Map<string, string[][]>();
  const lines = script.matchAll(/__fish_seen_subcommand_from (\w+)'( -s (\S+))?( -l (\S+))? /g);
  for (const [, command = '', , short, , long] of lines) {
    const spellings = [short && `-${short}`, long && `--${long}`].filter(
      (one) => one !== undefined,
    );
    if (spellings.length === 0) continue;
    options.set(command, [...(options.get(command) ?? []), spellings as string[]]);
  }
  return options;
}

/** Options, each with its command, that no case uses. */
export function unusedOptions(script: string, cases: readonly Case[]): string[] {
  return [...optionsOf(script)].flatMap(([command, options]) => {
    const typed = new Set(cases.flatMap(({ args }) => (args[0] === command ? args : [])));
    return options
      .filter((spellings) => !spellings.some((one) => typed.has(one)))
      .map((spellings) => `${command} ${spellings.at(-1)}`)
      .filter((option) => LEFT_OUT[option] === undefined);
  });
}
