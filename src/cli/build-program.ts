import { Command } from 'commander';
import { PLATFORM_VERSION } from '../plugins/platform.ts';
import type { CliIo, SetExitCode } from './cli-io.ts';
import { completionCommand } from './completion-command.ts';
import { migrateCommand } from './migrate-command.ts';
import { pluginCommand } from './plugin-command.ts';
import { serveCommand } from './serve-command.ts';
import { tailCommand } from './tail-command.ts';
import { tenantCommand } from './tenant-command.ts';
import { tokenCommand } from './token-command.ts';

/** The whole command line as a tree of commands; nothing runs until it is parsed. */
export function buildProgram(io: CliIo, setExitCode: SetExitCode): Command {
  const program = new Command('hookline')
    .description('A multi-tenant plugin host for AI agents.')
    .version(PLATFORM_VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .addHelpText('after', EXAMPLES);
  const commands = [
    serveCommand(io, setExitCode),
    tokenCommand(io),
    tailCommand(io),
    tenantCommand(io),
    migrateCommand(io),
    pluginCommand(io, setExitCode),
    completionCommand(io, program),
  ];
  for (const command of commands) program.addCommand(command);
  for (const command of [program, ...descendants(program)]) speakThrough(io, command);
  return program;
}

const EXAMPLES = `
Examples:
  $ hookline serve                                      start the server
  $ hookline token --tenant demo --role admin           print a token for the demo tenant
  $ hookline tail --tenant demo                         follow what happens
  $ hookline plugin check plugins/my-plugin.ts          see what the server would say of a plugin
  $ hookline tenant create acme --name "Acme Inc."      add a tenant to the running server

Settings come from the environment; docs/OPERATIONS.md lists them.`;

function descendants(command: Command): readonly Command[] {
  return command.commands.flatMap((child) => [child, ...descendants(child)]);
}

function speakThrough(io: CliIo, command: Command): void {
  command
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for what it takes)')
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      outputError: (text, write) => write(text.replace(/^error: (.)/, (_, first: string) => first.toUpperCase())),
      getOutHelpWidth: () => 100,
      getErrHelpWidth: () => 100,
    });
}
