/** Every tool call and hook invocation of this host that has not ended, so that each can be cancelled from outside. */
import { HooklineError } from '../errors/hookline-error.ts';

/** Why a call was cancelled, and how a sentence about it begins. */
export const CANCEL_REASONS = {
  ASKED: 'It was cancelled',
  CALLER_GONE: 'Its caller went away',
  STOPPING: 'The server is stopping',
} as const;
export type CancelReason = keyof typeof CANCEL_REASONS;

/** Milliseconds that calls under way get to end by themselves when the host stops. */
export const STOP_FINISH_MS = 5_000;

export interface CallUnderWay {
  /** Aborted once it is cancelled. */
  readonly signal: AbortSignal;
  /** Null until it is cancelled; the first reason stays. */
  readonly cancelled: CancelReason | null;
}

/** Who made a call: an agent may cancel its own. */
export interface CallOwner {
  readonly subject: string | null;
  readonly agentId: string | null;
}

export interface NewCall {
  /** `ToolExecution:…`, for what can be cancelled by id. */
  readonly id?: string;
  /** UUID. */
  readonly tenantId: string;
  /** The plugin whose tool is called, and the tool; absent for a hook. */
  readonly pluginName?: string;
  readonly toolName?: string;
  readonly owner: CallOwner;
  /** Aborted when nobody waits for the answer any more. */
  readonly callerGone?: AbortSignal | undefined;
}

export interface CancellableCall {
  readonly owner: CallOwner;
  /** Resolves once the call has ended and the journal has its end, however it ended. */
  cancel(reason: CancelReason): Promise<void>;
}

export interface CallsUnderWay {
  readonly size: number;
  /** How many of a tenant, of one plugin's tools, or of one of them, are under way. */
  countOf(tenantId: string, pluginName?: string, toolName?: string): number;
  /**
   * Runs `work`, which ends soon after its signal, and forgets it when it has ended.
   * @throws HooklineError RATE_LIMITED, when the tenant has as many under way as it may.
   */
  run<T>(call: NewCall, work: (underWay: CallUnderWay) => Promise<T>): Promise<T>;
  find(tenantId: string, id: string): CancellableCall | undefined;
  /**
   * Calls have `finishMs` from now; then those under way are cancelled, and whatever still begins is so from its start.
   * Resolves when there are none. What was said first counts.
   */
  stop(finishMs: number): Promise<void>;
}

interface Entry extends CancellableCall {
  abort(reason: CancelReason): void;
}

/** `perTenant`: how many one tenant may have under way. */
export function createCallsUnderWay({ perTenant }: { readonly perTenant: number }): CallsUnderWay {
  const entries = new Set<Entry>();
  const counts = createCounts();
  const byId = new Map<string, Entry>();
  let clock: NodeJS.Timeout | undefined;
  let stopped = false;
  let nothingLeft = () => {};

  function stopAll(): void {
    stopped = true;
    for (const entry of entries) entry.abort('STOPPING');
  }

  return {
    get size() {
      return entries.size;
    },
    countOf: (...names) => counts.of(names.filter((name) => name !== undefined).join(' ')),
    async run({ id, tenantId, pluginName, toolName, owner, callerGone }, work) {
      if (counts.of(tenantId) >= perTenant) throw tooMany(perTenant);
      const abort = new AbortController();
      const { promise: ended, resolve: end } = Promise.withResolvers<void>();
      let cancelled: CancelReason | null = null;
      const entry: Entry = {
        owner,
        abort(reason) {
          cancelled ??= reason;
          abort.abort();
        },
        cancel(reason) {
          entry.abort(reason);
          return ended;
        },
      };
      const onGone = () => entry.abort('CALLER_GONE');
      const key = id === undefined ? undefined : keyOf(tenantId, id);
      entries.add(entry);
      const counted = countedAs(tenantId, pluginName, toolName);
      counts.add(counted, 1);
      if (key !== undefined) byId.set(key, entry);
      callerGone?.addEventListener('abort', onGone, { once: true });
      if (callerGone?.aborted) onGone();
      if (stopped) entry.abort('STOPPING');
      try {
        return await work({
          signal: abort.signal,
          get cancelled() {
            return cancelled;
          },
        });
      } finally {
        callerGone?.removeEventListener('abort', onGone);
        entries.delete(entry);
        counts.add(counted, -1);
        if (key !== undefined) byId.delete(key);
        end();
        if (entries.size === 0) nothingLeft();
      }
    },
    find: (tenantId, id) => byId.get(keyOf(tenantId, id)),
    async stop(finishMs) {
      // Not for its own sake: a process that has nothing else to do may end.
      clock ??= setTimeout(stopAll, finishMs).unref();
      if (entries.size === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const before = nothingLeft;
      nothingLeft = () => {
        before();
        resolve();
      };
      await promise;
    },
  };
}

function createCounts() {
  const counts = new Map<string, number>();
  return {
    of: (key: string) => counts.get(key) ?? 0,
    add(keys: readonly string[], by: 1 | -1) {
      for (const key of keys) {
        const count = (counts.get(key) ?? 0) + by;
        if (count === 0) counts.delete(key);
        else counts.set(key, count);
      }
    },
  };
}

/** Of the tenant, of the plugin, and of the tool; no name has a space. */
function countedAs(...names: readonly (string | undefined)[]): readonly string[] {
  const given = names.filter((name) => name !== undefined);
  return given.map((_name, index) => given.slice(0, index + 1).join(' '));
}

function tooMany(perTenant: number): HooklineError {
  const message = `This tenant has ${perTenant} calls under way, as many as it may. Try again in a second.`;
  return new HooklineError('RATE_LIMITED', message, { retryAfterS: 1 });
}

function keyOf(tenantId: string, id: string): string {
  return `${tenantId} ${id}`;
}
