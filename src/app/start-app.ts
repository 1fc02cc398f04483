/** A running Hookline: the platform and its doors, on an address. */
import type { Settings } from '../config/settings.ts';
import { openPlatform, type Platform, type PlatformOptions } from './open-platform.ts';
import { createServer } from '../server/create-server.ts';

export type AppOptions = PlatformOptions;

export interface RunningApp extends Platform {
  /** Such as `http://127.0.0.1:4000`. */
  readonly url: string;
  /** Finishes what runs, then ends every part; a second close is the first. */
  close(): Promise<void>;
}

/** @throws SettingsError, FolderInUseError, MigrationError: messages for the operator; nothing is left running. */
export async function startApp(settings: Settings, options: AppOptions = {}): Promise<RunningApp> {
  await using opening = new AsyncDisposableStack();
  const platform = opening.use(await openPlatform(settings, options));
  const server = await createServer({
    useCases: platform.useCases,
    authenticate: platform.authenticate,
    prisma: platform.database.prisma,
    log: platform.log,
    production: settings.production,
    metrics: () => platform.metrics.text(),
    metricsToken: settings.metricsToken,
    readiness: () => readiness(platform),
  });
  opening.defer(async () => {
    // The clock of what is under way starts with the closing of the doors, which wait for the answers.
    const ended = platform.endCalls();
    await server.close();
    await ended;
  });
  const url = await server.listen({ host: settings.host, port: settings.port });
  const running = opening.move();
  const close = () => running.disposeAsync();
  return { ...platform, url, close, [Symbol.asyncDispose]: close };
}

async function readiness({ database, sandbox }: Platform) {
  const answers = await database.prisma.$queryRaw`SELECT 1`.then(
    () => true,
    () => false,
  );
  const { ready, profile, tier, missing, runners, instances } = sandbox.health();
  const checks = {
    database: { ok: answers, kind: database.kind },
    // They were applied before the server listened; one that fails keeps it from starting.
    migrations: { ok: true },
    sandbox: { ok: ready, profile, tier, missing: [...missing], runners, instances },
  };
  return { ready: answers && ready, checks };
}
