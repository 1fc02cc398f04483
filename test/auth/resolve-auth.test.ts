import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensureDevelopmentSecret, readDevelopmentSecret } from '../../src/auth/development-secret.ts';
import { resolveAuth } from '../../src/auth/resolve-auth.ts';
import { readSettings, SettingsError } from '../../src/config/settings.ts';

const SECRET = 'a secret of at least thirty-two bytes';
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hookline-auth-'));
});
afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true });
});
const resolve = (env: Record<string, string>) => resolveAuth(readSettings({ HOOKLINE_DATA_DIR: dataDir, ...env }));

describe('how tokens are checked', () => {
  test('with the secret that is set', async () => {
    const env = { HOOKLINE_JWT_SECRET: SECRET, HOOKLINE_JWT_ISSUER: 'us', HOST: '0.0.0.0', NODE_ENV: 'production' };
    expect(await resolve(env)).toEqual({
      keys: { kind: 'secret', secret: SECRET },
      issuer: 'us',
      audience: undefined,
      development: false,
    });
  });

  test('with the key set that is named', async () => {
    expect(await resolve({ HOOKLINE_JWKS_URL: 'https://issuer/keys', HOST: '0.0.0.0' })).toMatchObject({
      keys: { kind: 'jwks', url: new URL('https://issuer/keys') },
      development: false,
    });
  });

  test.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1'])('with a secret of the data folder on %s', async (HOST) => {
    const first = await resolve({ HOST });
    expect(first.development).toBe(true);
    expect(await resolve({ HOST })).toEqual(first);
  });

  test.each([
    [{ NODE_ENV: 'production' }, /In production/],
    [{ HOST: '0.0.0.0' }, /HOST is 0\.0\.0\.0/],
    [{ HOST: '::' }, /HOST is ::/],
    [{ HOST: '192.168.1.1' }, /HOST is/],
    [{ HOST: '127.0.0.1.example.com' }, /HOST is/],
  ])('not at all for %j', async (env, message) => {
    const refusal = resolve(env);
    await expect(refusal).rejects.toBeInstanceOf(SettingsError);
    await expect(refusal).rejects.toThrow(message);
    expect(await readdir(dataDir)).toEqual([]);
  });
});

describe('the development secret', () => {
  test('is made once, for its owner alone', async () => {
    const folder = join(dataDir, 'new');
    expect(await readDevelopmentSecret(folder)).toBeNull();
    const secret = await ensureDevelopmentSecret(folder);
    expect(Buffer.byteLength(secret)).toBeGreaterThanOrEqual(32);
    expect(await readDevelopmentSecret(folder)).toBe(secret);
    expect(await readdir(folder)).toEqual(['development-secret']);
    if (process.platform !== 'win32') expect((await stat(join(folder, 'development-secret'))).mode & 0o777).toBe(0o600);
  });

  test('is the same for all who make it at the same time', async () => {
    const secrets = await Promise.all(Array.from({ length: 10 }, () => ensureDevelopmentSecret(dataDir)));
    expect(new Set(secrets).size).toBe(1);
  });

  test('that is damaged is named, not used', async () => {
    await writeFile(join(dataDir, 'development-secret'), 'short\n');
    await expect(ensureDevelopmentSecret(dataDir)).rejects.toThrow(/development-secret is damaged/);
  });
});
