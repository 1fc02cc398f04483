/** One WebSocket for all streams of a client: opened for the first, closed after the last. */
import { isJsonObject, type JsonObject } from '../json/json.ts';
import type { HooklineClientError } from './client-error.ts';
import { createProtocolClient, type ProtocolClientOptions } from './protocol-client.ts';
import { readSocketEnd } from './socket-end.ts';

export type EventSocketOptions = Omit<ProtocolClientOptions, 'onConnected' | 'onClosed' | 'idOf' | 'onPosition'>;

export interface SubscriptionSink {
  /** The server has let the socket in. */
  connected(): void;
  next(data: JsonObject): void;
  /** Nothing that it wants lies between what came and this cursor. */
  position(cursor: string): void;
  /** Called once, and nothing after it. */
  end(error: HooklineClientError): void;
}

export interface EventSocket {
  /** Returns what stops it: nothing is called afterwards. */
  subscribe(query: string, variables: JsonObject, sink: SubscriptionSink): () => void;
  /** The token that the last connection began with. */
  readonly tokenSent: string;
}

export function createEventSocket(options: EventSocketOptions): EventSocket {
  const { url } = options;
  /** By the ids of their operations. */
  const open = new Map<string, SubscriptionSink>();
  /** Those of `open` that the present connection carries. */
  const carried = new Set<SubscriptionSink>();
  const ids = new WeakMap<object, string>();
  let lastId = 0;
  let isConnected = () => false;
  const protocol = createProtocolClient({
    ...options,
    onConnected(isOpen) {
      isConnected = isOpen;
      for (const sink of open.values()) carry(sink);
    },
    onClosed(event) {
      // Here and not in each subscription: after a close with the code 1000 graphql-ws sends them again as they were.
      for (const sink of [...carried]) sink.end(readSocketEnd(url, event));
    },
    idOf: (payload) => ids.get(payload) ?? nextId(),
    onPosition: (id, cursor) => open.get(id)?.position(cursor),
  });

  function nextId(): string {
    lastId += 1;
    return String(lastId);
  }

  function carry(sink: SubscriptionSink): void {
    carried.add(sink);
    sink.connected();
  }

  function forget(id: string, sink: SubscriptionSink): boolean {
    carried.delete(sink);
    return open.delete(id);
  }

  function subscribe(query: string, variables: JsonObject, told: SubscriptionSink): () => void {
    const payload = { query, variables };
    const id = nextId();
    const sink: SubscriptionSink = {
      connected: () => told.connected(),
      next: (data) => open.has(id) && told.next(data),
      position: (cursor) => told.position(cursor),
      end(error) {
        if (!forget(id, sink)) return;
        dispose();
        told.end(error);
      },
    };
    const end = (what?: unknown) => sink.end(readSocketEnd(url, what));
    open.set(id, sink);
    ids.set(payload, id);
    const dispose = protocol.client.subscribe(payload, {
      next: ({ data, errors }) => (isJsonObject(data) ? sink.next(data) : end(errors)),
      error: end,
      complete: end,
    });
    if (isConnected()) carry(sink);
    return () => {
      if (forget(id, sink)) dispose();
    };
  }

  return {
    subscribe,
    get tokenSent() {
      return protocol.tokenSent;
    },
  };
}
