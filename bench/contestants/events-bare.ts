/** The least that ws can do: the text of each event is made once, and sent to each socket that asked for its run. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { handleProtocols } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { encodeCursor } from '../../src/events/cursor.ts';
import { benchEvent, runOf } from './bench-event.ts';
import { serveEvents } from './serve-events.ts';

const TENANT = '5f0c54b4-6f0f-4a9e-9b8a-0d1f0a6f6a11';
const OPERATION = '7b7a3a60-8f0f-4a53-9d43-2f5ad3a1c9c1';

interface Message {
  readonly type: string;
  readonly payload: { readonly variables: { readonly filter: { readonly runId: string } } };
}

const followers = new Map<string, Set<WebSocket>>();
const server = createServer();
new WebSocketServer({ server, handleProtocols }).on('connection', (socket) => {
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(String(data)) as Message;
    if (message.type === 'connection_init') socket.send('{"type":"connection_ack"}');
    if (message.type === 'ping') socket.send('{"type":"pong"}');
    if (message.type !== 'subscribe') return;
    const { runId } = message.payload.variables.filter;
    followers.set(runId, (followers.get(runId) ?? new Set()).add(socket));
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
if (address === null || typeof address === 'string') throw new Error('It does not listen.');
let seq = 0;
serveEvents({
  url: `http://127.0.0.1:${address.port}`,
  tokens: ['none'],
  followers: async () => [...followers.values()].reduce((sum, { size }) => sum + size, 0),
  publish(run) {
    seq += 1;
    const text = nextMessage(seq, runOf(run));
    for (const socket of followers.get(runOf(run)) ?? []) socket.send(text);
  },
});

/** The bytes that the others send. */
function nextMessage(number: number, runId: string): string {
  const { occurredAt, invocation } = benchEvent(TENANT, number, runId);
  const { executionId: _executionId, block: _block, steps, startedAt, durationMs, ...rest } = invocation;
  const shown = steps.map(({ patch: _patch, error: _error, ...step }) => step);
  const hookInvoked = {
    cursor: encodeCursor(TENANT, number),
    occurredAt,
    invocation: { ...rest, startedAt, durationMs, steps: shown },
  };
  return JSON.stringify({ id: OPERATION, type: 'next', payload: { data: { hookInvoked } } });
}
