/** The scripts that complete commands, options, values and files in a shell. */
import type { Command, Option } from 'commander';
import { Flag } from './flags.js';

/** Shells that a script can be written for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A command to complete; read from the program, so that the two never differ. */
interface Entry {
  name: string;
  about: string;
  options: Word[];
  /** True if its arguments are files or folders. */
  takesFiles: boolean;
  /** The values its argument can take; empty where any text will do. */
  values: readonly string[];
}

interface Word {
  short: string | undefined;
  long: string | undefined;
  about: string;
  /** The kind of its value. */
  value: 'none' | 'text' | 'file' | readonly string[];
}

/** The script that completes commands, options, values and files of a program in a shell. */
export function completionScript(program: Command, shell: Shell): string {
  const entries = program.commands.map(describe);
  const own = optionsOf(program);
  const write = { bash, zsh, fish }[shell];
  return write(program.name(), entries, own);
}

function describe(command: Command): Entry {
  const [argument] = command.registeredArguments;
  const name = argument?.name() ?? '';
  return {
    name: command.name(),
    about: command.description(),
    options: optionsOf(command),
    takesFiles: /file|directory|submission/.test(name),
    values: argument?.argChoices ?? [],
  };
}

function optionsOf(command: Command): Word[] {
  return command.createHelp().visibleOptions(command).map(wordOf);
}

function wordOf(option: Option): Word {
  const { short, long, description, argChoices } = option;
  const takes = option.required || option.optional;
  const text = option instanceof Flag && option.file !== undefined ? 'file' : 'text';
  const value = takes ? (argChoices ?? text) : 'none';
  return { short, long, about: description, value };
}

const namesOf = ({ short, long }: Word) => [short, long].filter((name) => name !== undefined);
const functionOf = (program: string) => `_${program.replaceAll('-', '_')}`;

function bash(program: string, entries: Entry[], own: Word[]): string {
  const name = functionOf(program);
  const commands = entries.map((entry) => entry.name);
  const replies = new Map<string, string[]>();
  for (const entry of entries) {
    for (const word of entry.options) {
      const reply = bashReply(name, word.value);
      if (reply === undefined) continue;
      const patterns = namesOf(word).map((option) => `${entry.name}:${option}`);
      replies.set(reply, [...(replies.get(reply) ?? []), ...patterns]);
    }
  }
  const values = [...replies].map(
    ([reply, patterns]) => `    ${patterns.join('|')}) ${reply} return ;;`,
  );
  const words = entries.map((entry) => {
    const options = entry.options.flatMap(namesOf).join(' ');
    const rest = entry.takesFiles ? `${name}_files` : `${name}_words '${entry.values.join(' ')}'`;
    return `    ${entry.name}) if [[ $current == -* ]]; then ${name}_words '${options}'; else ${rest}; fi ;;`;
  });
  return `# Completion of ${program} for bash: eval "$(${program} completion bash)"
${name}_words() { local line; while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -W "$1" -- "$current"); }
${name}_files() { local line; while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current"); }
${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command='' word
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in ${commands.join('|')}) command=$word; break ;; esac
  done
  case $command:$previous in
${values.join('\n')}
  esac
  case $command in
    '') ${name}_words '${[...commands, 'help', ...own.flatMap(namesOf)].join(' ')}' ;;
${words.join('\n')}
  esac
}
complete -o filenames -F ${name} ${program}
`;
}

/** The reply for the value of an option; undefined for an option without one. */
function bashReply(name: string, value: Word['value']): string | undefined {
  if (value === 'none') return undefined;
  if (value === 'text') return '';
  return value === 'file' ? `${name}_files;` : `${name}_words '${value.join(' ')}';`;
}

function zsh(program: string, entries: Entry[], own: Word[]): string {
  const name = functionOf(program);
  const cases = entries.map(({ name: command, options, takesFiles, values }) => {
    const specs = options.map(zshSpec);
    if (values.length > 0) specs.push(`'1:value:(${values.join(' ')})'`);
    else if (takesFiles) specs.push("'*:file:_files'");
    return `    ${command})\n      _arguments -s \\\n        ${specs.join(' \\\n        ')} ;;`;
  });
  const commands = entries.map(
    ({ name: command, about }) => `    '${zshText(`${command}:${about}`, false)}'`,
  );
  return `#compdef ${program}
# Completion of ${program} for zsh: eval "$(${program} completion zsh)"
${name}() {
  local -a commands
  commands=(
${commands.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    _arguments ${own.map(zshSpec).join(' ')}
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT -= 1 ))
  case $command in
${cases.join('\n')}
    help) _describe command commands ;;
  esac
}
if [[ $funcstack[1] == ${name} ]]; then ${name} "$@"; else compdef ${name} ${program}; fi
`;
}

function zshSpec(word: Word): string {
  const { value, about } = word;
  const names = namesOf(word);
  const actions: Record<string, string> = { none: '', text: ':value: ', file: ':file:_files' };
  const action = typeof value === 'string' ? actions[value] : `:value:(${value.join(' ')})`;
  const rest = `'[${zshText(about, true)}]${action}'`;
  return names.length === 2
    ? `'(${names.join(' ')})'{${names.join(',')}}${rest}`
    : `${names[0]}${rest}`;
}

/** Text inside single quotes; within a specification colons and brackets have a meaning. */
function zshText(text: string, isSpecification: boolean): string {
  const plain = text.replaceAll("'", "'\\''");
  return isSpecification ? plain.replaceAll(/[[\]:]/g, '\\$&') : plain;
}

function fish(program: string, entries: Entry[], own: Word[]): string {
  const start = `complete -c ${program}`;
  const lines = own.map((word) => `${start} -n __fish_use_subcommand ${fishOption(word)}`);
  for (const { name, about, options, takesFiles, values } of entries) {
    const inside = `${start} -n '__fish_seen_subcommand_from ${name}'`;
    lines.push(`${start} -n __fish_use_subcommand -f -a ${name} -d ${fishText(about)}`);
    if (values.length > 0) lines.push(`${inside} -f -a ${fishText(values.join(' '))}`);
    else if (!takesFiles) lines.push(`${inside} -f`);
    for (const option of options) lines.push(`${inside} ${fishOption(option)}`);
  }
  return `# Completion of ${program} for fish: ${program} completion fish | source
${lines.join('\n')}
`;
}

function fishOption({ short, long, about, value }: Word): string {
  const parts = [short && `-s ${short.slice(1)}`, long && `-l ${long.slice(2)}`];
  const kinds: Record<string, string> = { none: '', text: '-x', file: '-r -F' };
  parts.push(typeof value === 'string' ? kinds[value] : `-x -a ${fishText(value.join(' '))}`);
  return [...parts, `-d ${fishText(about)}`].filter(Boolean).join(' ');
}

function fishText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
