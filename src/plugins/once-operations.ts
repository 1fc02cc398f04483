/** The operations that take an idempotency key. */
import type { DatabaseTransaction } from '../db/database.ts';
import type { Claim, IdempotencyKeys } from '../db/idempotency-keys.ts';
import { parseExecution, parseInvocation } from '../events/event-rows.ts';
import type { Journal, Positioned } from '../events/journal.ts';
import type { HookInvocationRecord, ToolExecutionRecord } from '../events/records.ts';
import { createOnceOnly, type OnceOnly } from './once-only.ts';
import { parsePluginView, type PluginView } from './plugin-view.ts';

export interface OnceOperations {
  readonly executeTool: OnceOnly<Positioned<ToolExecutionRecord>>;
  readonly invokeHook: OnceOnly<Positioned<HookInvocationRecord>>;
  readonly enablePlugin: OnceOnly<PluginView>;
  /** Keeps the answer of `enablePlugin` in the transaction that makes it true. */
  keepEnabled(claim: Claim, view: PluginView, tx: DatabaseTransaction): Promise<void>;
}

export function createOnceOperations(
  keys: IdempotencyKeys,
  journal: Pick<Journal, 'findToolExecution' | 'findHookInvocation' | 'endAbandonedExecutions'>,
): OnceOperations {
  return {
    executeTool: createOnceOnly(keys, {
      name: 'executeTool',
      newId: () => `ToolExecution:${crypto.randomUUID()}`,
      recorded: (tenantId, id) => journal.findToolExecution(tenantId, id),
      hasEnded: ({ status }) => status !== 'RUNNING',
      endAbandoned: () => journal.endAbandonedExecutions(),
      parse: (json) => positioned(json, parseExecution),
    }),
    invokeHook: createOnceOnly(keys, {
      name: 'invokeHook',
      newId: () => `HookInvocation:${crypto.randomUUID()}`,
      recorded: (tenantId, id) => journal.findHookInvocation(tenantId, id),
      ...ENDS_AT_ONCE,
      parse: (json) => positioned(json, parseInvocation),
    }),
    enablePlugin: createOnceOnly(keys, {
      name: 'enablePlugin',
      newId: () => crypto.randomUUID(),
      // Its answer is kept in the transaction that changes the registration: without it, nothing was done.
      recorded: () => Promise.resolve(null),
      ...ENDS_AT_ONCE,
      parse: parsePluginView,
    }),
    keepEnabled: (claim, view, tx) => keys.answer(claim, JSON.stringify(view), tx),
  };
}

/** The journal knows of it when it has ended, and not before. */
const ENDS_AT_ONCE = { hasEnded: () => true, endAbandoned: () => Promise.resolve() };

/** As it was kept, with its place in the journal. */
function positioned<T>(json: string, parse: (json: string) => T): Positioned<T> {
  const value = parse(json);
  const { seq } = JSON.parse(json) as { readonly seq: number };
  return { ...value, seq };
}
