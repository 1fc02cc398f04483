/** Publish and subscribe in this process, per tenant. It may lose a message (other servers have buses of their own); the journal does not. */
import type { JournalEvent } from './records.ts';

/** `bytes`: how large the event is as JSON, so that queues need not measure it again. */
export type Listener = (event: JournalEvent, bytes: number) => void;

export interface Bus {
  publish(event: JournalEvent, bytes: number): void;
  /** Returns its undo. */
  subscribe(tenantId: string, listener: Listener): () => void;
  /** How many listeners there are, in all. */
  readonly size: number;
}

/** @param onError told what a listener threw; the other listeners get the event all the same. */
export function createBus(onError: (error: unknown) => void = () => {}): Bus {
  const tenants = new Map<string, Set<{ readonly listener: Listener }>>();
  return {
    publish(event, bytes) {
      for (const { listener } of [...(tenants.get(event.tenantId) ?? [])]) {
        try {
          listener(event, bytes);
        } catch (error) {
          onError(error);
        }
      }
    },
    subscribe(tenantId, listener) {
      // Its own object, so that one function subscribed twice is two subscriptions.
      const entry = { listener };
      const entries = tenants.get(tenantId) ?? new Set();
      tenants.set(tenantId, entries.add(entry));
      return () => {
        entries.delete(entry);
        if (entries.size === 0 && tenants.get(tenantId) === entries) tenants.delete(tenantId);
      };
    },
    get size() {
      return [...tenants.values()].reduce((sum, entries) => sum + entries.size, 0);
    },
  };
}
