import { expect, test } from 'vitest';
import { unknownSettings } from '../../src/config/unknown-settings.ts';

test('a setting that nobody reads is named with the one that is spelt most like it', () => {
  expect(
    unknownSettings({
      HOOKLINE_RETENSION_DAYS: '9',
      HOOKLINE_LIMIT_HEAPMB: '64',
      HOOKLINE_KV_BYTE: '1',
      HOOK: 'not one of them',
      PORT: '0',
    }),
  ).toEqual([
    { name: 'HOOKLINE_KV_BYTE', nearest: 'HOOKLINE_KV_BYTES' },
    { name: 'HOOKLINE_LIMIT_HEAPMB', nearest: 'HOOKLINE_LIMIT_HEAP_MB' },
    { name: 'HOOKLINE_RETENSION_DAYS', nearest: 'HOOKLINE_RETENTION_DAYS' },
  ]);
});

test('every setting that is read is known, with whatever it holds', () => {
  const env = {
    HOOKLINE_JWT_SECRET: 'short',
    HOOKLINE_JWKS_URL: 'x',
    HOOKLINE_TOKEN: 't',
    HOOKLINE_LIMIT_CPU_MS: '',
    HOOKLINE_METRICS_TOKEN: 'm',
    HOOKLINE_HTTP_PRIVATE_HOSTS: 'a',
    HOOKLINE_CALLS_PER_TENANT: '1',
  };
  expect(unknownSettings(env)).toEqual([]);
});
