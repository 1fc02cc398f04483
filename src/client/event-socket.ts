/** One WebSocket for all streams of a client: opened for the first, closed after the last. */
import { isJsonObject, type JsonObject } from '../json/json.ts';
import type { HooklineClientError } from './client-error.ts';
import { createProtocolClient, type ProtocolClientOptions } from './protocol-client.ts';
import { readSocketEnd } from './socket-end.ts';

export type EventSocketOptions = Omit<ProtocolClientOptions, 'onConnected' | 'onClosed'>;

export interface SubscriptionSink {
  /** The server has let the socket in. */
  connected(): void;
  next(data: JsonObject): void;
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
  const open = new Set<SubscriptionSink>();
  /** Those of `open` that the present connection carries. */
  const carried = new Set<SubscriptionSink>();
  let isConnected = () => false;
  const protocol = createProtocolClient({
    ...options,
    onConnected(isOpen) {
      isConnected = isOpen;
      for (const sink of open) carry(sink);
    },
    onClosed(event) {
      // Here and not in each subscription: after a close with the code 1000 graphql-ws sends them again as they were.
      for (const sink of [...carried]) sink.end(readSocketEnd(url, event));
    },
  });

  function carry(sink: SubscriptionSink): void {
    carried.add(sink);
    sink.connected();
  }

  function forget(sink: SubscriptionSink): boolean {
    carried.delete(sink);
    return open.delete(sink);
  }

  function subscribe(query: string, variables: JsonObject, told: SubscriptionSink): () => void {
    const sink: SubscriptionSink = {
      connected: () => told.connected(),
      next: (data) => open.has(sink) && told.next(data),
      end(error) {
        if (!forget(sink)) return;
        dispose();
        told.end(error);
      },
    };
    const end = (what?: unknown) => sink.end(readSocketEnd(url, what));
    open.add(sink);
    const dispose = protocol.client.subscribe(
      { query, variables },
      {
        next: ({ data, errors }) => (isJsonObject(data) ? sink.next(data) : end(errors)),
        error: end,
        complete: end,
      },
    );
    if (isConnected()) carry(sink);
    return () => {
      if (forget(sink)) dispose();
    };
  }

  return {
    subscribe,
    get tokenSent() {
      return protocol.tokenSent;
    },
  };
}
