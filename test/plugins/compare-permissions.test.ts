import { expect, test } from 'vitest';
import { comparePermissions } from '../../src/plugins/compare-permissions.ts';
import { sandboxedEntry } from '../../src/plugins/sandboxed-plugin.ts';
import { createSandbox } from '../../src/sandbox/create-sandbox.ts';
import type { CapabilityUse } from '../../src/sandbox/sandbox.ts';

function use(capability: CapabilityUse['capability'], host: string | null = null, certain = true): CapabilityUse {
  return { capability, host, certain, line: 3, column: 7 };
}

const KV = use('kv');
const EMIT = use('events');
const FETCH = use('http');
const HOST = use('http', 'api.example.com');

test.each<[string, readonly CapabilityUse[], readonly string[], readonly string[]]>([
  ['what is required and used', [KV, HOST, EMIT], ['kv', 'http:api.example.com', 'events:emit'], []],
  ['a host below the one required', [HOST], ['http:*.example.com'], []],
  ['any host, when the source does not tell', [FETCH], ['http:api.example.com'], []],
  ['nothing', [], [], []],
  ['a secret, of which nothing is known', [], ['secrets:TOKEN'], []],
  ['use without permission', [KV, EMIT], [], ['error permission-missing kv', 'error permission-missing events:emit']],
  [
    'requests without permission',
    [FETCH],
    ['kv'],
    ['error permission-missing http:HOST', 'warning permission-unused kv'],
  ],
  ['a host without permission', [HOST], [], ['error permission-missing http:api.example.com']],
  [
    'another host than the one required',
    [HOST],
    ['http:example.com'],
    ['warning permission-unsure http:api.example.com', 'warning permission-unused http:example.com'],
  ],
  ['what only looks like it', [use('kv', null, false)], [], ['warning permission-unsure kv']],
  ['what looks like it beside what is', [use('kv', null, false), KV], [], ['error permission-missing kv']],
  ['a permission that nothing uses', [KV], ['kv', 'events:emit'], ['warning permission-unused events:emit']],
  ['one host of two', [HOST], ['http:api.example.com', 'http:b.example'], ['warning permission-unused http:b.example']],
])('%s', (_name, uses, required, expected) => {
  const { errors, warnings } = comparePermissions(uses, required);
  const tell = (level: string) => (finding: { rule: string; message: string }) =>
    `${level} ${finding.rule} ${/"([^"]+)"/.exec(finding.message)?.[1] ?? ''}`;
  expect([...errors.map(tell('error')), ...warnings.map(tell('warning'))]).toEqual(expected);
});

test('a plugin that uses what it does not require is refused, with the place and what to add', async () => {
  await using sandbox = await createSandbox();
  const text = (permissions: string) => `import { definePlugin } from 'hookline/sdk';
export default definePlugin({
  name: 'keeper', version: '1.0.0', author: 'a', description: 'd', ${permissions}
  onLoad: async ({ kv }) => void (await kv.get('x')),
});`;
  const refused = await sandboxedEntry(sandbox, { name: 'keeper', language: 'ts', text: text('') });
  expect(refused.problem).toMatchObject({
    code: 'PLUGIN_VALIDATION_FAILED',
    rule: 'permission-missing',
    line: 4,
    column: 20,
    message: expect.stringContaining('Add "kv" to requiredPermissions.') as string,
  });
  const accepted = await sandboxedEntry(sandbox, {
    name: 'keeper',
    language: 'ts',
    text: text("requiredPermissions: ['kv'],"),
  });
  expect(accepted.problem).toBeNull();
});
