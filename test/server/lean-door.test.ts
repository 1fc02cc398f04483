/** Every request sent both ways, by the lean door and by Yoga's own handler: one answer. Two servers over one platform. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createServer } from '../../src/server/create-server.ts';
import { SERVER_LIMITS } from '../../src/server/limits.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';
import { openRawHttp } from '../rig/raw-http.ts';

interface Row {
  readonly title: string;
  readonly body?: string | object;
  readonly headers?: Record<string, string>;
  readonly method?: string;
  readonly path?: string;
  /** Whether the lean door answers it; the rest it leaves to Yoga. */
  readonly lean: boolean;
  readonly status: number;
}

const TOOLS = `import { definePlugin } from 'hookline/sdk';
export default definePlugin({
  name: 'echo', version: '1.0.0', author: 'Ada', description: 'Answers what it is given.',
  tools: { echo: { description: 'Echoes.', parameters: { type: 'object' }, execute: (params) => ({ success: true, data: params }) } },
});`;

const ECHO = 'mutation ($params: JSONObject!) { executeTool(input: { toolName: "echo", params: $params }) { status data } }';
const TYPENAME = { query: '{ __typename }' };
const TWO = 'query One { __typename } query Two { viewer { subject } }';
const INTROSPECTION = { query: '{ __schema { queryType { name } } }' };
const json = (type: string) => ({ 'content-type': type });
const accept = (types: string) => ({ accept: types });

const GRAPHQL_JSON = 'application/graphql-response+json';

let app: TestApp;
let token: string;
let production: { readonly lean: FastifyInstance; readonly yoga: FastifyInstance };
let development: typeof production;

beforeAll(async () => {
  app = await createTestApp({ plugins: { 'echo.ts': TOOLS } });
  await app.enable('echo');
  token = await app.token();
  development = await bothWays(false);
  production = await bothWays(true);
});
afterAll(async () => {
  for (const server of [development, production].flatMap(({ lean, yoga }) => [lean, yoga])) await server.close();
  await app.close();
});

async function bothWays(inProduction: boolean): Promise<typeof production> {
  const open = async (leanDoor: boolean) => {
    const server = await createServer({
      useCases: app.useCases,
      authenticate: app.authenticate,
      prisma: app.database.prisma,
      log: app.log,
      production: inProduction,
      readiness: () => Promise.resolve({ ready: true, checks: {} }),
      leanDoor,
    });
    await server.listen({ host: '127.0.0.1', port: 0 });
    return server;
  };
  return { lean: await open(true), yoga: await open(false) };
}

function urlOf(server: FastifyInstance): string {
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}`;
}

async function send(server: FastifyInstance, row: Pick<Row, 'body' | 'headers' | 'method' | 'path'>, bearer = token) {
  const { body, headers, method = 'POST', path = '/graphql' } = row;
  const response = await fetch(`${urlOf(server)}${path}`, {
    method,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}`, ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const { headers: got } = response;
  return {
    status: response.status,
    headers: ['content-type', 'retry-after', 'allow', 'x-content-type-options'].map((name) => got.get(name)),
    body: await response.text(),
    // Yoga's handler streams its answer, so its length is not known before.
    lean: got.has('content-length') && method === 'POST' && response.status !== 415,
  };
}

const REQUESTS: readonly Row[] = [
  { title: 'a query', body: TYPENAME, lean: true, status: 200 },
];

const ACCEPTS: readonly Row[] = [
  '*/*', 'application/json', GRAPHQL_JSON
].map((types) => ({ title: types, headers: accept(types), body: TYPENAME, lean: true, status: 200 }));

test.each([...REQUESTS, ...ACCEPTS])('$title', async (row) => {
  const lean = await send(development.lean, row);
  const yoga = await send(development.yoga, row);
  console.log(row, lean, yoga);
});
