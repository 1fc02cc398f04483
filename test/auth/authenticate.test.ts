import { createHmac, generateKeyPairSync, randomBytes, sign as signWith, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { exportJWK } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ActorTenant } from '../../src/auth/actor.ts';
import { createAuthenticator, type Authenticate } from '../../src/auth/authenticate.ts';
import { mintToken } from '../../src/auth/mint-token.ts';
import type { ResolvedAuth } from '../../src/auth/resolve-auth.ts';

const SECRET = 'the secret that these tests sign with, 32 bytes or more';
const TENANT: ActorTenant = { id: '11111111-1111-4111-8111-111111111111', slug: 'acme', name: 'Acme' };
const NOW = Date.parse('2026-11-22T12:00:00Z');
const SECONDS = NOW / 1000;
const CLAIMS = { sub: 'someone', tenant_id: 'acme', roles: ['admin'], exp: SECONDS + 600 };
const HEADER = { alg: 'HS256', typ: 'JWT' };

const encode = (value: object | string) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

function hs256(header: object | string, claims: object | string, secret: string | Buffer = SECRET): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

function authenticatorFor(auth: Partial<ResolvedAuth>, clock = { now: NOW }) {
  const asked: string[] = [];
  const authenticate = createAuthenticator({
    auth: {
      keys: { kind: 'secret', secret: SECRET },
      issuer: undefined,
      audience: undefined,
      development: false,
      ...auth,
    },
    findTenant: async (idOrSlug) => {
      asked.push(idOrSlug);
      return idOrSlug === TENANT.slug || idOrSlug === TENANT.id ? TENANT : null;
    },
    now: () => clock.now,
  });
  return { authenticate, asked, clock };
}

async function refusal(authenticate: Authenticate, token: string): Promise<string> {
  const error: unknown = await authenticate(token).then(
    () => new Error('It was let in.'),
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'UNAUTHENTICATED' });
  return error instanceof Error ? error.message : '';
}

describe('a token that is good', () => {
  test('says who is asking', async () => {
    const { authenticate } = authenticatorFor({});
    const token = hs256(HEADER, { ...CLAIMS, roles: ['agent', 'agent', 'other'], agent_id: 'bot' });
    expect(await authenticate(token)).toEqual({
      subject: 'someone',
      tenant: TENANT,
      roles: ['agent'],
      agentId: 'bot',
      expiresAt: NOW + 600_000,
    });
  });

  test.each<[string, object]>([
    ['by tenant id', { tenant_id: TENANT.id }],
    ['for a platform admin without a tenant', { tenant_id: undefined, roles: ['platform_admin'] }],
    ['with clocks half a minute apart', { nbf: SECONDS + 29 }],
    ['without a role', { roles: [] }],
  ])('%s', async (_name, claims) => {
    const { authenticate } = authenticatorFor({});
    expect(await authenticate(hs256(HEADER, { ...CLAIMS, ...claims }))).toMatchObject({ subject: 'someone' });
  });

  test('is one that mintToken made', async () => {
    const { authenticate } = authenticatorFor({ issuer: 'us', audience: 'hookline' }, { now: Date.now() });
    const token = await mintToken({
      secret: SECRET,
      subject: 'cli',
      tenant: 'acme',
      roles: ['admin', 'agent'],
      agentId: 'bot',
      expiresInSeconds: 60,
      issuer: 'us',
      audience: 'hookline',
    });
    expect(await authenticate(token)).toMatchObject({
      subject: 'cli',
      tenant: TENANT,
      roles: ['admin', 'agent'],
      agentId: 'bot',
    });
  });
});

describe('a token that is not', () => {
  const es256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const unsigned = (header: object, claims: object = CLAIMS) => `${encode(header)}.${encode(claims)}.`;
  const cases: readonly [string, string][] = [
    ['nothing', ''],
    ['no token', 'hello'],
    ['two parts', `${encode(HEADER)}.${encode(CLAIMS)}`],
    ['four parts', `${hs256(HEADER, CLAIMS)}.x`],
    ['a megabyte', hs256(HEADER, { ...CLAIMS, x: 'x'.repeat(1_000_000) })],
    ['just over the cap', hs256(HEADER, { ...CLAIMS, x: 'x'.repeat(8_000) })],
    ['alg none', unsigned({ alg: 'none', typ: 'JWT' })],
    ['alg None with a signature', hs256({ alg: 'None', typ: 'JWT' }, CLAIMS)],
    ['alg HS512', hs256({ alg: 'HS512', typ: 'JWT' }, CLAIMS)],
    ['no alg', hs256({ typ: 'JWT' }, CLAIMS)],
    ['another secret', hs256(HEADER, CLAIMS, 'x'.repeat(48))],
    ['an empty secret', hs256(HEADER, CLAIMS, '')],
    [
      'a changed payload',
      hs256(HEADER, CLAIMS).replace(encode(CLAIMS), encode({ ...CLAIMS, roles: ['platform_admin'] })),
    ],
    ['a cut signature', hs256(HEADER, CLAIMS).slice(0, -4)],
    ['base64 that is not base64url', hs256(HEADER, CLAIMS).replace('.', '+.')],
    [
      'ES256 with a signature of zeros',
      `${encode({ alg: 'ES256' })}.${encode(CLAIMS)}.${Buffer.alloc(64).toString('base64url')}`,
    ],
    [
      'ES256 with the bearer’s key in it',
      esToken({ alg: 'ES256', jwk: es256.publicKey.export({ format: 'jwk' }) }, es256.privateKey),
    ],
    ['a key set elsewhere', hs256({ ...HEADER, jku: 'http://127.0.0.1:9/keys' }, CLAIMS)],
    ['a certificate elsewhere', hs256({ ...HEADER, x5u: 'http://127.0.0.1:9/keys' }, CLAIMS)],
    ['a critical extension', hs256({ ...HEADER, crit: ['exp'] }, CLAIMS)],
    ['another type', hs256({ ...HEADER, typ: 'secevent+jwt' }, CLAIMS)],
    ['a type that is no text', hs256({ ...HEADER, typ: 1 }, CLAIMS)],
    ['a header that is no object', hs256('[]', CLAIMS)],
    ['a header twice the same name', hs256('{"alg":"none","alg":"HS256"}', CLAIMS)],
    ['a payload that is no JSON', hs256(HEADER, 'x')],
    ['a payload that is a list', hs256(HEADER, [])],
    ['a claim twice', hs256(HEADER, JSON.stringify(CLAIMS).replace('{', '{"tenant_id":"other",'))],
    ['a claim twice, once escaped', hs256(HEADER, JSON.stringify(CLAIMS).replace('{', '{"\\u0073ub":"x",'))],
    ['no exp', hs256(HEADER, { ...CLAIMS, exp: undefined })],
    ['exp as text', hs256(HEADER, { ...CLAIMS, exp: String(CLAIMS.exp) })],
    ['exp beyond number', hs256(HEADER, JSON.stringify(CLAIMS).replace(/"exp":\d+/, '"exp":1e999'))],
    ['nbf in the future', hs256(HEADER, { ...CLAIMS, nbf: SECONDS + 31 })],
    ['nbf as text', hs256(HEADER, { ...CLAIMS, nbf: 'now' })],
    ['no sub', hs256(HEADER, { ...CLAIMS, sub: undefined })],
    ['an empty sub', hs256(HEADER, { ...CLAIMS, sub: '' })],
    ['sub as a number', hs256(HEADER, { ...CLAIMS, sub: 1 })],
    ['no tenant', hs256(HEADER, { ...CLAIMS, tenant_id: undefined })],
    ['an unknown tenant', hs256(HEADER, { ...CLAIMS, tenant_id: 'nobody' })],
    [
      'an unknown tenant for a platform admin',
      hs256(HEADER, { ...CLAIMS, tenant_id: 'nobody', roles: ['platform_admin'] }),
    ],
    ['a tenant that is no text', hs256(HEADER, { ...CLAIMS, tenant_id: ['acme'] })],
    ['roles as text', hs256(HEADER, { ...CLAIMS, roles: 'admin' })],
    ['roles that are no texts', hs256(HEADER, { ...CLAIMS, roles: ['admin', 1] })],
    ['no roles', hs256(HEADER, { ...CLAIMS, roles: undefined })],
    ['an agent that is no text', hs256(HEADER, { ...CLAIMS, agent_id: { $ne: '' } })],
    ['a kid that is a path', hs256({ ...HEADER, kid: '../../dev/null' }, CLAIMS, '')],
  ];

  function esToken(header: object, key: KeyObject, claims: object = CLAIMS): string {
    const input = `${encode(header)}.${encode(claims)}`;
    return `${input}.${signWith('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  }

  test('is answered with one and the same message, whatever is wrong', async () => {
    const { authenticate } = authenticatorFor({});
    const messages = new Map<string, string[]>();
    for (const [name, token] of cases) {
      const message = await refusal(authenticate, token);
      messages.set(message, [...(messages.get(message) ?? []), name]);
    }
    expect([...messages.values()]).toEqual([cases.map(([name]) => name)]);
  });

  test('with another issuer or audience, or none, is the same when they are set', async () => {
    const { authenticate } = authenticatorFor({ issuer: 'https://issuer', audience: 'hookline' });
    const right = { ...CLAIMS, iss: 'https://issuer', aud: ['other', 'hookline'] };
    expect(await authenticate(hs256(HEADER, right))).toMatchObject({ subject: 'someone' });
    const wrong = [{ iss: 'https://issuer/' }, { iss: undefined }, { aud: 'other' }, { aud: undefined }, { aud: [] }];
    const messages = await Promise.all(
      wrong.map((claims) => refusal(authenticate, hs256(HEADER, { ...right, ...claims }))),
    );
    expect(new Set(messages).size).toBe(1);
    expect(messages[0]).toBe(await refusal(authenticate, 'hello'));
  });

  test('that has expired may be told so, to the second', async () => {
    const { authenticate } = authenticatorFor({});
    for (const exp of [SECONDS, SECONDS - 1, SECONDS - 3_600]) {
      expect(await refusal(authenticate, hs256(HEADER, { ...CLAIMS, exp }))).toMatch(/expired/);
    }
    expect(await refusal(authenticate, hs256(HEADER, { ...CLAIMS, exp: SECONDS - 1 }, 'x'.repeat(48)))).not.toMatch(
      /expired/,
    );
  });
});

describe('what is remembered', () => {
  test('ends with the token', async () => {
    const { authenticate, clock } = authenticatorFor({});
    const token = hs256(HEADER, { ...CLAIMS, exp: SECONDS + 10 });
    await authenticate(token);
    clock.now += 10_000;
    expect(await refusal(authenticate, token)).toMatch(/expired/);
  });

  test('a tenant for a few seconds, an unknown one not at all', async () => {
    const { authenticate, asked, clock } = authenticatorFor({});
    const token = hs256(HEADER, CLAIMS);
    await authenticate(token);
    await authenticate(token);
    expect(asked).toEqual(['acme']);
    clock.now += 5_000;
    await authenticate(token);
    expect(asked).toEqual(['acme', 'acme']);
    const unknown = hs256(HEADER, { ...CLAIMS, tenant_id: 'nobody' });
    await refusal(authenticate, unknown);
    await refusal(authenticate, unknown);
    expect(asked).toEqual(['acme', 'acme', 'nobody', 'nobody']);
  });

  test('of a hundred who come at once, one asks for their tenant', async () => {
    const answer = Promise.withResolvers<ActorTenant | null>();
    let asked = 0;
    const authenticate = createAuthenticator({
      auth: { keys: { kind: 'secret', secret: SECRET }, issuer: undefined, audience: undefined, development: false },
      findTenant: () => ((asked += 1), answer.promise),
      now: () => NOW,
    });
    const token = hs256(HEADER, CLAIMS);
    const actors = Promise.all(Array.from({ length: 100 }, () => authenticate(token)));
    // All of them are past the check of the token by then.
    await vi.waitFor(() => expect(asked).toBeGreaterThan(0));
    await sleep(200);
    answer.resolve(TENANT);
    expect((await actors).map(({ tenant }) => tenant)).toEqual(Array.from({ length: 100 }, () => TENANT));
    expect(asked).toBe(1);
  });

  test('an answer from before a tenant was there is not the answer for those who come after', async () => {
    const answers = [Promise.withResolvers<ActorTenant | null>(), Promise.withResolvers<ActorTenant | null>()];
    let asked = 0;
    const authenticate = createAuthenticator({
      auth: { keys: { kind: 'secret', secret: SECRET }, issuer: undefined, audience: undefined, development: false },
      findTenant: () => answers[asked++]!.promise,
      now: () => NOW,
    });
    const token = hs256(HEADER, CLAIMS);
    const early = refusal(authenticate, token);
    while (asked < 1) await new Promise(setImmediate);
    const late = authenticate(token);
    answers[0]!.resolve(null);
    answers[1]!.resolve(TENANT);
    await early;
    expect(await late).toMatchObject({ tenant: TENANT });
    expect(asked).toBe(2);
  });

  test('a database that is away for one is asked again by the next', async () => {
    let asked = 0;
    const authenticate = createAuthenticator({
      auth: { keys: { kind: 'secret', secret: SECRET }, issuer: undefined, audience: undefined, development: false },
      findTenant: () => ((asked += 1) === 1 ? Promise.reject(new Error('away')) : Promise.resolve(TENANT)),
      now: () => NOW,
    });
    const token = hs256(HEADER, CLAIMS);
    await expect(authenticate(token)).rejects.toThrow('away');
    expect(await authenticate(token)).toMatchObject({ tenant: TENANT });
  });
});

describe('with keys from a URL', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ed = generateKeyPairSync('ed25519');
  let server: Server;
  let url: URL;
  let fetched: string[];
  let status: number;

  beforeAll(async () => {
    const keys = await Promise.all(
      [
        { key: rsa, kid: 'rsa', alg: 'RS256' },
        { key: ec, kid: 'ec', alg: 'ES256' },
        { key: ed, kid: 'ed', alg: 'EdDSA' },
      ].map(async ({ key, kid, alg }) => ({ ...(await exportJWK(key.publicKey)), kid, alg, use: 'sig' })),
    );
    server = createServer((request, response) => {
      fetched.push(request.url ?? '');
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('No address.');
    url = new URL(`http://127.0.0.1:${address.port}/keys`);
  });
  beforeEach(() => {
    fetched = [];
    status = 200;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const signed = (alg: string, kid: string, key: KeyObject, header: object = {}, claims: object = CLAIMS) => {
    const input = `${encode({ alg, kid, typ: 'at+jwt', ...header })}.${encode(claims)}`;
    const digest = alg === 'EdDSA' ? null : 'sha256';
    return `${input}.${signWith(digest, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  };
  const withKeys = () => authenticatorFor({ keys: { kind: 'jwks', url } }).authenticate;

  test.each([
    ['RS256', 'rsa', rsa.privateKey],
    ['ES256', 'ec', ec.privateKey],
    ['EdDSA', 'ed', ed.privateKey],
  ])('%s is checked with the key of that name, fetched once', async (alg, kid, key) => {
    const authenticate = withKeys();
    expect(await authenticate(signed(alg, kid, key))).toMatchObject({ subject: 'someone' });
    expect(await authenticate(signed(alg, kid, key, {}, { ...CLAIMS, sub: 'other' }))).toMatchObject({
      subject: 'other',
    });
    expect(fetched).toEqual(['/keys']);
  });

  test('a forged token is refused, and nothing but the one URL is ever fetched', async () => {
    const authenticate = withKeys();
    const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const forged = [
      hs256({ alg: 'HS256', kid: 'rsa' }, CLAIMS, publicPem),
      hs256({ alg: 'HS256', kid: 'rsa' }, CLAIMS, randomBytes(32)),
      `${encode({ alg: 'none', kid: 'rsa' })}.${encode(CLAIMS)}.`,
      signed('RS256', 'rsa', own.privateKey),
      signed('RS256', 'unknown', own.privateKey),
      signed('RS256', '../../../etc/passwd', own.privateKey),
      signed('RS256', "' OR 1=1 --", own.privateKey),
      signed('RS256', `${url.origin}/attacker`, own.privateKey),
      signed('RS256', 'rsa', own.privateKey, { jku: `${url.origin}/attacker` }),
      signed('RS256', 'rsa', own.privateKey, { x5u: `${url.origin}/attacker` }),
      signed('RS256', 'rsa', own.privateKey, { jwk: own.publicKey.export({ format: 'jwk' }) }),
      signed('RS256', 'ec', rsa.privateKey),
      signed('ES256', 'rsa', ec.privateKey),
      `${encode({ alg: 'ES256', kid: 'ec' })}.${encode(CLAIMS)}.${Buffer.alloc(64).toString('base64url')}`,
    ];
    const messages = new Set<string>();
    for (const token of forged) messages.add(await refusal(authenticate, token));
    expect(messages.size).toBe(1);
    expect(new Set(fetched)).toEqual(new Set(['/keys']));
  });

  test('keys that cannot be fetched are not the bearer’s fault', async () => {
    status = 500;
    await expect(withKeys()(signed('RS256', 'rsa', rsa.privateKey))).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    const nowhere = authenticatorFor({ keys: { kind: 'jwks', url: new URL('http://127.0.0.1:1/keys') } }).authenticate;
    await expect(nowhere(signed('RS256', 'rsa', rsa.privateKey))).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
  });
});
