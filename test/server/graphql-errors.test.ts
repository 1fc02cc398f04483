/** Whatever is wrong with a GraphQL request: our codes, our shape, and nothing done. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRegistry } from '../../src/plugins/registry.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';
import { post, type GraphQLAnswer } from '../rig/graphql-client.ts';

let app: TestApp;
let token: string;
beforeAll(async () => {
  app = await createTestApp();
  token = await app.token();
});
afterAll(() => app.close());

const ENABLE = 'mutation { enablePlugin(input: { name: "calculator" }) { name } }';
const IN_TURN =
  '{ edges { node { execution { hookInvocations { execution { hookInvocations { execution { id } } } } } } } }';
const TOOLS_IN_TURN = '{ edges { node { plugin { tools { plugin { tools { name } } } } } } }';
const nested = (levels: number) => `{ viewer ${'{ tenant '.repeat(levels)} { id } ${'}'.repeat(levels)} }`;

async function answerTo(response: Response) {
  expect(response.headers.get('content-type')).toMatch(/^application\/(graphql-response\+)?json/);
  const answer = (await response.json()) as GraphQLAnswer<unknown>;
  const [error] = answer.errors ?? [];
  return {
    status: response.status,
    code: error?.extensions.code,
    message: error?.message ?? '',
    keys: Object.keys(error?.extensions ?? {}),
  };
}

describe('what is not a GraphQL request', () => {
  test.each([
    [
      'a form',
      { 'content-type': 'application/x-www-form-urlencoded' },
      `query=${encodeURIComponent(ENABLE)}`,
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['a multipart form', { 'content-type': 'multipart/form-data; boundary=x' }, '--x--', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['plain text', { 'content-type': 'text/plain' }, JSON.stringify({ query: ENABLE }), 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a bare query', { 'content-type': 'application/graphql' }, ENABLE, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['an empty body', {}, '', 400, 'INVALID_INPUT'],
    ['half a JSON', {}, '{"query": "{ __typename }"', 400, 'INVALID_INPUT'],
    ['a JSON string', {}, '"{ __typename }"', 400, 'INVALID_INPUT'],
    ['null', {}, 'null', 400, 'INVALID_INPUT'],
    ['a batch', {}, JSON.stringify([{ query: '{ __typename }' }]), 400, 'INVALID_INPUT'],
    ['an unknown member', {}, JSON.stringify({ query: '{ __typename }', qeury: 1 }), 400, 'INVALID_INPUT'],
    ['a query that is no string', {}, JSON.stringify({ query: 7 }), 400, 'INVALID_INPUT'],
    ['variables that are a list', {}, JSON.stringify({ query: '{ __typename }', variables: [] }), 400, 'INVALID_INPUT'],
    ['257 KiB', {}, JSON.stringify({ query: `{ __typename } #${'x'.repeat(257 * 1024)}` }), 413, 'PAYLOAD_TOO_LARGE'],
  ])('%s', async (_what, headers, body, status, code) => {
    const answer = await answerTo(await post(app.url, token, body, headers));
    expect(answer).toMatchObject({ status, code });
    expect(answer.keys.filter((key) => !['code', 'details'].includes(key))).toEqual([]);
  });

  test('a body of unknown length is counted as it comes', async () => {
    const chunk = new TextEncoder().encode('x'.repeat(64 * 1024));
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => (sent++ < 8 ? controller.enqueue(chunk) : controller.close()),
    });
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' };
    const response = await fetch(`${app.url}/graphql`, init);
    expect(await answerTo(response)).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
  });

  test.each([
    ['a mutation by GET', `/graphql?query=${encodeURIComponent(ENABLE)}`, 'GET', 405, 'METHOD_NOT_ALLOWED'],
    ['variables by GET that are no JSON', '/graphql?query={__typename}&variables={', 'GET', 400, 'INVALID_INPUT'],
    ['PUT', '/graphql', 'PUT', 405, 'METHOD_NOT_ALLOWED'],
    ['DELETE', '/graphql', 'DELETE', 405, 'METHOD_NOT_ALLOWED'],
    ['OPTIONS, as of another site', '/graphql', 'OPTIONS', 405, 'METHOD_NOT_ALLOWED'],
  ])('%s', async (_what, path, method, status, code) => {
    const response = await fetch(app.url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, origin: 'https://elsewhere.example' },
    });
    expect(await answerTo(response)).toMatchObject({ status, code });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('none of them has enabled anything', async () => {
    const response = await post(app.url, token, { query: '{ plugins(enabled: true) { totalCount } }' });
    expect(await response.json()).toEqual({ data: { plugins: { totalCount: 0 } } });
  });
});

describe('what is refused before it runs', () => {
  test.each([
    ['syntax', '{ viewer ', 'QUERY_REJECTED'],
    ['an unknown field', '{ viewer { subjct } }', 'QUERY_REJECTED'],
    ['no such operation', 'query A { __typename } query B { __typename }', 'QUERY_REJECTED'],
    ['a literal of the wrong type', '{ plugin(name: 7) { name } }', 'QUERY_REJECTED'],
    ['an unknown enum value', '{ hookPipeline(hook: BEFORE_LUNCH) { position } }', 'QUERY_REJECTED'],
    ['depth 9', nested(8), 'QUERY_REJECTED'],
    ['depth 80', nested(80), 'QUERY_REJECTED'],
    ['depth 50,000', nested(20_000), 'QUERY_REJECTED'],
    [
      '16 aliases',
      `{ ${Array.from({ length: 16 }, (_, n) => `a${n}: viewer { subject }`).join(' ')} }`,
      'QUERY_REJECTED',
    ],
    ['1,001 tokens', `{ viewer { ${'subject '.repeat(1_000)} } }`, 'QUERY_REJECTED'],
    ['51 directives', `{ viewer { subject ${'@skip(if: false) '.repeat(51)} } }`, 'QUERY_REJECTED'],
    ['six mutations', `mutation { ${sixMutations()} }`, 'QUERY_REJECTED'],
    [
      'six mutations in a fragment',
      `mutation { ...All } fragment All on Mutation { ${sixMutations()} }`,
      'QUERY_REJECTED',
    ],
    ['six mutations in another', `mutation { ... { ... on Mutation { ${sixMutations()} } } }`, 'QUERY_REJECTED'],
    ['a fragment that spreads itself', '{ ...A } fragment A on Query { viewer { subject } ...A }', 'QUERY_REJECTED'],
    ['fragments that fan out to 2^18', fanOut(18), 'QUERY_REJECTED'],
    [
      'pages times pages',
      '{ toolExecutions(last: 200) { edges { node { a: hookInvocations { execution { hookInvocations { id } } } } } } hookInvocations(last: 200) { edges { node { steps { error { code } } a: steps { error { code } } b: steps { error { code } } c: steps { error { code } } i: block { code } block { code } d: block { code } e: block { code } f: execution { id } g: execution { error { code } } h: execution { error { code } } } } } }',
      'QUERY_REJECTED',
    ],
    ['executions and their invocations in turn, 50 each', `{ hookInvocations ${IN_TURN} }`, 'QUERY_REJECTED'],
    ['plugins and their tools in turn', `{ tools(first: 200) ${TOOLS_IN_TURN} }`, 'QUERY_REJECTED'],
    [
      'introspection in circles',
      '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }',
      'QUERY_REJECTED',
    ],
  ])('%s', async (_what, query, code) => {
    const started = performance.now();
    const answer = await answerTo(await post(app.url, token, { query }));
    expect(answer).toMatchObject({ status: 200, code });
    expect(answer.message).not.toMatch(/did you mean/i);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test.each([
    ['a variable of the wrong type', 'query ($name: String!) { plugin(name: $name) { name } }', { name: 7 }],
    ['a missing variable', 'query ($name: String!) { plugin(name: $name) { name } }', {}],
    [
      'an unknown input field',
      'mutation ($input: DisablePluginInput!) { disablePlugin(input: $input) { name } }',
      { input: { name: 'a', nmae: 'b' } },
    ],
    [
      'an enum value that is none',
      'query ($hook: PluginHook!) { hookPipeline(hook: $hook) { position } }',
      { hook: 'BEFORE_TOOL_CAL' },
    ],
    [
      'a date that is none',
      'query ($f: ToolExecutionFilter) { toolExecutions(filter: $f) { edges { cursor } } }',
      { f: { startedAfter: 'yesterday' } },
    ],
    [
      'a date before the years there are',
      'query ($f: ToolExecutionFilter) { toolExecutions(filter: $f) { edges { cursor } } }',
      { f: { startedAfter: '0000-12-31T23:59:59Z' } },
    ],
    [
      'a date that is in the year 10000 of UTC',
      'query ($f: ToolExecutionFilter) { toolExecutions(filter: $f) { edges { cursor } } }',
      { f: { startedBefore: '9999-12-31T23:59:59-01:00' } },
    ],
    [
      'an object that is a list',
      'mutation ($input: InvokeHookInput!) { invokeHook(input: $input) { id } }',
      { input: { hook: 'ON_ERROR', data: [] } },
    ],
    ['an id that is none', '{ node(id: "calculator") { id } }', {}],
    ['an integer that is none', 'query ($first: Int) { plugins(first: $first) { totalCount } }', { first: 1.5 }],
  ])('%s', async (_what, query, variables) => {
    const answer = await answerTo(await post(app.url, token, { query, variables }));
    expect(answer).toMatchObject({ status: 200, code: 'INVALID_INPUT' });
    expect(answer.message).not.toMatch(/did you mean/i);
  });

  test('a size of a page in a variable counts as one in the query', async () => {
    const query =
      'query ($n: Int = 200) { hookInvocations(last: $n) { edges { node { execution { hookInvocations { steps { error { code } } } } } } } }';
    const ask = async (variables: object) => answerTo(await post(app.url, token, { query, variables }));
    expect(await ask({})).toMatchObject({ status: 200, code: 'QUERY_REJECTED' });
    expect(await ask({ n: 200 })).toMatchObject({ code: 'QUERY_REJECTED' });
    expect(await ask({ n: 2 })).toMatchObject({ code: undefined });
    const refused = await post(app.url, token, { query }, { accept: 'application/graphql-response+json' });
    expect(refused.status).toBe(400);
  });

  test('`__proto__` in a JSON object, and JSON nested 65 levels deep', async () => {
    const query = 'mutation ($data: JSONObject!) { invokeHook(input: { hook: ON_ERROR, data: $data }) { id } }';
    const deep = `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`;
    for (const data of ['{"a":{"__proto__":{"admin":true}}}', deep]) {
      const answer = await answerTo(
        await post(app.url, token, `{"query":${JSON.stringify(query)},"variables":{"data":${data}}}`),
      );
      expect(answer).toMatchObject({ code: 'INVALID_INPUT' });
    }
    const literal = 'mutation { invokeHook(input: { hook: ON_ERROR, data: { __proto__: { admin: true } } }) { id } }';
    expect(await answerTo(await post(app.url, token, { query: literal }))).toMatchObject({ code: 'INVALID_INPUT' });
  });

  test('with graphql-response+json the status says it too', async () => {
    const accept = { accept: 'application/graphql-response+json' };
    const status = async (query: string, bearer: string | undefined = token) =>
      (await post(app.url, bearer, { query }, accept)).status;
    expect(await status('{ viewer ')).toBe(400);
    expect(await status(nested(9))).toBe(400);
    expect(await status('{ viewer { subject } }', 'not-a-token')).toBe(401);
    expect(await status('{ viewer { subject } }')).toBe(200);
  });
});

describe('tokens', () => {
  test.each([
    ['garbage', 'Bearer x.y.z'],
    ['another scheme', 'Basic dXNlcjpwYXNz'],
    ['a token of a megabyte would be', `Bearer ${'a'.repeat(9_000)}`],
    ['nothing after the scheme', 'Bearer '],
  ])('%s is UNAUTHENTICATED, whatever is asked', async (_what, authorization) => {
    for (const query of ['{ __typename }', '{ viewer { subject } }', '{ nonsense ']) {
      const answer = await answerTo(await post(app.url, undefined, { query }, { authorization }));
      expect(answer).toMatchObject({ status: 200, code: 'UNAUTHENTICATED' });
    }
  });

  test('without one, the type name is all there is', async () => {
    expect(await (await post(app.url, undefined, { query: '{ __typename }' })).json()).toEqual({
      data: { __typename: 'Query' },
    });
    expect(await answerTo(await post(app.url, undefined, { query: '{ viewer { subject } }' }))).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });
});

describe('introspection', () => {
  const query = '{ __schema { queryType { name } } }';

  test('is for everybody in development', async () => {
    expect(await (await post(app.url, undefined, { query })).json()).toHaveProperty(
      'data.__schema.queryType.name',
      'Query',
    );
  });

  test('is for admins in production, where there is no GraphiQL', async () => {
    await using production = await createTestApp({ settings: { production: true } });
    const ask = async (bearer?: string) => (await post(production.url, bearer, { query })).json();
    expect(await ask(await production.token())).toHaveProperty('data.__schema.queryType.name', 'Query');
    const refused = expect.objectContaining({ code: 'QUERY_REJECTED' });
    expect(await ask(await production.token({ roles: ['agent'] }))).toHaveProperty('errors.0.extensions', refused);
    expect(await ask()).toHaveProperty('errors.0.extensions', refused);
    const page = await fetch(`${production.url}/graphql`, { headers: { accept: 'text/html' } });
    expect(await page.text()).not.toMatch(/<html/i);
  });

  test('GraphiQL loads nothing from another host', async () => {
    const response = await fetch(`${app.url}/graphql`, { headers: { accept: 'text/html' } });
    expect(response.headers.get('content-type')).toMatch('text/html');
    const page = await response.text();
    expect(page).toContain('Hookline');
    expect(page).not.toMatch(/<(script|link|img|iframe)[^>]+(src|href)=["']?(https?:)?\/\//i);
  });
});

test('a bug is masked, with an id that the log has', async () => {
  const lines: string[] = [];
  const { pino } = await import('pino');
  const registry = createRegistry();
  await using broken = await createTestApp({
    registry,
    log: pino({ level: 'error' }, { write: (line: string) => void lines.push(line) }),
  });
  await broken.database.prisma.$executeRawUnsafe('DROP TABLE tool_executions');
  const answer = await answerTo(
    await post(broken.url, await broken.token(), { query: '{ toolExecutions { edges { cursor } } }' }),
  );
  expect(answer.code).toBe('INTERNAL_ERROR');
  expect(answer.message).not.toMatch(/tool_executions|prisma|relation/i);
  const [id] = /[0-9a-f-]{36}/.exec(answer.message) ?? [];
  expect(lines.some((line) => id !== undefined && line.includes(id) && line.includes('tool_executions'))).toBe(true);
});

function sixMutations(): string {
  return Array.from({ length: 6 }, (_, n) => `m${n}: disablePlugin(input: { name: "calculator" }) { name }`).join(' ');
}

function fanOut(levels: number): string {
  const fragments = Array.from({ length: levels }, (_, n) => `fragment F${n} on Tenant { ...F${n + 1} ...F${n + 1} }`);
  return `{ viewer { tenant { ...F0 } } } ${fragments.join(' ')} fragment F${levels} on Tenant { id }`;
}
