/**
 * The one way a registration changes: decide, open the instance it needs, write row and event in one transaction, swap.
 * Whatever fails undoes what came before it.
 */
import type { DatabaseTransaction } from '../db/database.ts';
import { HooklineError } from '../errors/hookline-error.ts';
import type { PluginChangeKind } from '../events/records.ts';
import { isJsonObject, type JsonObject } from '../json/json.ts';
import { isStorable } from '../json/storable.ts';
import { toJson } from '../json/to-json.ts';
import type { CatalogEntry } from './catalog-entry.ts';
import type { Host } from './host.ts';
import type { PreparedInstance } from './instance-pool.ts';
import type { PluginView, RegistrationView } from './plugin-view.ts';
import { readRegistration, writeRegistration, type RegistrationChange } from './registrations.ts';
import { pluginNotFound } from './require-sound.ts';
import { instanceSpec } from './tenant-plugins.ts';
import { orphanView, toPluginView, viewOf } from './to-plugin-view.ts';

export interface Change {
  readonly kind: PluginChangeKind;
  readonly next: RegistrationChange;
  /** What instances are made of stays as it is, so the one that is open stays too. */
  readonly sameInstance?: boolean;
}

/** What is written in the same transaction as the row. */
export type Alongside = (tx: DatabaseTransaction, view: PluginView) => Promise<void>;

/** Tries when another server changed the row between the look and the write. */
const TRIES = 3;

/**
 * `decide` looks at the row as the database has it and may throw; null means that nothing has to change, and nothing is
 * written `alongside` then.
 */
export function changeRegistration(
  host: Host,
  tenantId: string,
  pluginName: string,
  decide: (entry: CatalogEntry | undefined, row: RegistrationView | null) => Change | null,
  alongside: Alongside = async () => {},
): Promise<PluginView> {
  return host.changes.run(`${tenantId}/${pluginName}`, async () => {
    // PostgreSQL refuses to look for what it cannot hold.
    if (!isStorable(pluginName)) throw pluginNotFound(pluginName);
    for (let tries = 0; tries < TRIES; tries += 1) {
      const entry = host.registry.find(tenantId, pluginName);
      const row = await readRegistration(host.prisma, tenantId, pluginName);
      const change = decide(entry, row);
      if (!change) return unchanged(host, tenantId, entry, row);
      const view = await apply(host, { tenantId, pluginName, entry, row, alongside }, change);
      if (view) return view;
    }
    throw new HooklineError('CONFLICT', `"${pluginName}" is being changed by others at the same time. Try again.`);
  });
}

interface Target {
  readonly tenantId: string;
  readonly pluginName: string;
  readonly entry: CatalogEntry | undefined;
  readonly row: RegistrationView | null;
  readonly alongside: Alongside;
}

/** Undefined when the row changed under it. */
async function apply(
  host: Host,
  target: Target,
  { kind, next, sameInstance = false }: Change,
): Promise<PluginView | undefined> {
  const { tenantId, pluginName, entry, row, alongside } = target;
  const revision = row?.configRevision ?? 0;
  const prepared =
    next.enabled && !sameInstance ? await prepare(host, target, { ...next, configRevision: revision + 1 }) : null;
  const written = await write().catch((error: unknown) => {
    prepared?.discard();
    throw error;
  });
  if (!written) {
    prepared?.discard();
    return undefined;
  }
  // The row first: a call that still has the old one finds an instance newer than it knows, and uses it.
  host.registrations.put(tenantId, written.row);
  if (next.enabled && kind === 'ENABLED') host.breaker.reset(tenantId, pluginName);
  if (prepared) prepared.install();
  else if (!sameInstance) host.pool.drop(tenantId, pluginName);
  return written.view;

  function write() {
    const loadProblem = sameInstance ? host.pool.problemOf(tenantId, pluginName) : null;
    return host.journal.transact(tenantId, async (tx) => {
      const now = await readRegistration(tx, tenantId, pluginName);
      if ((now?.configRevision ?? 0) !== revision) return { result: undefined, events: [] };
      const changed = await writeRegistration(tx, tenantId, pluginName, next);
      const view = entry ? toPluginView(entry, changed, loadProblem) : orphanView(changed);
      await alongside(tx, view);
      const event = { type: 'PLUGIN_CHANGED', kind, pluginName, plugin: snapshotOf(view) } as const;
      return { result: { view, row: changed }, events: [event] };
    });
  }
}

async function prepare(
  host: Host,
  { tenantId, entry }: Target,
  registration: Pick<RegistrationView, 'config' | 'grants' | 'configRevision'>,
): Promise<PreparedInstance> {
  if (!entry || entry.problem) throw new Error('only a sound plugin can be prepared');
  const prepared = await host.pool.prepare(instanceSpec(tenantId, entry, registration));
  if (prepared.success) return prepared.value;
  const { code, message, retryable } = prepared.error;
  if (code === 'SANDBOX_UNAVAILABLE')
    throw new HooklineError('SERVICE_UNAVAILABLE', `No sandbox is free: ${message}`, { retryAfterS: 1 });
  const again = retryable ? ' Try again.' : '';
  throw new HooklineError(
    'PLUGIN_LOAD_FAILED',
    `"${entry.name}" did not load: ${asSentence(message)} Nothing was changed.${again}`,
    { details: { cause: code } },
  );
}

function asSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** The row is as wanted; what the snapshot and the pool hold may not be. */
async function unchanged(
  host: Host,
  tenantId: string,
  entry: CatalogEntry | undefined,
  row: RegistrationView | null,
): Promise<PluginView> {
  if (row) host.registrations.put(tenantId, row);
  if (!entry) return orphanView(row!);
  return viewOf(host, tenantId, entry, row);
}

/** A view as the journal keeps it. */
export function snapshotOf(view: PluginView): JsonObject {
  const json = toJson(view);
  if (!isJsonObject(json)) throw new Error('a plugin view is always an object');
  return json;
}
