import { Command, InvalidArgumentError, Option } from 'commander';
import { readSettings } from '../config/settings.ts';
import { PLUGIN_HOOKS } from '../sdk/hooks.ts';
import type { CliIo } from './cli-io.ts';
import { serverUrl } from './server-url.ts';
import { HOOK_OUTCOMES, TAIL_TYPES, TOOL_STATUSES, type TailFilterOptions } from './tail/tail-filter.ts';
import { tailToken } from './tail/tail-token.ts';

interface TailOptions extends TailFilterOptions {
  readonly url?: string;
  readonly tenant?: string;
  readonly token?: string;
  readonly after?: string;
  readonly last?: number;
  readonly json?: boolean;
  readonly follow: boolean;
}

const LAST_MOST = 100_000;

/** `hookline tail`: a tenant's events in a terminal, as they happen. */
export function tailCommand(io: CliIo): Command {
  const after = new Option('--after <cursor>', 'begin after this event, or with the oldest one: start');
  const last = new Option('--last <count>', 'begin with the newest so many that match').argParser(parseCount);
  return new Command('tail')
    .description("Follow a tenant's events: hooks, tool calls, and what happens to plugins")
    .option('--tenant <slug>', "the tenant's slug or id; not needed with a token")
    .option('--token <token>', 'a token of the tenant, instead of HOOKLINE_TOKEN or one signed here')
    .option('--url <url>', 'address of the server')
    .addOption(new Option('--type <type...>', 'only events of these types').choices(Object.keys(TAIL_TYPES)))
    .addOption(new Option('--hook <hook...>', 'only these hooks').choices(Object.keys(PLUGIN_HOOKS)))
    .addOption(new Option('--outcome <outcome...>', 'only hooks that came to this').choices(HOOK_OUTCOMES))
    .addOption(new Option('--status <status...>', 'only tool calls that stand so').choices(TOOL_STATUSES))
    .option('--tool <name>', 'only of this tool')
    .option('--plugin <name>', 'only where this plugin took part')
    .option('--run <id>', 'only of this run')
    .option('--agent <id>', 'only of this agent')
    .addOption(after.conflicts('last'))
    .addOption(last)
    .option('--json', 'one JSON object a line, each with its cursor')
    .option('--no-follow', 'end with what there is now; without --after and --last, all of it')
    .addHelpText('after', EXAMPLES)
    .action(async (options: TailOptions) => {
      const settings = readSettings(io.env, io.cwd);
      const url = serverUrl(settings, options.url);
      const token = await tailToken(io, settings, options);
      // Loaded only here: the other commands need no client.
      const { tail } = await import('./tail/tail.ts');
      await tail(io, { ...options, url, token });
    });
}

const EXAMPLES = `
Examples:
  $ hookline tail --tenant demo
  $ hookline tail --tenant demo --tool divide --status FAILED BLOCKED
  $ hookline tail --tenant demo --run run-1 --last 20
  $ hookline tail --tenant demo --json --no-follow | jq .execution.durationMs

The server is --url, or HOST and PORT. The token is --token, HOOKLINE_TOKEN, or one signed with the secret of this
installation. Ctrl+C ends it and says on standard error how to go on from there.`;

function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= LAST_MOST) return count;
  throw new InvalidArgumentError(`It is a whole number from 1 to ${LAST_MOST}.`);
}
