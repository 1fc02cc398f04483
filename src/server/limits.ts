/** Every limit of the doors, in one place: HTTP, GraphQL and WebSocket. */
import { PAGE_MAX } from '../events/page.ts';

export const SERVER_LIMITS = {
  /** Bytes of a request body. */
  bodyBytes: 256 * 1024,
  /** Milliseconds in which a whole request must have come in. */
  requestMs: 30_000,
  /** TCP connections at a time; more are closed at once. */
  connections: 4_096,
  /** Streams of Server-Sent Events at a time of one subject of one tenant. */
  streamsPerSubject: 50,
  /** Milliseconds that requests under way are waited for when the server stops; then their connections are closed. */
  answerMs: 7_000,
  /** Characters of one path parameter: as many as Node takes of a whole request head, so that any name is looked up. */
  pathParameterChars: 16 * 1024,
} as const;

export const STREAM_LIMITS = {
  /** Milliseconds between the comments that keep a stream of Server-Sent Events alive. */
  keepAliveMs: 12_000,
  /** Milliseconds that a browser is told to wait before it connects again. */
  retryMs: 1_000,
  /** Milliseconds that the last of a stream may wait for a client that does not read. */
  stallMs: 4_000,
} as const;

export const QUERY_LIMITS = {
  /** Levels of selections. */
  depth: 8,
  /** Lexical tokens of a document. */
  tokens: 1_000,
  aliases: 15,
  directives: 50,
  /** As `queryCost` counts: a full page of everything about an invocation fits. */
  cost: 25 * PAGE_MAX,
  /** Mutations in one document; they run one after the other, and one answer waits for all. */
  mutations: 5,
} as const;

/** Documents that are kept parsed and validated, and as many again that could not be parsed. */
export const DOCUMENT_CACHE = { entries: 1_000, chars: 4 * 1024 * 1024 } as const;

export const SOCKET_LIMITS = {
  /** Bytes of one message from a client. */
  messageBytes: 64 * 1024,
  /** Milliseconds to send `connection_init`. */
  initMs: 3_000,
  operations: 50,
  socketsPerSubject: 20,
  /** Milliseconds a socket may take nothing of what was written to it. */
  stallMs: 4_000,
  /** Milliseconds between pings; a socket that does not answer one by the next is ended. */
  pingMs: 12_000,
  /** Milliseconds that answers under way are waited for when the server stops: longer than calls get, less than the stop. */
  answerMs: 7_000,
  /** Milliseconds between the close frame and the end of the connection. */
  closeMs: 1_000,
} as const;
