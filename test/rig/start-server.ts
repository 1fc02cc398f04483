/** A server as a process of its own, on a folder that may outlive it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mintToken } from '../../src/auth/mint-token.ts';
import type { JsonObject } from '../../src/json/json.ts';
import { startProgram, type RunningProgram } from '../start-program.ts';
import { TEST_SECRET } from './create-test-app.ts';
import { post } from './graphql-client.ts';

export interface StartedServer extends RunningProgram {
  readonly url: string;
  /** Of an admin of the tenant `demo`. */
  readonly token: string;
  ask(query: string, variables?: JsonObject): Promise<{ data?: Record<string, never> | null; errors?: unknown }>;
}

export interface ServerOptions {
  /** Plugin files by name. */
  readonly plugins?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly ownGroup?: boolean;
}

const READY = /Hookline is ready at (http:\/\/127\.0\.0\.1:\d+)/;

/** The tenant `demo` is made when it is not there. */
export async function startServer(folder: string, options: ServerOptions = {}): Promise<StartedServer> {
  await mkdir(join(folder, 'plugins'), { recursive: true });
  for (const [file, text] of Object.entries(options.plugins ?? {}))
    await writeFile(join(folder, 'plugins', file), text);
  const program = startProgram(['node', 'src/main.ts', 'serve'], {
    env: {
      PORT: '0',
      HOOKLINE_DATA_DIR: join(folder, 'data'),
      HOOKLINE_PLUGINS_DIR: join(folder, 'plugins'),
      HOOKLINE_JWT_SECRET: TEST_SECRET,
      ...options.env,
    },
    ownGroup: options.ownGroup ?? false,
  });
  const [, url = ''] = await program.waitFor(READY);
  const claims = { secret: TEST_SECRET, subject: 'tester', expiresInSeconds: 3600 };
  const platform = await mintToken({ ...claims, roles: ['platform_admin'] });
  await post(url, platform, { query: 'mutation { createTenant(input: { slug: "demo" }) { id } }' });
  const token = await mintToken({ ...claims, tenant: 'demo', roles: ['admin'] });
  return {
    ...program,
    url,
    token,
    ask: async (query, variables) => (await (await post(url, token, { query, variables })).json()) as never,
  };
}
