import type { Command, Option } from 'commander';

/** What may follow one sequence of commands, such as `tenant create`. */
export interface Completions {
  /** Its subcommands, the values that its argument may have, and its options. */
  readonly words: readonly string[];
  /** Its options that take a value. */
  readonly valued: readonly ValuedOption[];
}

export interface ValuedOption {
  readonly name: string;
  /** All that it may have; empty where it may be anything. */
  readonly values: readonly string[];
  /** More than one may follow it. */
  readonly many: boolean;
}

/** By sequence of commands; the empty one is of the program itself. */
export type CompletionTable = ReadonlyMap<string, Completions>;

export function completionTable(command: Command, path = ''): CompletionTable {
  const options = command.options.flatMap((option) => option.long ?? []);
  const names = command.commands.map((child) => child.name());
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  const words = [...names, ...choices, ...new Set([...options, '--help'])];
  const below = command.commands.flatMap((child) => [...completionTable(child, `${path} ${child.name()}`.trim())]);
  return new Map([[path, { words, valued: command.options.flatMap(valuedOption) }], ...below]);
}

function valuedOption({ long, required, optional, argChoices, variadic }: Option): readonly ValuedOption[] {
  if (typeof long !== 'string' || !(required || optional)) return [];
  return [{ name: long, values: argChoices ?? [], many: variadic }];
}
