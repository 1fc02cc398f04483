/** The real app on a free port: real sandbox, real journal, an embedded database of its own. One rig for every suite. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino, type Logger } from 'pino';
import { startApp, type RunningApp } from '../../src/app/start-app.ts';
import type { Role, TenantActor } from '../../src/auth/actor.ts';
import { mintToken } from '../../src/auth/mint-token.ts';
import { createTenant, findTenant } from '../../src/auth/tenants.ts';
import { readSettings, type Settings } from '../../src/config/settings.ts';
import { migrate } from '../../src/db/migrate.ts';
import { openDatabase } from '../../src/db/open.ts';
import type { Registry } from '../../src/plugins/registry.ts';
import type { SandboxLimits } from '../../src/sandbox/limits.ts';
import { openTestDatabase } from './open-test-database.ts';

export interface TestAppOptions {
  /** Plugin files by name, such as `{ 'greeter.ts': 'export default …' }`. */
  readonly plugins?: Readonly<Record<string, string>>;
  /** Puts more into the plugins folder than text. */
  readonly beforeStart?: (pluginsDir: string) => Promise<void>;
  readonly registry?: Registry;
  readonly settings?: Partial<Settings>;
  readonly sandboxLimits?: Partial<SandboxLimits>;
  /** Slugs; default `acme` and `globex`. The first is the one meant where none is named. */
  readonly tenants?: readonly string[];
  /** Keep the database here instead of in memory. */
  readonly dataDir?: string;
  readonly log?: Logger;
}

export interface TestApp extends RunningApp {
  /** A JWT; default role admin in the first tenant. */
  token(options?: TokenOptions): Promise<string>;
  /** The same as an actor, for calling use cases directly. */
  actor(options?: TokenOptions): Promise<TenantActor>;
  /** Enables a plugin for the first tenant. */
  enable(name: string, config?: Parameters<RunningApp['useCases']['enablePlugin']>[1]['config']): Promise<void>;
  readonly dataDir: string;
  readonly pluginsDir: string;
  readonly settings: Settings;
}

export interface TokenOptions {
  readonly tenant?: string | null;
  readonly roles?: readonly Role[];
  readonly agentId?: string;
  readonly subject?: string;
  readonly expiresInSeconds?: number;
}

export const TEST_SECRET = 'a secret that only the tests of this project know';

export async function createTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const folder = await mkdtemp(join(tmpdir(), 'hookline-test-'));
  const dataDir = options.dataDir ?? join(folder, 'data');
  const pluginsDir = join(folder, 'plugins');
  await mkdir(pluginsDir);
  for (const [file, text] of Object.entries(options.plugins ?? {})) await writeFile(join(pluginsDir, file), text);
  await options.beforeStart?.(pluginsDir);
  const defaults = readSettings({ HOOKLINE_JWT_SECRET: TEST_SECRET, LOG_LEVEL: 'silent' });
  const settings: Settings = { ...defaults, port: 0, dataDir, pluginsDir, ...options.settings };
  const slugs = options.tenants ?? ['acme', 'globex'];

  const database = options.dataDir ? await openDatabase(settings) : await openTestDatabase();
  await migrate(database);
  for (const slug of slugs) {
    if (!(await findTenant(database.prisma, slug))) await createTenant(database.prisma, { slug });
  }
  const app = await startApp(settings, {
    database,
    log: options.log ?? pino({ level: 'silent' }),
    ...(options.registry ? { registry: options.registry } : {}),
    ...(options.sandboxLimits ? { sandboxLimits: options.sandboxLimits } : {}),
  });

  const tenantOf = ({ tenant }: TokenOptions) => (tenant === undefined ? slugs[0] : (tenant ?? undefined));
  async function close(): Promise<void> {
    await app.close();
    await rm(folder, { recursive: true, force: true });
  }
  const testApp: TestApp = {
    ...app,
    dataDir,
    pluginsDir,
    settings,
    token: (wanted = {}) =>
      mintToken({
        secret: TEST_SECRET,
        subject: wanted.subject ?? 'tester',
        tenant: tenantOf(wanted),
        roles: wanted.roles ?? ['admin'],
        agentId: wanted.agentId,
        expiresInSeconds: wanted.expiresInSeconds ?? 3600,
      }),
    async actor(wanted = {}) {
      const tenant = await findTenant(database.prisma, tenantOf(wanted) ?? '');
      if (!tenant) throw new Error(`the rig has no tenant ${String(wanted.tenant)}`);
      return {
        subject: wanted.subject ?? 'tester',
        tenant,
        roles: wanted.roles ?? ['admin'],
        agentId: wanted.agentId ?? null,
        expiresAt: Date.now() + (wanted.expiresInSeconds ?? 3600) * 1000,
      };
    },
    async enable(name, config) {
      await app.useCases.enablePlugin(await testApp.actor(), { name, ...(config ? { config } : {}) });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
  return testApp;
}
