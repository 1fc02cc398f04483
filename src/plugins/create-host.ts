import type { Logger } from 'pino';
import type { Database } from '../db/database.ts';
import type { IdempotencyKeys } from '../db/idempotency-keys.ts';
import type { FanOut } from '../events/fan-out.ts';
import type { Journal } from '../events/journal.ts';
import type { SandboxLogLine } from '../sandbox/sandbox.ts';
import type { Breaker } from './breaker.ts';
import { STOP_FINISH_MS, type CallsUnderWay } from './calls-under-way.ts';
import type { AnswerFor } from './capabilities/answer-host-requests.ts';
import { snapshotOf } from './change-registration.ts';
import { disableAfterKills } from './disable-after-kills.ts';
import { createHookStats } from './hook-stats.ts';
import type { HookLimits, Host } from './host.ts';
import { createInstancePool, type InstanceSpec } from './instance-pool.ts';
import { createKeyLock } from './key-lock.ts';
import { createOnceOperations } from './once-operations.ts';
import type { PluginProblem } from './plugin-view.ts';
import type { Registry } from './registry.ts';
import { createRegistrationSnapshot } from './registrations.ts';
import { createTenantPluginsReader } from './tenant-plugins.ts';
import { readPluginView } from './to-plugin-view.ts';

export interface HostParts {
  readonly database: Database;
  readonly journal: Journal;
  readonly fanOut: FanOut;
  readonly registry: Registry;
  readonly calls: CallsUnderWay;
  readonly breaker: Breaker;
  readonly hookLimits: HookLimits;
  readonly keys: IdempotencyKeys;
  readonly callsPerTool: number;
  readonly log: Logger;
  /** Where in-process plugins log. */
  readonly onLog: (line: SandboxLogLine) => void;
  readonly answerFor: AnswerFor;
}

/**
 * Puts the parts of a host together. Disposing gives calls some time to end, cancels those that do not, and unloads every
 * instance; the parts given stay open.
 */
export function createHost(parts: HostParts): Host & AsyncDisposable {
  const { database, journal, fanOut, registry, calls, breaker, keys, callsPerTool, hookLimits, log, onLog, answerFor } =
    parts;
  const pool = createInstancePool({
    answerFor,
    onLog,
    onHealthChange: (spec, problem) => void recordHealth(spec, problem),
  });
  const registrations = createRegistrationSnapshot(database.prisma, {
    onForeignChange: (tenantId, rows) => pool.keepOnly(tenantId, (name) => rows.get(name)?.enabled === true),
    onForgotten: (tenantId) => pool.keepOnly(tenantId, () => false),
    onError: (error) => log.error({ err: error }, 'The registrations could not be read again'),
  });
  const tenantPlugins = createTenantPluginsReader({ registry, registrations, mostMs: hookLimits.stepMs });
  const hookStats = createHookStats();
  const host: Host = {
    prisma: database.prisma,
    journal,
    fanOut,
    registry,
    registrations,
    pool,
    tenantPlugins,
    calls,
    breaker,
    hookLimits,
    hookStats,
    once: createOnceOperations(keys, journal),
    callsPerTool,
    changes: createKeyLock(),
  };

  async function recordHealth({ tenantId, entry }: InstanceSpec, problem: PluginProblem | null): Promise<void> {
    const kind = problem ? 'FAILED' : 'RECOVERED';
    log.warn(
      { tenantId: `Tenant:${tenantId}`, pluginName: entry.name, kind, problem: problem?.message },
      'A plugin changed its health',
    );
    try {
      const view = await readPluginView(host, tenantId, entry.name);
      await journal.append(tenantId, [
        { type: 'PLUGIN_CHANGED', kind, pluginName: entry.name, plugin: view && snapshotOf(view) },
      ]);
    } catch (error) {
      log.error({ err: error, pluginName: entry.name }, 'The change of health could not be recorded');
    }
  }

  const forget = registry.onRemoved((entry) => {
    pool.dropEntry(entry);
    hookStats.forget(entry);
  });
  const unplug = breaker.onTripped((kill, why) => void disableAfterKills({ host, log }, kill, why));
  return {
    ...host,
    async [Symbol.asyncDispose]() {
      // Whoever asked may have gone long before; the account of the call is written all the same.
      await calls.stop(STOP_FINISH_MS);
      forget();
      unplug();
      registrations[Symbol.dispose]();
      await pool[Symbol.asyncDispose]();
    },
  };
}
