import { Command } from 'commander';
import { readSettings } from '../config/settings.ts';
import type { CliIo } from './cli-io.ts';
import { formatTable } from './format-table.ts';
import { operatorToken } from './operator-token.ts';
import { serverUrl } from './server-url.ts';
import { createTenant, listTenants } from './tenant-requests.ts';

/** `hookline tenant create|list`: asks the running server, as its operator. */
export function tenantCommand(io: CliIo): Command {
  return new Command('tenant')
    .description('Create and list the tenants of the running server')
    .addCommand(createCommand(io))
    .addCommand(listCommand(io))
    .addHelpText('after', EXAMPLES);
}

const EXAMPLES = `
Examples:
  $ hookline tenant create acme --name "Acme Inc."
  $ hookline tenant list --url https://hookline.example

The server is --url, or HOST and PORT. The token is HOOKLINE_TOKEN, or one signed with the secret of this installation.`;

interface TenantOptions {
  readonly url?: string;
  readonly name?: string;
  readonly json?: boolean;
}

function createCommand(io: CliIo): Command {
  return new Command('create')
    .description('Create a tenant and print its id')
    .argument('<slug>', 'its name in tokens: lower-case letters, digits and -, at most 63')
    .option('--name <name>', 'its name for people; the slug when left out')
    .option('--url <url>', 'address of the server')
    .action(async (slug: string, options: TenantOptions) => {
      const tenant = await createTenant(await serverOf(io, options), { slug, name: options.name ?? null });
      io.out(`${tenant.id}\n`);
    });
}

function listCommand(io: CliIo): Command {
  return new Command('list')
    .description('List the tenants')
    .option('--json', 'as JSON')
    .option('--url <url>', 'address of the server')
    .action(async (options: TenantOptions) => {
      const tenants = await listTenants(await serverOf(io, options));
      if (options.json) return io.out(`${JSON.stringify(tenants, null, 2)}\n`);
      io.out(
        formatTable(
          ['SLUG', 'NAME', 'ID'],
          tenants.map(({ slug, name, id }) => [slug, name, id]),
        ),
      );
    });
}

async function serverOf(io: CliIo, options: TenantOptions) {
  const settings = readSettings(io.env, io.cwd);
  return { url: serverUrl(settings, options.url), token: await operatorToken(io, settings) };
}
