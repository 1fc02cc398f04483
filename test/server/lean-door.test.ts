/** Every request sent both ways, by the lean door and by Yoga's own handler: one answer. Servers over one platform. */
import { fastify, type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGraphQL } from '../../src/server/create-graphql.ts';
import { createServer, type ServerDeps } from '../../src/server/create-server.ts';
import { createLeanDoor } from '../../src/server/lean-door.ts';
import { SERVER_LIMITS } from '../../src/server/limits.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';

interface Row {
  readonly title: string;
  readonly body?: string | object | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
  readonly path?: string;
  readonly token?: 'none' | 'agent' | 'bad' | 'expired';
  readonly status: number;
  /** Whether the lean door answers it; the rest it leaves to Yoga. */
  readonly lean: boolean;
}

const ECHO_PLUGIN = `import { definePlugin } from 'hookline/sdk';
export default definePlugin({
  name: 'echo', version: '1.0.0', author: 'Ada', description: 'Answers what it is given.',
  tools: { echo: { description: 'Echoes.', parameters: { type: 'object' }, execute: (params) => ({ success: true, data: params }) } },
});`;
const ECHO =
  'mutation ($params: JSONObject!) { executeTool(input: { toolName: "echo", params: $params }) { status success data error { code } } }';

const TYPENAME = { query: '{ __typename }' };
const TWO = 'query One { __typename } query Two { viewer { subject } }';
const INTROSPECTION = { query: '{ __schema { queryType { name } } }' };
const DEEP = `{ viewer ${'{ tenant '.repeat(9)} { id } ${'}'.repeat(9)} }`;
const COSTLY = { query: `{ ${['a', 'b'].map((name) => `${name}: ${costly()}`).join(' ')} }` };
const SPEC = 'application/graphql-response+json';
const accepting = (types: string) => ({ accept: types });
const ofType = (type: string) => ({ 'content-type': type });
const echo = (params: string) => `{"query":${JSON.stringify(ECHO)},"variables":{"params":${params}}}`;

const SOUND: readonly Row[] = [
  { title: 'a query', body: TYPENAME, status: 200, lean: true },
  { title: 'a mutation', body: echo('{"a":[1,null,"é\\u2028"]}'), status: 200, lean: true },
  { title: 'one of two operations', body: { query: TWO, operationName: 'Two' }, status: 200, lean: true },
  {
    title: 'nulls',
    body: { ...TYPENAME, variables: null, operationName: null, extensions: null },
    status: 200,
    lean: true,
  },
  { title: 'extensions', body: { ...TYPENAME, extensions: { persistedQuery: {} } }, status: 200, lean: true },
  { title: 'a member twice', body: '{"query":"{","query":"{ __typename }"}', status: 200, lean: true },
  { title: 'keys of every object', body: echo('{"constructor":1,"toString":{"valueOf":2}}'), status: 200, lean: true },
  {
    title: '__proto__ in a variable',
    body: echo('{"__proto__":{"x":1},"y":{"__proto__":null}}'),
    status: 200,
    lean: true,
  },
  { title: 'half of a surrogate pair', body: echo('{"a":"\\ud800"}'), status: 200, lean: true },
  { title: 'bytes that are not UTF-8', body: bytes(echo('{"a":"\xff"}')), status: 200, lean: true },
  {
    title: 'a query string beside it',
    body: TYPENAME,
    path: '/graphql?query={viewer{subject}}',
    status: 200,
    lean: true,
  },
  { title: 'nobody', body: TYPENAME, token: 'none', status: 200, lean: true },
];

const WRONG: readonly Row[] = [
  {
    title: 'a field that fails',
    body: { query: '{ viewer { subject } plugins(first: 999) { totalCount } }' },
    status: 200,
    lean: true,
  },
  {
    title: 'a nullable field that fails',
    body: { query: '{ viewer { subject } node(id: "nonsense") { id } }' },
    status: 200,
    lean: true,
  },
  {
    title: 'a right that is missing',
    body: { query: 'mutation { disablePlugin(input: { name: "echo" }) { name } }' },
    token: 'agent',
    status: 200,
    lean: true,
  },
  { title: 'nobody who asks', body: { query: '{ viewer { subject } }' }, token: 'none', status: 200, lean: true },
  { title: 'a variable that is missing', body: { query: ECHO }, status: 200, lean: true },
  { title: 'a variable that does not fit', body: { query: ECHO, variables: { params: [1] } }, status: 200, lean: true },
  {
    title: 'a variable that is too deep',
    body: echo(`${'{"a":'.repeat(300)}1${'}'.repeat(300)}`),
    status: 200,
    lean: true,
  },
  { title: 'a query that costs too much', body: COSTLY, status: 200, lean: true },
  { title: 'two operations and no name', body: { query: TWO }, status: 200, lean: false },
  { title: 'a name of no operation', body: { query: TWO, operationName: 'Three' }, status: 200, lean: false },
  { title: 'an empty name', body: { query: TWO, operationName: '' }, status: 200, lean: false },
  { title: 'a syntax error', body: { query: '{' }, status: 200, lean: false },
  { title: 'an unknown field', body: { query: '{ viewr { subject } }' }, status: 200, lean: false },
  { title: 'an empty query', body: { query: '' }, status: 200, lean: false },
  { title: 'too deep', body: { query: DEEP }, status: 200, lean: false },
  { title: 'too many tokens', body: { query: `{ ${'__typename '.repeat(1_000)} }` }, status: 200, lean: false },
  {
    title: 'too many aliases',
    body: { query: `{ ${times(16, (n) => `a${n}: viewer { subject }`)} }` },
    status: 200,
    lean: false,
  },
  {
    title: 'too many directives',
    body: { query: `{ __typename ${'@include(if: true) '.repeat(51)} }` },
    status: 200,
    lean: false,
  },
  {
    title: 'too many mutations',
    body: { query: `mutation { ${times(6, (n) => `m${n}: disablePlugin(input: { name: "echo" }) { name }`)} }` },
    status: 200,
    lean: false,
  },
  { title: 'a bad token', body: TYPENAME, token: 'bad', status: 200, lean: false },
  { title: 'an expired token', body: TYPENAME, token: 'expired', status: 200, lean: false },
  { title: 'a bad token and a bad request', body: { query: 1 }, token: 'bad', status: 400, lean: false },
];

const BODIES: readonly Row[] = [
  { title: 'no JSON', body: '{"query":', status: 400, lean: false },
  { title: 'nothing', body: '', status: 400, lean: false },
  { title: 'a list', body: [TYPENAME], status: 400, lean: false },
  { title: 'an empty list', body: '[]', status: 400, lean: false },
  ...['null', '7', '"{ __typename }"', 'true', '{}'].map((body) => ({ title: body, body, status: 400, lean: false })),
  { title: 'a byte order mark', body: `\ufeff${JSON.stringify(TYPENAME)}`, status: 400, lean: false },
  {
    title: '__proto__',
    body: '{"query":"{ __typename }","__proto__":{"operationName":"x"}}',
    status: 400,
    lean: false,
  },
  { title: 'an unknown member', body: { ...TYPENAME, qeury: 1 }, status: 400, lean: false },
  { title: 'an unknown member that is null', body: { ...TYPENAME, id: null }, status: 200, lean: false },
  { title: 'a query that is no text', body: { query: 7 }, status: 400, lean: false },
  { title: 'variables that are a list', body: { ...TYPENAME, variables: [] }, status: 400, lean: false },
  { title: 'variables that are text', body: { ...TYPENAME, variables: '{}' }, status: 400, lean: false },
  { title: 'a name that is a number', body: { ...TYPENAME, operationName: 1 }, status: 400, lean: false },
  { title: 'extensions that are text', body: { ...TYPENAME, extensions: 'x' }, status: 400, lean: false },
  { title: 'the largest that may be', body: sized(SERVER_LIMITS.bodyBytes), status: 200, lean: true },
  { title: 'one byte more', body: sized(SERVER_LIMITS.bodyBytes + 1), status: 413, lean: false },
];

const TYPES: readonly Row[] = [
  ['application/json; charset=utf-8', 200, true],
  ['application/json;charset=UTF-8', 200, false],
  ['application/json; charset=latin1', 200, false],
  ['application/json; profile=x', 200, false],
  ['Application/JSON', 415, false],
  ['application/json, text/plain', 415, false],
  ['application/graphql+json', 415, false],
  ['application/graphql', 415, false],
  ['text/plain', 415, false],
  ['multipart/form-data; boundary=x', 415, false],
].map(([type, status, lean]) =>
  row(`${String(type)}`, { headers: ofType(String(type)), body: TYPENAME }, Number(status), lean === true),
);

const ACCEPTS: readonly Row[] = [
  ['*/*', 200],
  ['application/*', 200],
  ['*/json', 200],
  ['application/json', 200],
  ['APPLICATION/JSON', 200],
  [SPEC, 200],
  [`${SPEC}, application/json`, 200],
  [`application/json, ${SPEC}`, 200],
  [`${SPEC},application/json;q=0.9`, 200],
  [`${SPEC};q=0.1, application/json;q=0.9`, 200],
  ['application/json;q=0', 200],
  ['application/json; charset=utf-8', 200],
  [`application/json; charset=latin1, ${SPEC}`, 200],
  ['application/json, text/plain, */*', 200],
  ['text/html,application/xhtml+xml,*/*;q=0.8', 200],
  [`text/event-stream, ${SPEC}`, 200],
  ['multipart/mixed, application/json', 200],
  ['', 200],
  [',', 400],
  ['text/plain', 400],
  ['application/json; charset=latin1', 400],
  ['text/event-stream', 200],
].map(([types, status]) => {
  const lean = status === 200 && types !== 'text/event-stream';
  return row(`accepts "${String(types)}"`, { headers: accepting(String(types)), body: TYPENAME }, Number(status), lean);
});

const OTHER_WAYS: readonly Row[] = [
  { title: 'PUT', method: 'PUT', body: TYPENAME, status: 405, lean: false },
  { title: 'DELETE', method: 'DELETE', body: TYPENAME, status: 405, lean: false },
  { title: 'OPTIONS', method: 'OPTIONS', status: 405, lean: false },
  { title: 'a query by GET', method: 'GET', path: '/graphql?query={__typename}', status: 200, lean: false },
  { title: 'a mutation by GET', method: 'GET', path: '/graphql?query=mutation{__typename}', status: 405, lean: false },
  { title: 'a path below', path: '/graphql/x', body: TYPENAME, status: 404, lean: false },
  {
    title: 'a body that is said to be packed',
    headers: { 'content-encoding': 'gzip' },
    body: TYPENAME,
    status: 200,
    lean: false,
  },
  {
    title: 'a subscription to JSON',
    headers: accepting('application/json'),
    body: { query: 'subscription { pluginChanged { cursor } }' },
    status: 400,
    lean: false,
  },
];

/** The same with the other form of answer, in which errors have their own status. */
const STRICT: readonly Row[] = [...SOUND, ...WRONG, ...BODIES].map((row) => ({
  ...row,
  title: `${row.title}, ${SPEC}`,
  headers: accepting(SPEC),
}));

const ALL_ROWS = [...SOUND, ...WRONG, ...BODIES, ...TYPES, ...ACCEPTS, ...OTHER_WAYS];

let app: TestApp;
let deps: ServerDeps;
let probe: FastifyInstance;
const opened = new AsyncDisposableStack();
let development: { readonly lean: string; readonly yoga: string };
let production: typeof development;

beforeAll(async () => {
  app = opened.use(await createTestApp({ plugins: { 'echo.ts': ECHO_PLUGIN } }));
  await app.enable('echo');
  const { useCases, authenticate, log } = app;
  const readiness = () => Promise.resolve({ ready: true, checks: {} });
  deps = { useCases, authenticate, log, prisma: app.database.prisma, production: false, readiness };
  development = await bothWays(deps);
  production = await bothWays({ ...deps, production: true });
  probe = leanDoorAlone(deps);
});
afterAll(() => opened.disposeAsync());

async function bothWays(of: ServerDeps): Promise<typeof development> {
  const listen = async (leanDoor: boolean) => {
    const server = opened.adopt(await createServer({ ...of, leanDoor }), (open) => open.close());
    return server.listen({ host: '127.0.0.1', port: 0 });
  };
  return { lean: await listen(true), yoga: await listen(false) };
}

/** Says of a request whether the lean door took it: 200, else 404. */
function leanDoorAlone(of: ServerDeps): FastifyInstance {
  const server = opened.adopt(fastify({ bodyLimit: SERVER_LIMITS.bodyBytes }), (open) => open.close());
  const door = createLeanDoor(of, createGraphQL(of));
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  server.all('/graphql', async (request, reply) => {
    const caller = await of.authenticate(await app.token());
    return reply.status((await door(request, { caller })) ? 200 : 404).send('');
  });
  return server;
}

async function tokenOf({ token }: Row): Promise<Record<string, string>> {
  if (token === 'none') return {};
  const bearer = {
    bad: () => Promise.resolve('a.b.c'),
    expired: () => app.token({ expiresInSeconds: -10 }),
    agent: () => app.token({ roles: ['agent'] }),
    admin: () => app.token(),
  }[token ?? 'admin'];
  return { authorization: `Bearer ${await bearer()}` };
}

async function send(url: string, row: Row) {
  const { body, headers, method = 'POST', path = '/graphql' } = row;
  const sent =
    body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json', ...(await tokenOf(row)), ...headers },
    ...(sent === undefined ? {} : { body: sent }),
  });
  const kept = ['content-type', 'retry-after', 'allow', 'accept', 'connection', 'vary'];
  return {
    status: response.status,
    headers: Object.fromEntries(kept.map((name) => [name, response.headers.get(name)])),
    body: (await response.text()).replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID'),
  };
}

describe('in development', () => {
  test.each(ALL_ROWS)('$title', async (row) => {
    const lean = await send(development.lean, row);
    expect(lean).toEqual(await send(development.yoga, row));
    expect(lean.status).toBe(row.status);
  });

  test.each(STRICT)('$title', async (row) => {
    expect(await send(development.lean, row)).toEqual(await send(development.yoga, row));
  });
});

test.each(
  ALL_ROWS.filter(({ token, path = '/graphql' }) => token !== 'bad' && token !== 'expired' && path === '/graphql'),
)('the lean door takes what is plain: $title', async ({ body, headers, method = 'POST', lean }) => {
  const payload =
    body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await probe.inject({
    method: method as 'POST',
    url: '/graphql',
    headers: { 'content-type': 'application/json', ...headers },
    ...(payload === undefined ? {} : { payload: Buffer.from(payload) }),
  });
  expect(response.statusCode === 200).toBe(lean);
});

describe('in production', () => {
  test('what an admin may ask is not remembered for others, whoever came first', async () => {
    for (const token of ['agent', undefined, 'agent', 'none', undefined] as const) {
      const row: Row = {
        title: '',
        body: INTROSPECTION,
        status: 200,
        lean: token === undefined,
        ...(token ? { token } : {}),
      };
      const lean = await send(production.lean, row);
      expect(lean).toEqual(await send(production.yoga, row));
      expect(lean.body.includes('"data":{"__schema"')).toBe(token === undefined);
    }
  });
});

// The last one: it breaks the database.
test('a bug is masked on both ways', async () => {
  await app.database.prisma.$executeRawUnsafe('DROP TABLE tool_executions');
  const row: Row = { title: '', body: { query: '{ toolExecutions { edges { cursor } } }' }, status: 200, lean: true };
  for (const headers of [accepting('application/json'), accepting(SPEC)]) {
    const lean = await send(development.lean, { ...row, headers });
    expect(lean).toEqual(await send(development.yoga, { ...row, headers }));
    expect(lean.body).toContain('INTERNAL_ERROR');
    expect(lean.body).not.toMatch(/tool_executions|prisma|relation/i);
  }
});

function row(title: string, rest: Partial<Row>, status: number, lean: boolean): Row {
  return { title, ...rest, status, lean };
}

function costly(): string {
  return 'hookInvocations(first: 200) { edges { node { execution { hookInvocations { steps { pluginName } } } } } }';
}

function times(count: number, text: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => text(n)).join(' ');
}

function sized(length: number): string {
  const body = JSON.stringify({ query: '{ __typename } #' });
  return body.replace('#', `#${'x'.repeat(length - body.length)}`);
}

/** One byte for each character. */
function bytes(latin1: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(latin1, (character) => character.charCodeAt(0));
}
