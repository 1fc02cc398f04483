/**
 * Many subscribers over WebSocket, by hand: they count the messages that come and look into none, so that the server is
 * measured. One buffer for all sockets, no client library, no JSON.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { createFrameCounter } from './frame-counter.ts';

export interface SubscribersOptions {
  /** Of the server, such as `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly sockets: number;
  readonly operationsPerSocket: number;
  /** For the socket of this number. */
  readonly token: (socket: number) => string;
  readonly query: string;
  /** For the subscriber of this number. */
  readonly variables: (subscriber: number) => object;
}

export interface Subscribers extends Disposable {
  /** Messages that have come to all of them. */
  readonly messages: number;
  /** Resolves once there were so many; rejects when a socket has been closed. */
  reached(messages: number): Promise<void>;
}

const OPENING_AT_A_TIME = 50;
const READ_BYTES = 256 * 1024;
/** Servers ping, and end who does not answer; a pong that nobody asked for will do (RFC 6455, section 5.5.3). */
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);
const PONG_EVERY_MS = 5_000;

/** Resolves when each socket has been let in and has asked for its operations. */
export async function openSubscribers(options: SubscribersOptions): Promise<Subscribers> {
  const shared = { buffer: Buffer.alloc(READ_BYTES), messages: 0, goal: Infinity, onGoal: () => {} };
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => {});
  const sockets: Socket[] = [];
  const count = (messages: number) => {
    shared.messages += messages;
    if (shared.messages >= shared.goal) shared.onGoal();
  };
  for (let first = 0; first < options.sockets; first += OPENING_AT_A_TIME) {
    const numbers = Array.from({ length: Math.min(OPENING_AT_A_TIME, options.sockets - first) }, (_, n) => first + n);
    sockets.push(...(await Promise.all(numbers.map((number) => openSocket(options, number, shared.buffer, count)))));
  }
  for (const socket of sockets) socket.once('close', () => broken.reject(new Error('The server closed a socket.')));
  const pongs = setInterval(() => sockets.forEach((socket) => socket.write(PONG)), PONG_EVERY_MS);
  shared.messages = 0;
  return {
    get messages() {
      return shared.messages;
    },
    reached(messages) {
      if (shared.messages >= messages) return Promise.resolve();
      const reached = new Promise<void>((resolve) => {
        shared.goal = messages;
        shared.onGoal = () => {
          shared.goal = Infinity;
          resolve();
        };
      });
      return Promise.race([reached, broken.promise]);
    },
    [Symbol.dispose]() {
      clearInterval(pongs);
      sockets.forEach((socket) => socket.destroy());
    },
  };
}

/** The first message that comes on it is the acknowledgement. */
async function openSocket(
  { url, operationsPerSocket, token, query, variables }: SubscribersOptions,
  number: number,
  buffer: Buffer,
  count: (messages: number) => void,
): Promise<Socket> {
  const { hostname, port, host } = new URL(url);
  const open = Promise.withResolvers<void>();
  const countFrames = createFrameCounter((frames) => {
    open.resolve();
    count(frames);
  });
  const socket = connect({
    host: hostname,
    port: Number(port),
    noDelay: true,
    onread: {
      buffer,
      callback(bytes, chunk) {
        countFrames(
          Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength),
          bytes,
        );
        return true;
      },
    },
  });
  const fail = () => open.reject(new Error('The server closed a socket.'));
  socket.on('error', fail).on('close', fail);
  socket.write(
    `GET /graphql HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`,
  );
  const send = (message: object) => socket.write(maskedFrame(JSON.stringify(message)));
  send({ type: 'connection_init', payload: { authorization: `Bearer ${token(number)}` } });
  await open.promise;
  for (let n = 0; n < operationsPerSocket; n += 1) {
    const payload = { query, variables: variables(number * operationsPerSocket + n) };
    send({ id: randomUUID(), type: 'subscribe', payload });
  }
  return socket;
}

/** A text message as clients must send it (RFC 6455). A mask of zeros is a mask. */
function maskedFrame(text: string): Buffer {
  const body = Buffer.from(text);
  if (body.length > 65_535) throw new Error('The message is too long.');
  const short = body.length < 126;
  const header = Buffer.alloc(short ? 6 : 8);
  header[0] = 0x81;
  header[1] = 0x80 | (short ? body.length : 126);
  if (!short) header.writeUInt16BE(body.length, 2);
  return Buffer.concat([header, body]);
}
