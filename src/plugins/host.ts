/** What the use cases stand on: the parts of a running host, made in `src/app` and handed down. */
import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { FanOut } from '../events/fan-out.ts';
import type { Journal } from '../events/journal.ts';
import type { Breaker } from './breaker.ts';
import type { CallsUnderWay } from './calls-under-way.ts';
import type { HookStats } from './hook-stats.ts';
import type { InstancePool } from './instance-pool.ts';
import type { KeyLock } from './key-lock.ts';
import type { OnceOperations } from './once-operations.ts';
import type { Registry } from './registry.ts';
import type { RegistrationSnapshot } from './registrations.ts';
import type { TenantPluginsReader } from './tenant-plugins.ts';

/** Milliseconds. */
export interface HookLimits {
  /** For the mutators and validators of one invocation together. */
  readonly invocationMs: number;
  /** The most that one step may be given. */
  readonly stepMs: number;
}

export interface Host {
  readonly prisma: PrismaClient;
  readonly journal: Journal;
  readonly fanOut: FanOut;
  readonly registry: Registry;
  readonly registrations: RegistrationSnapshot;
  readonly pool: InstancePool;
  readonly tenantPlugins: TenantPluginsReader;
  readonly calls: CallsUnderWay;
  readonly breaker: Breaker;
  readonly hookLimits: HookLimits;
  readonly hookStats: HookStats;
  /** Calls with an idempotency key. */
  readonly once: OnceOperations;
  /** Calls of one tool that a tenant may have under way at once. */
  readonly callsPerTool: number;
  /** Changes to one plugin of one tenant happen one after the other. */
  readonly changes: KeyLock;
}
