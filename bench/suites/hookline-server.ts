/** Hookline as it is deployed, on a free port with a data folder of its own, and what a suite needs to speak to it. */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Role } from '../../src/auth/actor.ts';
import { mintToken } from '../../src/auth/mint-token.ts';
import type { JsonObject } from '../../src/json/json.ts';
import { startServerProcess } from '../frame/server-process.ts';
import { temporaryFolder } from '../frame/temporary-folder.ts';

export interface HooklineServer extends AsyncDisposable {
  readonly url: string;
  /** Makes a tenant with these plugins enabled, and gives a token for it. */
  tenant(slug: string, plugins: readonly string[]): Promise<string>;
}

export interface HooklineServerOptions {
  /** False: without the journal of calls, which no setting of the product can do. */
  readonly journal?: boolean;
  /** Plugin files by name, besides the examples. */
  readonly plugins?: Readonly<Record<string, string>>;
  /** Left out: the embedded database. */
  readonly databaseUrl?: string;
}

export async function startHookline(options: HooklineServerOptions = {}): Promise<HooklineServer> {
  const { journal = true, plugins = {}, databaseUrl } = options;
  await using opening = new AsyncDisposableStack();
  const folder = opening.use(await temporaryFolder());
  const pluginsDir = join(folder.path, 'plugins');
  await mkdir(pluginsDir);
  for (const [file, text] of Object.entries(plugins)) await writeFile(join(pluginsDir, file), text);
  const secret = randomBytes(48).toString('base64url');
  const server = opening.use(
    startServerProcess({
      command: process.execPath,
      args: [...profileFlags(), ...(journal ? ['src/main.ts', 'serve'] : ['bench/contestants/hookline-unrecorded.ts'])],
      env: {
        NODE_ENV: 'production',
        PORT: '0',
        LOG_LEVEL: 'error',
        HOOKLINE_DATA_DIR: folder.path,
        HOOKLINE_PLUGINS_DIR: pluginsDir,
        HOOKLINE_JWT_SECRET: secret,
        ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
      },
    }),
  );
  const url = await server.url;
  const token = (roles: readonly Role[], tenant?: string) =>
    mintToken({ secret, subject: 'bench', tenant, roles, expiresInSeconds: 3_600 });
  const running = opening.move();
  return {
    url,
    async tenant(slug, plugins) {
      await ask(url, await token(['platform_admin']), CREATE_TENANT, { input: { slug } });
      const admin = await token(['admin', 'agent'], slug);
      for (const name of plugins) await ask(url, admin, ENABLE_PLUGIN, { input: { name } });
      return admin;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

const CREATE_TENANT = 'mutation ($input: CreateTenantInput!) { createTenant(input: $input) { id } }';
const ENABLE_PLUGIN = 'mutation ($input: EnablePluginInput!) { enablePlugin(input: $input) { id } }';

/** `BENCH_CPU_PROF=folder` leaves a CPU profile of the server there. */
function profileFlags(): readonly string[] {
  const folder = process.env['BENCH_CPU_PROF'];
  return folder ? ['--cpu-prof', `--cpu-prof-dir=${folder}`] : [];
}

async function ask(url: string, token: string, query: string, variables: JsonObject): Promise<void> {
  const response = await fetch(new URL('/graphql', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  if (!response.ok || text.includes('"errors"')) throw new Error(`Hookline answered ${response.status}: ${text}`);
}
