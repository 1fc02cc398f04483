import { Argument, Command } from 'commander';
import type { CliIo } from './cli-io.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** `hookline completion SHELL`: a script that completes the commands and options of `program`. */
export function completionCommand(io: CliIo, program: Command): Command {
  return new Command('completion')
    .description('Print a completion script for your shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText('after', EXAMPLES)
    .action((shell: Shell) => io.out(SCRIPTS[shell](wordsOf(program))));
}

const EXAMPLES = `
Examples:
  $ source <(hookline completion bash)
  $ hookline completion zsh > "\${fpath[1]}/_hookline"
  $ hookline completion fish > ~/.config/fish/completions/hookline.fish`;

/** What may follow each sequence of commands: its subcommands and options. */
type Words = ReadonlyMap<string, readonly string[]>;

function wordsOf(command: Command, path = ''): Words {
  const options = command.options.flatMap((option) => option.long ?? []);
  const names = command.commands.map((child) => child.name());
  const below = command.commands.flatMap((child) => [...wordsOf(child, `${path} ${child.name()}`.trim())]);
  return new Map([[path, [...names, ...new Set([...options, '--help'])]], ...below]);
}

const SCRIPTS: Record<Shell, (words: Words) => string> = {
  bash: (words) => `_hookline() {
  local words="" path="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do [[ $word == -* ]] || path="\${path:+$path }$word"; done
  case "$path" in
${cases(words, (list) => `words="${list.join(' ')}"`)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _hookline hookline
`,
  zsh: (words) => `#compdef hookline
_hookline() {
  local -a list; local path_="" word
  for word in "\${(@)words[2,CURRENT-1]}"; do [[ $word == -* ]] || path_="\${path_:+$path_ }$word"; done
  case "$path_" in
${cases(words, (list) => `list=(${list.join(' ')})`)}
  esac
  if (( \${#list} )); then compadd -- $list; else _files; fi
}
if [ "$funcstack[1]" = _hookline ]; then _hookline "$@"; else compdef _hookline hookline; fi
`,
  fish: (words) =>
    [...words]
      .flatMap(([path, list]) =>
        list.map((word) => `complete -c hookline ${fishCondition(path, words)} ${fishWord(word)}\n`),
      )
      .join(''),
};

function cases(words: Words, then: (list: readonly string[]) => string): string {
  return [...words].map(([path, list]) => `    ${JSON.stringify(path)}) ${then(list)} ;;`).join('\n');
}

function fishCondition(path: string, words: Words): string {
  const [first, second] = path.split(' ');
  if (!first) return '-f -n __fish_use_subcommand';
  const below = words.get(first)?.filter((word) => !word.startsWith('-')) ?? [];
  const not =
    second === undefined && below.length > 0 ? `; and not __fish_seen_subcommand_from ${below.join(' ')}` : '';
  const and = second === undefined ? not : `; and __fish_seen_subcommand_from ${second}`;
  return `-n '__fish_seen_subcommand_from ${first}${and}'`;
}

function fishWord(word: string): string {
  return word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`;
}
