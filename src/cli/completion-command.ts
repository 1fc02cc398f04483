import { Argument, Command } from 'commander';
import type { CliIo } from './cli-io.ts';
import { completionTable, type CompletionTable, type ValuedOption } from './completion-words.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** `hookline completion SHELL`: a script that completes the commands, the options and their values of `program`. */
export function completionCommand(io: CliIo, program: Command): Command {
  return new Command('completion')
    .description('Print a completion script for your shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText('after', EXAMPLES)
    .action((shell: Shell) => io.out(SCRIPTS[shell](completionTable(program))));
}

const EXAMPLES = `
Examples:
  $ source <(hookline completion bash)
  $ hookline completion zsh > "\${fpath[1]}/_hookline"
  $ hookline completion fish > ~/.config/fish/completions/hookline.fish`;

const SCRIPTS: Record<Shell, (table: CompletionTable) => string> = {
  bash: (table) => `_hookline() {
  local current="\${COMP_WORDS[COMP_CWORD]}" offers="" at="" option="" word
  [[ $current == = ]] && current=""
${followed(table, '"${COMP_WORDS[@]:1:COMP_CWORD-1}"')}
${offered(table, (words) => `offers="${words.join(' ')}"`)}
  COMPREPLY=($(compgen -W "$offers" -- "$current"))
}
complete -o default -F _hookline hookline
`,
  zsh: (table) => `#compdef hookline
_hookline() {
  local current="\${words[CURRENT]}" at="" option="" word
  local -a offers
${followed(table, '"${(@)words[2,CURRENT-1]}"')}
${offered(table, (words) => `offers=(${words.join(' ')})`)}
  if (( \${#offers} )); then compadd -- $offers; else _files; fi
}
if [ "$funcstack[1]" = _hookline ]; then _hookline "$@"; else compdef _hookline hookline; fi
`,
  fish: (table) =>
    [...table]
      .flatMap(([path, { words, valued }]) =>
        words.map((word) => `complete -c hookline ${fishCondition(path, table)} ${fishWord(word, valued)}\n`),
      )
      .join(''),
};

/** For bash and zsh. In the end `at` is the command that is being written, and `option` the one that waits for its value. */
function followed(table: CompletionTable, words: string): string {
  const many = valuedOptions(table, ({ many }) => many);
  const one = valuedOptions(table, ({ many }) => !many);
  return `  for word in ${words}; do
    case "$word" in
      =) continue ;;
      -*) option="$word"; continue ;;
    esac
    case "$at $option" in
      ${pattern(one)}) option=""; continue ;;
      ${pattern(many)}) continue ;;
    esac
    option=""
    case "\${at:+$at }$word" in
      ${pattern([...table.keys()])}) at="\${at:+$at }$word" ;;
    esac
  done`;
}

/** The values of the option before, else what may follow the command. */
function offered(table: CompletionTable, offer: (words: readonly string[]) => string): string {
  const ofOptions = [...table].flatMap(([path, { valued }]) =>
    valued.map(({ name, values }) => `      ${JSON.stringify(`${path} ${name}`)}) ${offer(values)} ;;`),
  );
  const ofCommands = [...table].map(([path, { words }]) => `      ${JSON.stringify(`${path} `)}*) ${offer(words)} ;;`);
  return `  [[ $current == -* ]] && option=""
  case "$at $option" in
${ofOptions.join('\n')}
${ofCommands.toReversed().join('\n')}
  esac`;
}

function valuedOptions(table: CompletionTable, wanted: (option: ValuedOption) => boolean): readonly string[] {
  return [...table].flatMap(([path, { valued }]) => valued.filter(wanted).map(({ name }) => `${path} ${name}`));
}

function pattern(texts: readonly string[]): string {
  return texts.map((text) => JSON.stringify(text)).join('|');
}

function fishCondition(path: string, table: CompletionTable): string {
  const [first, second] = path.split(' ');
  if (!first) return '-n __fish_use_subcommand';
  const below = [...table.keys()].filter((other) => other.startsWith(`${first} `)).map((other) => other.split(' ')[1]);
  const not =
    second === undefined && below.length > 0 ? `; and not __fish_seen_subcommand_from ${below.join(' ')}` : '';
  const and = second === undefined ? not : `; and __fish_seen_subcommand_from ${second}`;
  return `-n '__fish_seen_subcommand_from ${first}${and}'`;
}

function fishWord(word: string, valued: readonly ValuedOption[]): string {
  if (!word.startsWith('--')) return `-f -a ${word}`;
  const option = valued.find(({ name }) => name === word);
  const name = `-l ${word.slice(2)}`;
  if (!option) return name;
  return option.values.length === 0 ? `${name} -r` : `${name} -x -a '${option.values.join(' ')}'`;
}
