/** An HTTP connection by hand, for what no proper client does: requests in one write, halves of them, an end at any moment. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface RawHttp extends AsyncDisposable {
  readonly socket: Socket;
  /** One POST of a GraphQL request, or only its first `bytes` bytes. */
  post(body: object, options?: { bytes?: number; accept?: string }): void;
  /** Everything that has come in, once it matches; rejects when the connection ends before, or after 20 seconds. */
  received(pattern: RegExp): Promise<string>;
  readonly closed: Promise<void>;
}

const PATIENCE_MS = 20_000;

export async function openRawHttp(url: string, token: string): Promise<RawHttp> {
  const { hostname, port, host } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  // A reset is one of the ends that are tested.
  socket.on('error', () => {});
  // Not by `once` of node:events, which rejects when an error comes first.
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'connect');
  return {
    socket,
    closed,
    post(body, { bytes, accept = 'application/json' } = {}) {
      const json = JSON.stringify(body);
      const head = [
        'POST /graphql HTTP/1.1',
        `Host: ${host}`,
        `Authorization: Bearer ${token}`,
        `Accept: ${accept}`,
        'Content-Type: application/json',
        `Content-Length: ${Buffer.byteLength(json)}`,
      ];
      socket.write(`${head.join('\r\n')}\r\n\r\n${json}`.slice(0, bytes));
    },
    async received(pattern) {
      const deadline = performance.now() + PATIENCE_MS;
      while (!pattern.test(text)) {
        if (socket.readableEnded || socket.destroyed || performance.now() > deadline)
          throw new Error(`${pattern} did not come; this did:\n${text}`);
        await sleep(5);
      }
      return text;
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
      await closed;
    },
  };
}
