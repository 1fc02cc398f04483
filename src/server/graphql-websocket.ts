/** GraphQL over WebSocket (`graphql-transport-ws`), on the path of GraphQL over HTTP. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { handleProtocols, makeServer, type Server } from 'graphql-ws';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { createAdmission } from './admit-socket.ts';
import { CLOSE_CODES, closeSocket } from './close-socket.ts';
import { GRAPHQL_PATH, type GraphQLDoor } from './create-graphql.ts';
import { createFrameWriter } from './frame-writer.ts';
import { SOCKET_LIMITS } from './limits.ts';
import { createPositions } from './positions.ts';
import type { ServerDeps } from './server-deps.ts';
import type { SocketExtra } from './socket-extra.ts';
import { socketOperations } from './socket-operations.ts';
import { createUnderWay } from './under-way.ts';

export function graphqlOverWebSocket(
  server: FastifyInstance,
  options: { deps: ServerDeps; graphql: GraphQLDoor; closing: AbortSignal },
): void {
  const { deps, graphql, closing } = options;
  const open = new Set<SocketExtra>();
  const admit = createAdmission(deps);
  const protocol = makeServer<Record<string, unknown>, SocketExtra>({
    ...socketOperations(deps, graphql, closing),
    connectionInitWaitTimeout: SOCKET_LIMITS.initMs,
    onConnect: ({ extra, connectionParams }) => admit(extra, connectionParams),
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: SOCKET_LIMITS.messageBytes, handleProtocols });

  server.server.on('upgrade', (request, connection, head) => {
    connection.on('error', () => connection.destroy());
    if (closing.aborted) return refuse(connection, 503);
    if (request.url?.split('?')[0] !== GRAPHQL_PATH) return refuse(connection, 404);
    sockets.handleUpgrade(request, connection, head, (socket) => {
      const frames = createFrameWriter(socket, connection, () => closeStalled(deps, socket));
      const extra: SocketExtra = {
        socket,
        frames,
        positions: createPositions(),
        underWay: createUnderWay(),
        expired: false,
        caller: null,
      };
      open.add(extra);
      socket.once('close', () => open.delete(extra));
      serve(deps, protocol, extra);
    });
  });
  server.addHook('preClose', async () => {
    await Promise.all([...open].map(closeWhenAnswered));
  });
}

/** What is followed on it goes on until then, so that a client sees how its last calls end. */
async function closeWhenAnswered({ socket, underWay }: SocketExtra): Promise<void> {
  const gone = new Promise((resolve) => socket.once('close', resolve));
  await Promise.race([underWay.settled(SOCKET_LIMITS.answerMs), gone]);
  // The last message of an operation is written right after the operation has ended.
  await new Promise((resolve) => setImmediate(resolve));
  closeSocket(socket, CLOSE_CODES.goingAway, 'The server is stopping');
}

function serve(deps: ServerDeps, protocol: Server<SocketExtra>, extra: SocketExtra): void {
  const { socket } = extra;
  const fail = (error: unknown) => {
    // What is written to a socket that has gone is nobody's fault.
    if (socket.readyState !== socket.OPEN) return;
    deps.log.error({ err: error }, 'A socket met a bug');
    closeSocket(socket, CLOSE_CODES.internalError, 'INTERNAL_ERROR');
  };
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (text) => send(deps, socket, text),
      close: (code, reason) => closeSocket(socket, code ?? CLOSE_CODES.internalError, reason ?? ''),
      onMessage: (read) => socket.on('message', (data) => void read(toText(data)).catch(fail)),
    },
    extra,
  );
  // A message over the limit or a broken frame: ws closes the socket itself, with 1009 or 1002.
  socket.on('error', (error) => deps.log.debug({ err: error }, 'A socket broke'));
  socket.once('close', (code, reason) => void closed(code, String(reason)).catch(fail));
  keepAlive(extra);
}

/** Resolves once the message is on its way; a socket that takes nothing any more is closed as a slow consumer. */
function send(deps: ServerDeps, socket: WebSocket, text: string): Promise<void> {
  if (socket.readyState !== socket.OPEN) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const stalled = setTimeout(() => closeStalled(deps, socket), SOCKET_LIMITS.stallMs);
    socket.send(text, (error) => {
      clearTimeout(stalled);
      if (error) reject(error);
      else resolve();
    });
  });
}

function closeStalled({ log }: ServerDeps, socket: WebSocket): void {
  log.warn({ waitingBytes: socket.bufferedAmount }, 'A socket is closed: it does not read');
  closeSocket(socket, CLOSE_CODES.slowConsumer, 'SLOW_CONSUMER');
}

function keepAlive({ socket, positions }: SocketExtra): void {
  let answered = true;
  socket.on('pong', () => (answered = true));
  const timer = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
    const ping = positions.nextPing();
    // Not by `send`, whose clock would end a slow reader that still reads: who reads nothing does not answer the ping, either.
    if (ping) socket.send(ping, () => {});
  }, SOCKET_LIMITS.pingMs);
  socket.once('close', () => clearInterval(timer));
}

function toText(data: RawData): string {
  return Array.isArray(data) ? Buffer.concat(data).toString('utf8') : Buffer.from(data as Buffer).toString('utf8');
}

function refuse(connection: Duplex, status: number): void {
  connection.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
