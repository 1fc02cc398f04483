/** A WebSocket by hand, for what no proper client does: messages in a queue, the close code as a promise. */
import { on, once } from 'node:events';
import { WebSocket } from 'ws';
import type { JsonObject } from '../../src/json/json.ts';

export interface RawSocket extends AsyncDisposable {
  readonly socket: WebSocket;
  send(message: JsonObject | string): void;
  /** The next message that is not a ping. */
  receive(): Promise<JsonObject>;
  readonly closed: Promise<{ code: number; reason: string }>;
}

export async function openRawSocket(url: string, protocol = 'graphql-transport-ws'): Promise<RawSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, protocol ? [protocol] : []);
  const messages = on(socket, 'message');
  const closed = once(socket, 'close').then(([code, reason]: unknown[]) => ({
    code: Number(code),
    reason: String(reason),
  }));
  await once(socket, 'open');
  return {
    socket,
    closed,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async receive() {
      for (;;) {
        const { value } = (await messages.next()) as IteratorResult<unknown[]>;
        const message = JSON.parse(String((value as unknown[])[0])) as JsonObject;
        if (message['type'] !== 'ping') return message;
      }
    },
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await closed;
    },
  };
}

/** A socket past `connection_init`. */
export async function openAcknowledged(url: string, token: string): Promise<RawSocket> {
  const raw = await openRawSocket(url);
  raw.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  const { type } = await raw.receive();
  if (type !== 'connection_ack') throw new Error(`The server answered ${String(type)}.`);
  return raw;
}
