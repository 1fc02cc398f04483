/** A subscription as Server-Sent Events: the body of an answer. */
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { ExecutionResult } from 'graphql';
import type { FastifyBaseLogger } from 'fastify';
import type { Subscription } from '../events/subscriber.ts';
import { formatGraphQLError, toGraphQLError } from './graphql-error.ts';
import { STREAM_LIMITS } from './limits.ts';
import type { EventSink } from './share-subscriptions.ts';

export interface EventStream extends EventSink {
  /** Once there is something to follow. */
  readonly body: Readable | null;
  /** Follows until the end; what `source` brings besides is an answer like any other. */
  follow(source: AsyncIterable<ExecutionResult>): void;
}

const KEEP_ALIVE = ':\n\n';
const COMPLETE = 'event: complete\ndata:\n\n';

export function createEventStream(log: FastifyBaseLogger, response: ServerResponse): EventStream {
  let body: Readable | null = null;
  let subscription: Subscription | undefined;
  let told: string | null = null;

  function keepAliveText(): string {
    const cursor = subscription?.cursor ?? null;
    if (cursor === null || cursor === told) return KEEP_ALIVE;
    told = cursor;
    return standing(cursor);
  }

  async function pump(source: AsyncIterable<ExecutionResult>, stream: Readable): Promise<void> {
    try {
      for await (const result of source) stream.push(next(result));
    } catch (error) {
      stream.push(next({ errors: [toGraphQLError(log, error)] }));
    }
    if (stream.destroyed) return;
    stream.push(COMPLETE);
    stream.push(null);
    endWhenStalled(log, response);
  }

  return {
    get body() {
      return body;
    },
    follow(source) {
      const iterator = source[Symbol.asyncIterator]();
      const stream = new Readable({
        read: () => subscription?.resume(),
        destroy(error, done) {
          clearInterval(keepAlive);
          void iterator.return?.();
          done(error);
        },
      });
      const keepAlive = setInterval(() => {
        if (!stream.readableLength) stream.push(keepAliveText());
      }, STREAM_LIMITS.keepAliveMs);
      // Some browsers wait for a first byte before they say that they are connected.
      stream.push(`retry: ${STREAM_LIMITS.retryMs}\n\n`);
      body = stream;
      void pump({ [Symbol.asyncIterator]: () => iterator }, stream);
    },
    begin(begun) {
      subscription = begun;
      told = begun.cursor;
      // So that a browser whose connection breaks before the first event comes back to where it was.
      if (told !== null) body?.push(standing(told));
    },
    write: (payload) => body?.push(payload.serverSentEvent()) ?? false,
  };
}

/** An `id` without data is no event, but where a client that comes again goes on. */
function standing(cursor: string): string {
  return `id: ${cursor}\n\n`;
}

/** What nobody reads would be kept for as long as the connection. */
function endWhenStalled(log: FastifyBaseLogger, response: ServerResponse): void {
  const stalled = setTimeout(() => {
    log.warn({ waitingBytes: response.writableLength }, 'A stream is closed: it does not read');
    response.destroy();
  }, STREAM_LIMITS.stallMs);
  response.once('close', () => clearTimeout(stalled));
}

function next({ errors, data }: ExecutionResult): string {
  const shown = errors?.map(formatGraphQLError);
  const result = { ...(data === undefined ? {} : { data }), ...(shown ? { errors: shown } : {}) };
  return `event: next\ndata: ${JSON.stringify(result)}\n\n`;
}
