/** A journal over a database of its own, with tenants, and records to put into it. */
import { randomUUID } from 'node:crypto';
import { createTenant } from '../../src/auth/tenants.ts';
import type { Database } from '../../src/db/database.ts';
import { createBus, type Bus } from '../../src/events/bus.ts';
import { createJournal, type JournalOptions } from '../../src/events/create-journal.ts';
import type { Journal } from '../../src/events/journal.ts';
import type { HookInvocationRecord, HookStep, NewEvent, ToolExecutionRecord } from '../../src/events/records.ts';
import { openTestDatabase, type DatabaseKind } from '../rig/open-test-database.ts';

export interface JournalRig extends AsyncDisposable {
  readonly database: Database;
  readonly bus: Bus;
  readonly journal: Journal;
  readonly tenantId: string;
  addTenant(): Promise<string>;
}

export async function createJournalRig(
  kind: DatabaseKind = 'pglite',
  options: Partial<JournalOptions> = {},
): Promise<JournalRig> {
  const database = await openTestDatabase(kind);
  const bus = createBus();
  const journal = createJournal(database, bus, { retention: { days: 7, eventsPerTenant: 1_000_000 }, ...options });
  const addTenant = async () => (await createTenant(database.prisma, { slug: `t-${randomUUID().slice(0, 13)}` })).id;
  return {
    database,
    bus,
    journal,
    tenantId: await addTenant(),
    addTenant,
    [Symbol.asyncDispose]: () => database.close(),
  };
}

export function hookInvocation(fields: Partial<HookInvocationRecord> = {}): HookInvocationRecord {
  return {
    id: `HookInvocation:${randomUUID()}`,
    hook: 'BEFORE_TOOL_CALL',
    runId: null,
    agentId: null,
    toolName: null,
    executionId: null,
    outcome: 'CONTINUED',
    input: { toolName: 'add', params: { a: 1 } },
    output: { toolName: 'add', params: { a: 1 } },
    truncated: false,
    block: null,
    steps: [],
    startedAt: '2026-01-02T03:04:05.678Z',
    durationMs: 1.5,
    ...fields,
  };
}

export function hookStep(pluginName: string, fields: Partial<HookStep> = {}): HookStep {
  const rest = { mode: 'mutate', outcome: 'CONTINUED', durationMs: 1, patch: null, error: null } as const;
  return { pluginName, pluginVersion: '1.0.0', ...rest, ...fields };
}

export function toolExecution(fields: Partial<ToolExecutionRecord> = {}): ToolExecutionRecord {
  return {
    id: `ToolExecution:${randomUUID()}`,
    toolName: 'add',
    pluginName: 'calculator',
    pluginVersion: '1.0.0',
    status: 'SUCCEEDED',
    params: { a: 1, b: 2 },
    success: true,
    data: 3,
    truncated: false,
    error: null,
    answeredBy: null,
    runId: null,
    agentId: null,
    startedAt: '2026-01-02T03:04:05.678Z',
    durationMs: 1.5,
    ...fields,
  };
}

export function hookInvoked(fields: Partial<HookInvocationRecord> = {}): NewEvent {
  return { type: 'HOOK_INVOKED', invocation: hookInvocation(fields) };
}

export function toolCompleted(fields: Partial<ToolExecutionRecord> = {}): NewEvent {
  return { type: 'TOOL_EXECUTED', kind: 'COMPLETED', execution: toolExecution(fields) };
}

export function toolStarted(fields: Partial<ToolExecutionRecord> = {}): NewEvent {
  const running = { status: 'RUNNING', success: null, data: null, durationMs: null } as const;
  return { type: 'TOOL_EXECUTED', kind: 'STARTED', execution: toolExecution({ ...running, ...fields }) };
}

export function pluginChanged(pluginName: string): NewEvent {
  return { type: 'PLUGIN_CHANGED', kind: 'ENABLED', pluginName, plugin: { name: pluginName } };
}
