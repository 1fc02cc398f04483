import { decodeJwt, jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { ensureDevelopmentSecret } from '../../src/auth/development-secret.ts';
import { runCommandLine } from './run-command-line.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const SECRET = 'a secret of at least thirty-two bytes';
const KEY = new TextEncoder().encode(SECRET);

test('the token alone is on standard output, signed with the secret', async () => {
  const args = [
    'token',
    '--tenant',
    'demo',
    '--role',
    'admin',
    '--role',
    'agent',
    '--agent-id',
    'bot',
    '--subject',
    'me',
  ];
  const { code, out, err } = await runCommandLine([...args, '--expires', '30m'], {
    env: { HOOKLINE_JWT_SECRET: SECRET, HOOKLINE_JWT_ISSUER: 'here', HOOKLINE_JWT_AUDIENCE: 'hookline' },
  });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const { payload } = await jwtVerify(out.trim(), KEY, { algorithms: ['HS256'], issuer: 'here', audience: 'hookline' });
  expect(payload).toMatchObject({ sub: 'me', tenant_id: 'demo', roles: ['admin', 'agent'], agent_id: 'bot' });
  expect(payload.exp).toBe((payload.iat ?? 0) + 1_800);
});

test('without settings it is signed with the secret of the data folder', async () => {
  await using folder = await temporaryFolder();
  const secret = await ensureDevelopmentSecret(folder.path);
  const { out } = await runCommandLine(['token', '--tenant', 'demo', '--role', 'agent'], {
    env: { HOOKLINE_DATA_DIR: folder.path },
  });
  const { payload } = await jwtVerify(out.trim(), new TextEncoder().encode(secret));
  expect(payload).toMatchObject({ sub: 'cli', tenant_id: 'demo', roles: ['agent'] });
  expect(payload).not.toHaveProperty('agent_id');
});

test('of an agent it is its own: agents of one subject may cancel each other', async () => {
  const args = ['token', '--tenant', 'demo', '--role', 'agent', '--agent-id', 'bot'];
  const { out } = await runCommandLine(args, { env: { HOOKLINE_JWT_SECRET: SECRET } });
  expect(decodeJwt(out.trim())).toMatchObject({ sub: 'bot', agent_id: 'bot' });
});

test('a platform admin needs no tenant', async () => {
  const { out } = await runCommandLine(['token', '--role', 'platform_admin'], { env: { HOOKLINE_JWT_SECRET: SECRET } });
  expect(decodeJwt(out.trim())).not.toHaveProperty('tenant_id');
});

test.each([
  ['no secret yet', {}, ['--tenant', 'demo'], /There is no secret to sign with yet: .*npm start/],
  [
    'an identity provider',
    { HOOKLINE_JWKS_URL: 'https://id.example/keys' },
    ['--tenant', 'demo'],
    /https:\/\/id\.example\/keys/,
  ],
  ['no tenant', { HOOKLINE_JWT_SECRET: SECRET }, [], /--tenant is missing/],
  ['a short secret', { HOOKLINE_JWT_SECRET: 'short' }, ['--tenant', 'demo'], /HOOKLINE_JWT_SECRET is too short/],
])('%s is said in a sentence, and nothing is printed', async (_, env, args, message) => {
  await using folder = await temporaryFolder();
  const result = await runCommandLine(['token', '--role', 'admin', ...args], { env, cwd: folder.path });
  expect(result).toEqual({ code: 1, out: '', err: expect.stringMatching(message) as string });
  expect(result.err.trim().split('\n')).toHaveLength(1);
});
