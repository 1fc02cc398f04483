import { Command, Option } from 'commander';
import { ROLES, type Role } from '../auth/actor.ts';
import { mintToken } from '../auth/mint-token.ts';
import { readSettings } from '../config/settings.ts';
import { CliError } from './cli-error.ts';
import type { CliIo } from './cli-io.ts';
import { parseDuration } from './parse-duration.ts';
import { signingSecret } from './signing-secret.ts';

interface TokenOptions {
  readonly tenant?: string;
  readonly role: readonly Role[];
  readonly agentId?: string;
  readonly subject?: string;
  readonly expires: number;
}

/** `hookline token`: signs a token with this installation's secret; the token alone goes to standard output. */
export function tokenCommand(io: CliIo): Command {
  return new Command('token')
    .description('Print a token, signed with the secret of this installation')
    .option('--tenant <slug>', "the tenant's slug or id; needed for every role but platform_admin")
    .addOption(
      new Option('--role <role...>', 'what its bearer may do; may be repeated').choices(ROLES).makeOptionMandatory(),
    )
    .option('--agent-id <id>', 'the only agent id its bearer may name')
    .option('--subject <subject>', 'who bears it, and may cancel what it called; default: the agent id, else cli')
    .addOption(
      new Option('--expires <duration>', 'how long it is good: 90s, 30m, 8h, 7d')
        .default(8 * 3_600, '8h')
        .argParser(parseDuration),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (options: TokenOptions) => io.out(`${await printToken(io, options)}\n`));
}

const EXAMPLES = `
Examples:
  $ hookline token --tenant demo --role admin
  $ hookline token --tenant demo --role agent --agent-id support-bot --expires 30m
  $ export TOKEN=$(npx hookline token --tenant demo --role admin)

The secret is HOOKLINE_JWT_SECRET, or the one that the first start left in the data folder (HOOKLINE_DATA_DIR).`;

async function printToken(io: CliIo, options: TokenOptions): Promise<string> {
  if (options.tenant === undefined && options.role.some((role) => role !== 'platform_admin')) {
    throw new CliError('--tenant is missing: admin and agent act within a tenant, such as --tenant demo.');
  }
  const settings = readSettings(io.env, io.cwd);
  return mintToken({
    secret: await signingSecret(settings),
    // Agents of one subject may cancel each other's calls.
    subject: options.subject ?? options.agentId ?? 'cli',
    tenant: options.tenant,
    roles: options.role,
    agentId: options.agentId,
    expiresInSeconds: options.expires,
    issuer: settings.auth.issuer,
    audience: settings.auth.audience,
  });
}
