import { networkInterfaces } from 'node:os';
import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';

let app: TestApp;
beforeAll(async () => (app = await createTestApp()));
afterAll(() => app.close());

test('/healthz and /readyz need no token', async () => {
  expect(await (await fetch(`${app.url}/healthz`)).json()).toEqual({ alive: true });
  const ready = await fetch(`${app.url}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({ ready: true, checks: expect.any(Object) });
});

describe('/metrics', () => {
  const [outside] = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4');

  test('is for this machine', async () => {
    const response = await fetch(`${app.url}/metrics`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch('text/plain');
    expect(await response.text()).toMatch(/^# HELP /m);
  });

  test.skipIf(!outside)('is for others with the operator’s token alone', async () => {
    const metricsToken = 'the operator of this server';
    await using open = await createTestApp({
      settings: { host: '0.0.0.0', metricsToken: metricsToken.replaceAll(' ', '-') },
    });
    const url = `http://${outside?.address}:${new URL(open.url).port}/metrics`;
    const status = async (authorization?: string) =>
      (await fetch(url, { headers: authorization ? { authorization } : {} })).status;
    expect(await status()).toBe(401);
    expect(await status(`Bearer ${await open.token()}`)).toBe(401);
    expect(await status(`Bearer ${metricsToken.replaceAll(' ', '-')}`)).toBe(200);
  });
});

describe('what nobody asked for is a problem document', () => {
  test.each([
    ['a path that is not there', '/nowhere', 404, 'NOT_FOUND'],
    ['a path under the API that is not there', '/api/v1/plgins', 404, 'NOT_FOUND'],
    ['a path that cannot be decoded', '/api/v1/plugins/%zz', 400, 'INVALID_INPUT'],
    ['a name of 3,000 characters', `/api/v1/plugins/${'x'.repeat(3_000)}`, 404, 'PLUGIN_NOT_FOUND'],
  ])('%s', async (_what, path, status, code) => {
    const response = await fetch(app.url + path, { headers: { authorization: `Bearer ${await app.token()}` } });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch('application/problem+json');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await response.json()).toMatchObject({
      type: expect.stringContaining(code),
      title: expect.any(String),
      status,
      detail: expect.any(String),
      code,
    });
  });

  test.each([
    ['an expectation', 'GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: zzz\r\n\r\n', 417],
    [
      'an expectation with a body',
      'POST /graphql HTTP/1.1\r\nHost: x\r\nExpect: zzz\r\nContent-Length: 2\r\n\r\n{}',
      417,
    ],
    ['no host', 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['no host, where there is nothing', 'GET /nowhere HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
  ])('%s', async (_what, bytes, status) => {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    let received = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
    socket.write(bytes);
    await once(socket, 'close');
    expect(received).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(received).toMatch(/^content-type: application\/problem\+json/im);
    expect(JSON.parse(received.slice(received.indexOf('\r\n\r\n')))).toMatchObject({ status, code: 'INVALID_INPUT' });
  });

  test('HTTP/1.0 knows no host, and is answered', async () => {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    socket.write('GET /healthz HTTP/1.0\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(String(answer)).toMatch(/^HTTP\/1.1 200 /);
    socket.destroy();
  });

  test.each([
    ['no HTTP at all', 'HELO there\r\n\r\n'],
    ['two lengths', 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello'],
    [
      'a length and chunks',
      'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
  ])('%s: 400, and the connection ends', async (_what, bytes) => {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    let received = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
    socket.write(bytes);
    await once(socket, 'close');
    expect(received).toMatch(/^HTTP\/1.1 400 /);
    expect(JSON.parse(received.slice(received.indexOf('\r\n\r\n')))).toMatchObject({
      status: 400,
      code: 'INVALID_INPUT',
    });
  });
});
