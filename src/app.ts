/** A running Hookline: opens its parts from the bottom up, hands them on, and closes them from the top down. */
import { pino, type Logger } from 'pino';
import { createAuthenticator } from './auth/authenticate.ts';
import { resolveAuth } from './auth/resolve-auth.ts';
import { createTenant, findTenant } from './auth/tenants.ts';
import type { Settings } from './config/settings.ts';
import type { Database } from './db/database.ts';
import { migrate } from './db/migrate.ts';
import { openDatabase } from './db/open.ts';
import { joinServers } from './db/servers.ts';
import { createBus } from './events/bus.ts';
import { createJournal } from './events/create-journal.ts';
import type { Journal } from './events/journal.ts';
import { createHost } from './plugins/create-host.ts';
import { createUseCases } from './plugins/create-use-cases.ts';
import { EXAMPLES_DIR, loadPlugins } from './plugins/loader.ts';
import { createRegistry, type Registry } from './plugins/registry.ts';
import type { UseCases } from './plugins/use-cases.ts';
import { createSandbox } from './sandbox/create-sandbox.ts';
import type { SandboxLimits } from './sandbox/limits.ts';
import type { Sandbox } from './sandbox/sandbox.ts';
import { createServer } from './server/create-server.ts';

export interface AppOptions {
  /** Plugins of the embedding program; default a registry of this app's own. */
  readonly registry?: Registry;
  readonly log?: Logger;
  readonly sandboxLimits?: Partial<SandboxLimits>;
  /** Used in the place of one opened by the settings, and closed with the app. */
  readonly database?: Database;
}

export interface RunningApp extends AsyncDisposable {
  /** Such as `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly useCases: UseCases;
  readonly registry: Registry;
  readonly sandbox: Sandbox;
  readonly journal: Journal;
  readonly database: Database;
  /** Finishes what runs, then ends every part; a second close is the first. */
  close(): Promise<void>;
}

/** The slug of the tenant that development makes. */
export const DEVELOPMENT_TENANT = 'demo';

const RETENTION_EVERY_MS = 600_000;

/** @throws SettingsError, FolderInUseError, MigrationError: messages for the operator; nothing is left running. */
export async function startApp(settings: Settings, options: AppOptions = {}): Promise<RunningApp> {
  await using opening = new AsyncDisposableStack();
  const log = options.log ?? createLog(settings);
  const auth = await resolveAuth(settings);

  const database = opening.use(options.database ?? (await openDatabase(settings)));
  const applied = await migrate(database);
  if (applied.length > 0) log.info({ migrations: applied }, 'The database was migrated');
  if (auth.development) await createDevelopmentTenant(database);

  const server = opening.use(
    await joinServers(database, (error) => log.error({ err: error }, 'No sign of life could be written')),
  );
  const bus = createBus((error) => log.error({ err: error }, 'A subscriber failed on an event'));
  const { days, eventsPerTenant } = settings.retention;
  const journal = createJournal(database, bus, { retention: { days, eventsPerTenant }, serverId: server.id });
  opening.defer(() => journal.flush());
  const abandoned = await journal.endAbandonedExecutions();
  if (abandoned > 0) log.warn({ executions: abandoned }, 'Executions that a dead server left running were ended');
  opening.adopt(keepRetention(journal, log), clearInterval);

  const sandbox = opening.use(await openSandbox(settings, options, log));
  const registry = options.registry ?? createRegistry();
  const loaded = await loadPlugins({ sandbox, registry }, [EXAMPLES_DIR, settings.pluginsDir]);
  opening.defer(() => loaded.forEach(({ undo }) => undo()));
  for (const { entry, path } of loaded) {
    if (entry.problem)
      log.warn(
        { path, code: entry.problem.code, rule: entry.problem.rule, line: entry.problem.line },
        entry.problem.message,
      );
  }
  log.info(
    { plugins: loaded.length, failed: loaded.filter(({ entry }) => entry.problem).length },
    'Plugins are loaded',
  );

  const host = opening.use(createHost({ database, journal, bus, registry, log }));
  const useCases = createUseCases(host);
  const authenticate = createAuthenticator({ auth, findTenant: (idOrSlug) => findTenant(database.prisma, idOrSlug) });
  const http = await createServer({
    useCases,
    authenticate,
    prisma: database.prisma,
    log,
    production: settings.production,
    metricsToken: settings.metricsToken,
    readiness: () => readiness(database, sandbox),
  });
  opening.defer(() => http.close());
  const url = await http.listen({ host: settings.host, port: settings.port });

  const running = opening.move();
  const close = () => running.disposeAsync();
  return { url, useCases, registry, sandbox, journal, database, close, [Symbol.asyncDispose]: close };
}

function createLog({ logLevel, production }: Settings): Logger {
  const options = { level: logLevel, base: null };
  if (production || !process.stderr.isTTY) return pino(options, process.stderr);
  return pino({
    ...options,
    transport: { target: 'pino-pretty', options: { destination: 2, ignore: 'pid,hostname' } },
  });
}

async function openSandbox(settings: Settings, { sandboxLimits }: AppOptions, log: Logger): Promise<Sandbox> {
  return createSandbox({
    profile: settings.sandboxProfile,
    ...(sandboxLimits ? { limits: sandboxLimits } : {}),
    events: {
      onLog: ({ level, message, ...line }) => log[level](line, message),
      onProcessEnd: (end) => log.warn(end, 'A sandbox process ended'),
    },
  });
}

async function createDevelopmentTenant({ prisma }: Database): Promise<void> {
  if (await findTenant(prisma, DEVELOPMENT_TENANT)) return;
  await createTenant(prisma, { slug: DEVELOPMENT_TENANT, name: 'Demo' });
}

function keepRetention(journal: Journal, log: Logger): NodeJS.Timeout {
  const apply = () => {
    journal.applyRetention().then(
      (deleted) => deleted > 0 && log.info({ deleted }, 'Events older than retention were deleted'),
      (error: unknown) => log.error({ err: error }, 'Retention could not be applied'),
    );
  };
  return setInterval(apply, RETENTION_EVERY_MS).unref();
}

async function readiness({ prisma, kind }: Database, sandbox: Sandbox) {
  const answers = await prisma.$queryRaw`SELECT 1`.then(
    () => true,
    () => false,
  );
  const { ready, profile, missing, runners, instances } = sandbox.health();
  // Migrations were applied before the server listened; one that fails keeps it from starting.
  const checks = {
    database: { ok: answers, kind },
    migrations: { ok: true },
    sandbox: { ok: ready, profile, missing: [...missing], runners, instances },
  };
  return { ready: answers && ready, checks };
}
