/** Everything of a running Hookline but its doors: opens the parts from the bottom up and closes them from the top down. */
import { pino, type Logger } from 'pino';
import { createAuthenticator, type Authenticate } from '../auth/authenticate.ts';
import { resolveAuth } from '../auth/resolve-auth.ts';
import { createTenant, findTenant } from '../auth/tenants.ts';
import { withCallerErrors } from '../db/database-errors.ts';
import type { Settings } from '../config/settings.ts';
import type { Database } from '../db/database.ts';
import { createIdempotencyKeys, type IdempotencyKeys } from '../db/idempotency-keys.ts';
import { migrate } from '../db/migrate.ts';
import { openDatabase } from '../db/open.ts';
import { joinServers, type ServerMembership } from '../db/servers.ts';
import { createBus, type Bus } from '../events/bus.ts';
import { createJournal } from '../events/create-journal.ts';
import { createFanOut } from '../events/fan-out.ts';
import { createFanOutCounts } from '../events/fan-out-counts.ts';
import type { Journal } from '../events/journal.ts';
import { countedBus, createMetrics, type Metrics } from './metrics.ts';
import { createBreaker } from '../plugins/breaker.ts';
import { createCallsUnderWay, STOP_FINISH_MS, type CallsUnderWay } from '../plugins/calls-under-way.ts';
import { createAnswerer } from '../plugins/capabilities/answer-host-requests.ts';
import { createPluginLog } from '../plugins/capabilities/plugin-log.ts';
import { createHost } from '../plugins/create-host.ts';
import { createUseCases } from '../plugins/create-use-cases.ts';
import { EXAMPLES_DIR, loadPlugins } from '../plugins/loader.ts';
import { createRegistry, type Registry } from '../plugins/registry.ts';
import type { UseCases } from '../plugins/use-cases.ts';
import { createSandbox } from '../sandbox/create-sandbox.ts';
import type { SandboxLimits } from '../sandbox/limits.ts';
import { requireMeasuredNode } from '../sandbox/require-measured-node.ts';
import type { PluginKill, Sandbox, SandboxEvents } from '../sandbox/sandbox.ts';

export interface PlatformOptions {
  /** Plugins of the embedding program; default a registry of this platform's own. */
  readonly registry?: Registry;
  readonly log?: Logger;
  readonly sandboxLimits?: Partial<SandboxLimits>;
  /** Used in the place of one opened by the settings, and closed with the platform. */
  readonly database?: Database;
  /** What stands before the stored journal; benchmarks measure without records by it. */
  readonly journal?: (stored: Journal) => Journal;
}

export interface Platform extends AsyncDisposable {
  readonly useCases: UseCases;
  readonly authenticate: Authenticate;
  readonly registry: Registry;
  readonly sandbox: Sandbox;
  readonly journal: Journal;
  /** Where the journal publishes. */
  readonly bus: Bus;
  readonly database: Database;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Gives calls under way some seconds to end and cancels those that do not; resolves when there are none. */
  endCalls(): Promise<void>;
}

/** The slug of the tenant that development makes. */
export const DEVELOPMENT_TENANT = 'demo';

const RETENTION_EVERY_MS = 600_000;
const ABANDONED_EVERY_MS = 30_000;

/** @throws NodeVersionError, SettingsError, FolderInUseError, MigrationError: messages for the operator; nothing is left open. */
export async function openPlatform(settings: Settings, options: PlatformOptions = {}): Promise<Platform> {
  requireMeasuredNode();
  await using opening = new AsyncDisposableStack();
  const log = options.log ?? createLog(settings);
  const registry = options.registry ?? createRegistry();
  const auth = await resolveAuth(settings);
  const onLog = createPluginLog({ log, limits: settings.capabilityLimits });
  const breaker = createBreaker(settings.breaker);
  const onPluginKilled = ({ tenantId, pluginName, reason }: PluginKill) =>
    breaker.record({ tenantId: tenantId.replace(/^Tenant:/, ''), pluginName, reason });
  // Side by side: the embedded database and the first look at the plugins each take a second or more.
  const [database, sandbox] = await allOf([
    openMigrated(opening, settings, options, log),
    openCatalog(opening, settings, { ...options, registry }, log, { onLog, onPluginKilled }),
  ]);
  if (auth.development) await createDevelopmentTenant(database);
  const bus = createBus((error) => log.error({ err: error }, 'A subscriber failed on an event'));
  const calls = createCallsUnderWay({ perTenant: settings.callsPerTenant });
  const fanOutCounts = createFanOutCounts();
  const metrics = createMetrics({ sandbox, fanOut: fanOutCounts, calls, breaker });
  const onSilence = (error: unknown) => log.error({ err: error }, 'No sign of life could be written');
  const server = opening.use(await joinServers(database, onSilence));
  const keys = createIdempotencyKeys(database, { serverId: server.id, keepHours: settings.idempotencyHours });
  const parts = { database, bus: countedBus(bus, metrics.count), calls, keys, server, log };
  const stored = await openJournal(opening, settings, parts);
  const journal = options.journal?.(stored) ?? stored;
  const answerFor = createAnswerer({
    prisma: database.prisma,
    journal,
    limits: settings.capabilityLimits,
    privateHosts: settings.httpPrivateHosts,
    log,
    onRequest: metrics.countRequest,
  });
  const { callsPerTool } = settings;
  const hookLimits = { invocationMs: settings.hookInvocationMs, stepMs: settings.limits.most.callMs };
  const fanOut = createFanOut(journal, bus, fanOutCounts);
  const held = { database, registry, journal, fanOut, calls, breaker, keys, callsPerTool, hookLimits };
  const host = opening.use(createHost({ ...held, log, onLog, answerFor }));
  const authenticate = createAuthenticator({
    auth,
    findTenant: withCallerErrors((idOrSlug: string) => findTenant(database.prisma, idOrSlug)),
  });
  const endCalls = () => calls.stop(STOP_FINISH_MS);
  const useCases = createUseCases(host);
  const platform = { useCases, authenticate, registry, sandbox, journal, bus, database, metrics, log, endCalls };
  const open = opening.move();
  return { ...platform, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

/** As Promise.all, but nothing is still being opened when one of them has failed. */
async function allOf<T extends readonly unknown[]>(parts: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  await Promise.allSettled(parts);
  return Promise.all(parts) as Promise<unknown> as Promise<T>;
}

function createLog({ logLevel, production }: Settings): Logger {
  const options = { level: logLevel, base: null };
  if (production || !process.stderr.isTTY) return pino(options, process.stderr);
  return pino({
    ...options,
    transport: { target: 'pino-pretty', options: { destination: 2, ignore: 'pid,hostname' } },
  });
}

async function openMigrated(
  opening: AsyncDisposableStack,
  settings: Settings,
  options: PlatformOptions,
  log: Logger,
): Promise<Database> {
  const { databaseUrl, dataDir } = settings;
  const trouble = {
    onLost: (reason: string) => log.error({ reason }, 'The process of the embedded database ended'),
    onUpkeepFailed: (reason: string) => log.warn({ reason }, 'The upkeep of the embedded database failed'),
  };
  const database = opening.use(options.database ?? (await openDatabase({ databaseUrl, dataDir, ...trouble })));
  const applied = await migrate(database);
  if (applied.length > 0) log.info({ migrations: applied }, 'The database was migrated');
  return database;
}

async function createDevelopmentTenant({ prisma }: Database): Promise<void> {
  if (await findTenant(prisma, DEVELOPMENT_TENANT)) return;
  await createTenant(prisma, { slug: DEVELOPMENT_TENANT, name: 'Demo' });
}

/** A sandbox, and in the registry the plugins it could read. */
async function openCatalog(
  opening: AsyncDisposableStack,
  settings: Settings,
  { registry, sandboxLimits }: PlatformOptions & { registry: Registry },
  log: Logger,
  events: Pick<SandboxEvents, 'onLog' | 'onPluginKilled'>,
): Promise<Sandbox> {
  const sandbox = opening.use(await openSandbox(settings, sandboxLimits, log, events));
  const loaded = await loadPlugins({ sandbox, registry }, [EXAMPLES_DIR, settings.pluginsDir]);
  opening.defer(() => loaded.forEach(({ undo }) => undo()));
  const failed = loaded.filter(({ entry }) => entry.problem);
  for (const { path, entry } of failed) log.warn({ path, ...entry.problem }, 'A plugin cannot be used');
  for (const { path, entry } of loaded) {
    const warnings = entry.parsed?.warnings ?? [];
    if (warnings.length > 0) log.warn({ path, warnings }, 'A plugin wishes for more than it gets');
  }
  log.info({ plugins: loaded.length, failed: failed.length }, 'Plugins are loaded');
  return sandbox;
}

interface JournalParts {
  readonly database: Database;
  readonly bus: Bus;
  readonly calls: CallsUnderWay;
  readonly keys: IdempotencyKeys;
  readonly server: ServerMembership;
  readonly log: Logger;
}

async function openJournal(
  opening: AsyncDisposableStack,
  { retention }: Settings,
  { database, bus, calls, keys, server, log }: JournalParts,
): Promise<Journal> {
  const isUnderWay = (tenantId: string, executionId: string) => calls.find(tenantId, executionId) !== undefined;
  const journal = createJournal(database, bus, { retention, serverId: server.id, isUnderWay });
  opening.defer(() => journal.flush());
  await endAbandoned(journal, log);
  const housekeeping = every(log, [
    { ms: RETENTION_EVERY_MS, work: () => applyRetention(journal, keys, log) },
    // Another server of the same database may have died since, or the database been away when a call ended.
    { ms: ABANDONED_EVERY_MS, work: () => endAbandoned(journal, log) },
  ]);
  opening.defer(() => housekeeping.forEach(clearInterval));
  return journal;
}

async function applyRetention(journal: Journal, keys: IdempotencyKeys, log: Logger): Promise<void> {
  await keys.deleteExpired();
  const deleted = await journal.applyRetention();
  if (deleted > 0) log.info({ deleted }, 'Events older than retention were deleted');
}

async function endAbandoned(journal: Journal, log: Logger): Promise<void> {
  const executions = await journal.endAbandonedExecutions();
  if (executions > 0) log.warn({ executions }, 'Executions that were running nowhere any more were ended');
}

function every(log: Logger, chores: readonly { ms: number; work: () => Promise<void> }[]): readonly NodeJS.Timeout[] {
  const onError = (error: unknown) => log.error({ err: error }, 'Housekeeping failed; it is tried again');
  return chores.map(({ ms, work }) => setInterval(() => void work().catch(onError), ms).unref());
}

async function openSandbox(
  settings: Settings,
  limits: Partial<SandboxLimits> | undefined,
  log: Logger,
  events: Pick<SandboxEvents, 'onLog' | 'onPluginKilled'>,
): Promise<Sandbox> {
  const sandbox = await createSandbox({
    profile: settings.sandboxProfile,
    tier: settings.sandboxTier,
    policy: settings.limits,
    cordon: settings.sandboxCordon,
    ...(limits ? { limits } : {}),
    events: {
      ...events,
      onProcessEnd: ({ asked, ...end }) => {
        if (asked) log.debug(end, 'A sandbox process was no longer needed');
        else log.warn(end, 'A sandbox process ended');
      },
    },
  });
  const { ready, profile, tier, missing } = sandbox.health();
  if (ready) log.info({ profile, tier, missing }, 'The sandbox is ready');
  else log.error({ profile, tier, missing }, 'The sandbox has no process yet; it is tried again');
  return sandbox;
}
