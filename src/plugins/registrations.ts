/** The rows of `plugin_registrations`, and the snapshot of them in memory that hooks and tool calls use. */
import { Prisma, type PrismaClient } from '../../generated/prisma/client.ts';
import type { PluginRegistrationModel } from '../../generated/prisma/models.ts';
import { isJsonObject, type JsonObject } from '../json/json.ts';
import { hookOverridesJson, readHookOverrides, type HookOverride } from './hook-overrides.ts';
import type { RegistrationView } from './plugin-view.ts';

/** The registrations of one tenant by plugin name; a new map with each change. */
export type TenantRegistrations = ReadonlyMap<string, RegistrationView>;

export interface RegistrationSnapshot extends Disposable {
  /** From memory once the tenant has been seen. */
  of(tenantId: string): Promise<TenantRegistrations>;
  /** Puts a row that was just committed in its place. */
  put(tenantId: string, registration: RegistrationView): void;
  /** Forgets what it knows of a tenant; the next look reads the database. */
  invalidate(tenantId: string): void;
}

/** How often the rows are read again, so that what other programs write takes effect. */
const REREAD_MS = 5_000;
/** Tenants that nobody asked for since this long are forgotten. */
const FORGET_MS = 300_000;

export interface RegistrationSnapshotEvents {
  /** Rows were changed by another program or server. */
  onForeignChange(tenantId: string, rows: TenantRegistrations): void;
  /** Nobody has asked for the tenant for five minutes. */
  onForgotten(tenantId: string): void;
  /** The rows could not be read again; the next try comes by itself. */
  onError(error: unknown): void;
}

export function createRegistrationSnapshot(
  prisma: PrismaClient,
  events: RegistrationSnapshotEvents,
): RegistrationSnapshot {
  const tenants = new Map<string, { rows: Promise<TenantRegistrations>; usedAt: number }>();

  function read(tenantId: string): Promise<TenantRegistrations> {
    return readRegistrations(prisma, [tenantId]).then((byTenant) => byTenant.get(tenantId) ?? new Map());
  }

  /** A first look that failed is made again by the next one who asks. */
  function forgetOnFailure(tenantId: string, rows: Promise<TenantRegistrations>): void {
    rows.catch(() => {
      if (tenants.get(tenantId)?.rows === rows) tenants.delete(tenantId);
    });
  }

  async function reread(): Promise<void> {
    const longAgo = Date.now() - FORGET_MS;
    for (const [tenantId, known] of tenants) {
      if (known.usedAt >= longAgo) continue;
      tenants.delete(tenantId);
      events.onForgotten(tenantId);
    }
    const before = new Map([...tenants].map(([tenantId, { rows }]) => [tenantId, rows]));
    if (before.size === 0) return;
    const byTenant = await readRegistrations(prisma, [...before.keys()]);
    for (const [tenantId, rows] of before) {
      const known = tenants.get(tenantId);
      // A change that was put while the database was asked is newer than the answer.
      if (known?.rows !== rows) continue;
      const fresh = byTenant.get(tenantId) ?? new Map<string, RegistrationView>();
      if (sameRegistrations(await rows, fresh)) continue;
      known.rows = Promise.resolve(fresh);
      events.onForeignChange(tenantId, fresh);
    }
  }

  let rereading = false;
  const timer = setInterval(() => {
    if (rereading) return;
    rereading = true;
    reread()
      .catch((error: unknown) => events.onError(error))
      .finally(() => (rereading = false));
  }, REREAD_MS).unref();

  return {
    of(tenantId) {
      let known = tenants.get(tenantId);
      if (!known) {
        const rows = read(tenantId);
        known = { rows, usedAt: 0 };
        tenants.set(tenantId, known);
        forgetOnFailure(tenantId, rows);
      }
      known.usedAt = Date.now();
      return known.rows;
    },
    put(tenantId, registration) {
      const known = tenants.get(tenantId);
      if (!known) return;
      known.rows = known.rows.then((rows) => new Map(rows).set(registration.pluginName, registration));
      forgetOnFailure(tenantId, known.rows);
    },
    invalidate: (tenantId) => void tenants.delete(tenantId),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** What changes in a row; what is left out stays. */
export interface RegistrationChange {
  readonly pluginVersion: string;
  readonly enabled: boolean;
  readonly config: JsonObject;
  /** Null: what the plugin requires. */
  readonly grants: readonly string[] | null;
  /** Why the host disables it; null: an admin wants the row as it is. */
  readonly disabledReason: string | null;
  /** Left out: as they are. */
  readonly hookOverrides?: readonly HookOverride[];
}

export async function readRegistration(
  db: Pick<PrismaClient, 'pluginRegistration'>,
  tenantId: string,
  pluginName: string,
): Promise<RegistrationView | null> {
  const row = await db.pluginRegistration.findUnique({ where: { tenantId_pluginName: { tenantId, pluginName } } });
  return row && registrationView(row);
}

/** Writes a row whole; its revision counts the change. */
export async function writeRegistration(
  db: Pick<PrismaClient, 'pluginRegistration'>,
  tenantId: string,
  pluginName: string,
  { grants, config, hookOverrides, ...change }: RegistrationChange,
): Promise<RegistrationView> {
  const now = new Date();
  // Prisma's input type says the same as ours, but for `readonly`.
  const columns = {
    ...change,
    config: config as Prisma.InputJsonObject,
    grants: grants ? [...grants] : Prisma.DbNull,
    ...(hookOverrides ? { hookOverrides: hookOverridesJson(hookOverrides) ?? Prisma.DbNull } : {}),
    updatedAt: now,
  };
  const row = await db.pluginRegistration.upsert({
    where: { tenantId_pluginName: { tenantId, pluginName } },
    create: { id: crypto.randomUUID(), tenantId, pluginName, installedAt: now, configRevision: 1, ...columns },
    update: { ...columns, configRevision: { increment: 1 } },
  });
  return registrationView(row);
}

export function registrationView(row: PluginRegistrationModel): RegistrationView {
  return {
    id: row.id,
    pluginName: row.pluginName,
    pluginVersion: row.pluginVersion,
    enabled: row.enabled,
    config: isJsonObject(row.config) ? row.config : {},
    configRevision: row.configRevision,
    grants: grantsOf(row.grants),
    disabledReason: row.disabledReason,
    hookOverrides: readHookOverrides(row.hookOverrides),
    installedAt: row.installedAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

function grantsOf(grants: unknown): readonly string[] | null {
  return Array.isArray(grants) ? grants.filter((grant) => typeof grant === 'string') : null;
}

async function readRegistrations(
  prisma: PrismaClient,
  tenantIds: readonly string[],
): Promise<Map<string, Map<string, RegistrationView>>> {
  const rows = await prisma.pluginRegistration.findMany({ where: { tenantId: { in: [...tenantIds] } } });
  const byTenant = new Map<string, Map<string, RegistrationView>>();
  for (const row of rows) {
    const own = byTenant.get(row.tenantId) ?? new Map<string, RegistrationView>();
    byTenant.set(row.tenantId, own.set(row.pluginName, registrationView(row)));
  }
  return byTenant;
}

function sameRegistrations(a: TenantRegistrations, b: TenantRegistrations): boolean {
  return a.size === b.size && [...a].every(([name, row]) => JSON.stringify(row) === JSON.stringify(b.get(name)));
}
