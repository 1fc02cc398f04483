/**
 * Hook invocations through five sandboxed plugins, called as a program does that holds Hookline. On the command line the URL
 * of a PostgreSQL database, `pglite`, or `unrecorded`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { openPlatform } from '../../src/app/open-platform.ts';
import type { TenantActor } from '../../src/auth/actor.ts';
import { createTenant } from '../../src/auth/tenants.ts';
import { readSettings } from '../../src/config/settings.ts';
import { temporaryFolder } from '../frame/temporary-folder.ts';
import type { Subject } from '../load/subject.ts';
import { HOOK_PLUGIN_NAMES, HOOK_PLUGINS } from './hook-plugins.ts';
import { serveLoads } from './serve-loads.ts';
import { unrecorded } from './unrecorded.ts';

const [journal = 'pglite'] = process.argv.slice(2);

serveLoads({ subject: openSubject });

async function openSubject(): Promise<Subject> {
  const folder = await temporaryFolder();
  const pluginsDir = join(folder.path, 'plugins');
  await mkdir(pluginsDir);
  for (const [file, text] of Object.entries(HOOK_PLUGINS)) await writeFile(join(pluginsDir, file), text);
  const settings = readSettings({
    HOOKLINE_DATA_DIR: folder.path,
    HOOKLINE_PLUGINS_DIR: pluginsDir,
    HOOKLINE_JWT_SECRET: randomBytes(48).toString('base64url'),
    ...(journal.includes('://') ? { DATABASE_URL: journal } : {}),
  });
  const platform = await openPlatform(settings, {
    log: pino({ level: 'silent' }),
    ...(journal === 'unrecorded' ? { journal: unrecorded } : {}),
  });
  const { useCases, database } = platform;
  const tenant = await createTenant(database.prisma, { slug: 'bench' });
  const actor: TenantActor = { subject: 'bench', tenant, roles: ['admin'], agentId: null, expiresAt: Infinity };
  for (const name of HOOK_PLUGIN_NAMES) await useCases.enablePlugin(actor, { name });
  return {
    open: () =>
      Promise.resolve({
        async call(input) {
          const { output } = await useCases.invokeHook(actor, {
            hook: 'BEFORE_AGENT_RUN',
            data: { input: { ...input } },
          });
          return typeof output === 'object' && output !== null && 'input' in output ? output.input : null;
        },
        close: () => Promise.resolve(),
      }),
    memory: () => Promise.resolve({ bytes: NaN, processes: 1 }),
    async [Symbol.asyncDispose]() {
      await platform[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
