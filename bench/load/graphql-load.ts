/** Many connections that send one GraphQL operation over and over. */
import type { JsonObject } from '../../src/json/json.ts';
import { countInFlight, timeAlone } from './time-calls.ts';
import { HttpConnection } from './http-connection.ts';

export interface GraphQLLoadOptions {
  /** Of the server, such as `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly token?: string;
  readonly query: string;
  readonly variables?: JsonObject;
  readonly connections: number;
  /** What every answer must contain. */
  readonly expect: string;
}

export interface GraphQLLoad extends Disposable {
  /** Milliseconds of single requests (`alone`: the median), and requests per second. */
  measure(sampleMs: number): Promise<{ readonly alone: number; readonly p99: number; readonly inFlight: number }>;
}

export async function openGraphQLLoad(options: GraphQLLoadOptions): Promise<GraphQLLoad> {
  const url = new URL('/graphql', options.url);
  const request = requestOf(url, options);
  const connections = await Promise.all(Array.from({ length: options.connections }, () => HttpConnection.open(url)));
  const lanes = connections.map((connection) => async () => {
    const { status, body } = await connection.exchange(request);
    if (status !== 200 || !body.includes(options.expect)) throw new Error(`The server answered ${status}: ${body}`);
  });
  return {
    async measure(sampleMs) {
      const [first] = lanes;
      if (!first) throw new Error('There is no connection.');
      const alone = await timeAlone(first, sampleMs / 2);
      return { alone: alone.p50 / 1_000, p99: alone.p99 / 1_000, inFlight: await countInFlight(lanes, sampleMs) };
    },
    [Symbol.dispose]: () => connections.forEach((connection) => connection.close()),
  };
}

function requestOf(url: URL, { token, query, variables = {} }: GraphQLLoadOptions): Buffer {
  const body = JSON.stringify({ query, variables });
  const head = [
    `POST ${url.pathname} HTTP/1.1`,
    `host: ${url.host}`,
    'content-type: application/json',
    'accept: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    ...(token === undefined ? [] : [`authorization: Bearer ${token}`]),
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}
