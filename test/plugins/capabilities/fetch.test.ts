import { gzipSync } from 'node:zlib';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listen, openFetch, type FetchOptions, type LocalServer } from './open-fetch.ts';

let server: LocalServer;
let other: LocalServer;
let handle: (request: IncomingMessage, response: ServerResponse) => void;
/** What the servers were asked, in order. */
let seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];

beforeAll(async () => {
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      handle(request, response);
    });
  };
  [server, other] = await Promise.all([listen(listener), listen(listener)]);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});
beforeEach(() => {
  seen = [];
  handle = (_request, response) => response.end('{"fine":true}');
});

const at = (path: string, { port }: LocalServer = server) => `http://api.test:${port}${path}`;
const open = (options: FetchOptions = {}) =>
  openFetch({
    privateHosts: [`api.test:${server.port}`, `api.test:${other.port}`],
    grants: ['api.test'],
    ...options,
  });

describe('a request', () => {
  test('is sent as it was meant, and answered as the server answers', async () => {
    handle = (_request, response) =>
      response
        .writeHead(201, { 'content-type': 'application/json', 'x-two': ['a', 'b'], connection: 'close' })
        .end('{"a":[1]}');
    const fetch = open();
    const response = await fetch(at('/things?x=1#part'), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: 'Bearer t' },
      body: '{"ü":1}',
    });
    expect(response).toMatchObject({ ok: true, status: 201, url: at('/things?x=1') });
    expect(response.headers).toMatchObject({ 'content-type': 'application/json', 'x-two': 'a, b' });
    expect(response.headers).not.toHaveProperty('connection');
    expect(response.json()).toEqual({ a: [1] });
    expect(response.text()).toBe('{"a":[1]}');
    expect(seen).toMatchObject([
      {
        method: 'POST',
        url: '/things?x=1',
        body: '{"ü":1}',
        headers: {
          host: `api.test:${server.port}`,
          'content-type': 'application/json',
          authorization: 'Bearer t',
          'content-length': '8',
          'accept-encoding': 'gzip',
          'user-agent': expect.stringMatching(/^Hookline\//) as string,
        },
      },
    ]);
  });

  test.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const)('may be a %s', async (method) => {
    const response = await open()(at('/'), { method });
    expect(seen.map((request) => request.method)).toEqual([method]);
    expect(response.text()).toBe(method === 'HEAD' ? '' : '{"fine":true}');
  });

  test.each([404, 500, 304])('answered with %i is no error', async (status) => {
    handle = (_request, response) => response.writeHead(status).end();
    expect(await open()(at('/'))).toMatchObject({ ok: false, status });
  });

  test.each([
    [{ method: 'CONNECT' }, 'method must be one of'],
    [{ method: 'get' }, 'method must be one of'],
    [{ body: 'x' }, 'A GET has no body'],
    [{ method: 'POST', body: 7 }, 'body must be a text'],
    [{ method: 'POST', body: 'x'.repeat(65_537) }, 'there may be 65536'],
    [{ headers: 'x' }, 'headers must be an object'],
    [{ headers: { Host: 'x' } }, 'is set by the host'],
    [{ headers: { 'content-length': '1' } }, 'is set by the host'],
    [{ headers: { 'Transfer-Encoding': 'chunked' } }, 'is set by the host'],
    [{ headers: { connection: 'x-secret' } }, 'is set by the host'],
    [{ headers: { 'Proxy-Authorization': 'x' } }, 'is set by the host'],
    [{ headers: { expect: '100-continue' } }, 'is set by the host'],
    [{ headers: { 'accept-encoding': 'br' } }, 'is set by the host'],
    [{ headers: { 'a b': 'x' } }, 'is no name of a header'],
    [{ headers: { 'a\r\nhost': 'x' } }, 'is no name of a header'],
    [{ headers: { a: 'x\r\nhost: y' } }, 'cannot be sent'],
    [{ headers: { a: 'x\0' } }, 'cannot be sent'],
    [{ headers: { a: '\u{1f600}' } }, 'cannot be sent'],
    [{ headers: { a: 1 } }, 'cannot be sent'],
    [{ headers: { a: '1', A: '2' } }, 'is there twice'],
    [{ headers: { a: 'x'.repeat(8_192) } }, 'more than 8192 bytes'],
    [{ headers: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`h${i}`, ''])) }, 'more than 50 headers'],
    [{ agent: 'x' }, '"agent" is not an option'],
    [{ tenantId: 'x' }, 'acts for itself'],
  ])('is refused before it is sent: row %#', async (options, message) => {
    await expect(open()(at('/'), options as never)).rejects.toThrow(message);
    expect(seen).toEqual([]);
  });
});

describe('where a request may go', () => {
  test.each([
    ['a host that is not granted', 'https://other.test/', 'may not fetch from other.test'],
    ['a host above the granted one', 'https://test/', 'may not fetch from test'],
    ['a user name', 'https://user@api.test/', 'user name'],
    ['a password', 'https://:secret@api.test/', 'user name'],
    ['another port', 'https://api.test:22/', 'ports 443 and 80'],
    ['HTTP on the port of HTTPS', 'http://api.test:443/', 'ports 443 and 80'],
    ['plain HTTP', 'http://api.test/', 'https: only'],
    ['a file', 'file:///etc/passwd', 'Only https: and http:'],
    ['data', 'data:text/plain,x', 'Only https: and http:'],
    ['FTP', 'ftp://api.test/', 'Only https: and http:'],
    ['a socket', 'unix:/var/run/docker.sock', 'Only https: and http:'],
  ])('is denied: %s', async (_title, url, message) => {
    await expect(open()(url)).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringContaining(message) as string,
    });
  });

  test.each([
    ['nothing', ''],
    ['a path', '/x'],
    ['too much', `https://api.test/${'x'.repeat(9_000)}`],
    ['a name with a space', 'https://api test/'],
    ['a name with two dots', 'https://api..test/'],
  ])('is refused: %s', async (_title, url) => {
    await expect(open()(url)).rejects.toMatchObject({ kind: 'refused' });
  });

  test('a name is compared as it is sent: lower case, punycode, without a dot at the end', async () => {
    const { port } = server;
    const fetch = openFetch({ privateHosts: [`bücher.test:${port}`], grants: ['xn--bcher-kva.test'] });
    await fetch(`http://BÜCHER.test.:${port}/`);
    expect(seen[0]?.headers.host).toBe(`xn--bcher-kva.test:${port}`);
  });

  test('the port that the operator named is the only one there', async () => {
    const fetch = openFetch({ privateHosts: [`api.test:${server.port}`], grants: ['api.test'] });
    await expect(fetch(at('/', other))).rejects.toMatchObject({ kind: 'denied' });
    await expect(fetch(at('/'))).resolves.toMatchObject({ ok: true });
  });

  test('a host that the operator named still needs a grant', async () => {
    await expect(open({ grants: ['other.test'] })(at('/'))).rejects.toMatchObject({ kind: 'denied' });
  });

  test.each(['169.254.169.254', '224.0.0.1', '0.0.0.0', 'fe80::1'])(
    'what the operator named does not lead to %s',
    async (address) => {
      await expect(open({ resolve: () => Promise.resolve([address]) })(at('/'))).rejects.toMatchObject({
        kind: 'denied',
      });
    },
  );

  test('a name is looked up once, and the connection goes to what was checked', async () => {
    let lookups = 0;
    const resolve = () => Promise.resolve((lookups += 1) === 1 ? ['127.0.0.1'] : ['169.254.169.254']);
    expect(await open({ resolve })(at('/'))).toMatchObject({ ok: true });
    expect(lookups).toBe(1);
  });

  test('a name that changes its mind between two redirects is checked again', async () => {
    handle = (_request, response) => response.writeHead(302, { location: '/again' }).end();
    let lookups = 0;
    const resolve = () => Promise.resolve((lookups += 1) === 1 ? ['127.0.0.1'] : ['169.254.169.254']);
    await expect(open({ resolve })(at('/'))).rejects.toMatchObject({ kind: 'denied' });
    expect(seen).toHaveLength(1);
  });

  test('a name without an address, and a resolver that fails, are refused', async () => {
    await expect(open({ resolve: () => Promise.resolve([]) })(at('/'))).rejects.toThrow('no address');
    await expect(open({ resolve: () => Promise.reject(new Error('10.0.0.53')) })(at('/'))).rejects.toThrow(
      /no address for api.test/,
    );
  });

  test('no proxy of the environment is asked', async () => {
    const before = { ...process.env };
    Object.assign(process.env, {
      HTTP_PROXY: `http://127.0.0.1:${other.port}`,
      http_proxy: `http://127.0.0.1:${other.port}`,
      NODE_USE_ENV_PROXY: '1',
    });
    try {
      await open()(at('/direct'));
      expect(seen).toMatchObject([{ url: '/direct' }]);
    } finally {
      for (const name of ['HTTP_PROXY', 'http_proxy', 'NODE_USE_ENV_PROXY']) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  });
});

describe('redirects', () => {
  const redirect = (status: number, location: string) => {
    handle = ({ url }, response) => {
      if (url === '/') response.writeHead(status, { location }).end('elsewhere');
      else response.end('arrived');
    };
  };

  test.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [302, 'PUT', 'PUT', 'body'],
    [303, 'PUT', 'GET', ''],
    [307, 'POST', 'POST', 'body'],
    [308, 'PATCH', 'PATCH', 'body'],
  ] as const)('%i after a %s is a %s', async (status, method, then, body) => {
    redirect(status, '/there');
    const response = await open()(at('/'), {
      method,
      body: 'body',
      headers: { authorization: 'a', 'content-type': 'x/y' },
    });
    expect(response).toMatchObject({ status: 200, url: at('/there') });
    expect(seen[1]).toMatchObject({ method: then, url: '/there', body, headers: { authorization: 'a' } });
    expect(seen[1]?.headers['content-type']).toBe(body === '' ? undefined : 'x/y');
  });

  test('to another origin go no credentials', async () => {
    redirect(307, at('/there', other));
    await open()(at('/'), { headers: { Authorization: 'a', Cookie: 'b', 'X-Mine': 'c' } });
    expect(seen[1]?.headers).toMatchObject({ 'x-mine': 'c', host: `api.test:${other.port}` });
    expect(seen[1]?.headers).not.toHaveProperty('authorization');
    expect(seen[1]?.headers).not.toHaveProperty('cookie');
  });

  test.each([
    ['to a host that is not granted', 'https://evil.test/'],
    ['to another port', 'https://api.test:8443/'],
    ['to a file', 'file:///etc/passwd'],
    ['with a password', 'https://a:b@api.test/'],
    ['without a scheme, to a host that is not granted', '//evil.test/'],
    ['with a backslash', 'https:\\\\evil.test\\'],
  ])('are denied %s', async (_title, location) => {
    redirect(302, location);
    await expect(open()(at('/'))).rejects.toMatchObject({ kind: 'denied' });
  });

  test.each([
    ['https://169.254.169.254/latest', '169.254.169.254 is not on the public Internet, and no grant opens it.'],
    ['https://[64:ff9b::a9fe:a9fe]/', 'and no grant opens it.'],
    ['https://10.0.0.7/', '10.0.0.7, which is not on the public Internet: a grant opens it only where the operator'],
    ['https://localhost/', 'localhost, which is not on the public Internet: a grant opens it only where the operator'],
    ['http://evil.test/', 'http://evil.test: a grant opens https: on port 443, and anything else only where'],
    [
      'https://evil.test:8443/',
      'https://evil.test:8443: a grant opens https: on port 443, and anything else only where',
    ],
  ])('to %s, which a grant alone would not open, do not ask for one', async (location, words) => {
    redirect(302, location);
    const error: unknown = await open()(at('/')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'denied', message: expect.stringContaining(words) as string });
    expect(error).not.toMatchObject({ message: expect.stringContaining('it needs') as string });
  });

  test('to what a grant would open say so', async () => {
    redirect(302, 'https://evil.test/');
    await expect(open()(at('/'))).rejects.toThrow(
      'may not fetch from evil.test: it needs http:evil.test, granted by the tenant.',
    );
  });

  test('five are followed, and no sixth', async () => {
    handle = ({ url = '' }, response) => {
      const left = Number(url.slice(1));
      if (left === 0) response.end('arrived');
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    };
    expect(await open()(at('/5'))).toMatchObject({ ok: true, url: at('/0') });
    await expect(open()(at('/6'))).rejects.toThrow('more than 5 redirects');
    expect(seen).toHaveLength(12);
  });

  test('one with a body that never ends is followed at once', async () => {
    handle = ({ url }, response) => {
      if (url === '/there') response.end('arrived');
      else response.writeHead(302, { location: '/there' }).write('x'.repeat(100_000));
    };
    expect((await open()(at('/'))).text()).toBe('arrived');
  });

  test('one without a location is an answer', async () => {
    handle = (_request, response) => response.writeHead(302).end();
    expect(await open()(at('/'))).toMatchObject({ ok: false, status: 302 });
  });
});

describe('an answer', () => {
  const answers = (headers: Record<string, string>, body: Buffer | string) => {
    handle = (_request, response) => response.writeHead(200, headers).end(body);
  };

  test('is decompressed', async () => {
    answers({ 'content-encoding': 'gzip' }, gzipSync('hello'));
    expect((await open()(at('/'))).text()).toBe('hello');
  });

  test('is read in the charset it names, else as UTF-8', async () => {
    answers({ 'content-type': 'text/plain; charset=iso-8859-1' }, Buffer.from([0xe9]));
    expect((await open()(at('/'))).text()).toBe('é');
    answers({ 'content-type': 'text/plain; charset=klingon' }, Buffer.from([0xc3, 0xa9, 0xff]));
    expect((await open()(at('/'))).text()).toBe('é\ufffd');
  });

  test('may have as many bytes as are allowed, and not one more', async () => {
    const limits = { httpResponseBytes: 2_000 };
    answers({}, 'x'.repeat(2_000));
    expect((await open({ limits })(at('/'))).text()).toHaveLength(2_000);
    answers({}, 'x'.repeat(2_001));
    await expect(open({ limits })(at('/'))).rejects.toThrow('larger than 2000 bytes');
  });

  test('that never ends is cut off', async () => {
    handle = (_request, response) => {
      response.writeHead(200);
      const more = () => {
        if (response.destroyed) return;
        if (response.write(Buffer.alloc(65_536))) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    };
    await expect(open()(at('/'))).rejects.toThrow('larger than 131072 bytes');
  });

  test('a bomb is measured as it unfolds', async () => {
    const bomb = gzipSync(Buffer.alloc(100_000_000));
    answers({ 'content-encoding': 'gzip' }, bomb);
    expect(bomb.length).toBeLessThan(131_072);
    const before = process.memoryUsage().rss;
    await expect(open()(at('/'))).rejects.toThrow('larger than 131072 bytes');
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });

  test.each([
    ['br', 'x'],
    ['gzip, gzip', gzipSync(gzipSync('x'))],
    ['gzip', 'this is no gzip'],
    ['gzip', gzipSync('cut off').subarray(0, 15)],
  ])('in %s that cannot be read is refused: row %#', async (encoding, body) => {
    answers({ 'content-encoding': encoding }, body);
    await expect(open()(at('/'))).rejects.toMatchObject({ kind: 'refused' });
  });

  test('with headers that are too large is refused', async () => {
    answers({ 'x-large': 'x'.repeat(20_000) }, '');
    await expect(open()(at('/'))).rejects.toThrow('headers of the answer');
  });

  test('that breaks off, or is no HTTP, is refused without an address in it', async () => {
    handle = ({ socket }) => socket.destroy();
    await expect(open()(at('/'))).rejects.toThrow(/^api\.test could not be reached/);
    handle = ({ socket }) => socket.end('SSH-2.0-OpenSSH\r\n');
    await expect(open()(at('/'))).rejects.toThrow(/^api\.test could not be reached/);
  });
});

describe('time and number', () => {
  test('an answer that does not come is not waited for', async () => {
    handle = () => {};
    await expect(open({ limits: { httpTimeoutMs: 100 } })(at('/'))).rejects.toThrow('within 100 ms');
  });

  test('the clock runs on through redirects and in the middle of a body', async () => {
    handle = ({ url }, response) => {
      if (url === '/') response.writeHead(302, { location: '/slow' }).end();
      else response.writeHead(200).write('begun');
    };
    await expect(open({ limits: { httpTimeoutMs: 200 } })(at('/'))).rejects.toThrow('within 200 ms');
  });

  test('a resolver that does not answer is not waited for', async () => {
    const resolve = () => new Promise<never>(() => {});
    await expect(open({ resolve, limits: { httpTimeoutMs: 100 } })(at('/'))).rejects.toThrow('not found in time');
  });

  test('a call that ends takes its requests with it', async () => {
    const ended = new AbortController();
    const { promise: closed, resolve: onClosed } = Promise.withResolvers<void>();
    handle = (request) => {
      request.socket.once('close', () => onClosed());
      ended.abort();
    };
    await expect(open({ signal: ended.signal })(at('/'))).rejects.toMatchObject({ kind: 'refused' });
    await closed;
    await expect(open({ signal: ended.signal })(at('/'))).rejects.toMatchObject({ kind: 'refused' });
  });

  test('so many at once are sent, the others in turn, and too many are refused', async () => {
    const waiting: ServerResponse[] = [];
    let most = 0;
    handle = (_request, response) => {
      waiting.push(response);
      most = Math.max(most, waiting.length);
      setImmediate(() => waiting.shift()?.end('done'));
    };
    const fetch = open({ limits: { httpAtOnce: 2 } });
    const results = await Promise.allSettled(Array.from({ length: 70 }, (_, index) => fetch(at(`/${index}`))));
    expect(most).toBeLessThanOrEqual(2);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(66);
    expect(seen).toHaveLength(66);
    expect(await fetch(at('/after'))).toMatchObject({ ok: true });
  });
});
