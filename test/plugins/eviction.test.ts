import { expect, test } from 'vitest';
import { callPlugin } from '../../src/plugins/call-plugin.ts';
import { createInstancePool, specKey } from '../../src/plugins/instance-pool.ts';
import { sandboxedEntry } from '../../src/plugins/sandboxed-plugin.ts';
import { createSandbox } from '../../src/sandbox/create-sandbox.ts';

const TEXT = `import { definePlugin } from 'hookline/sdk';
export default definePlugin({
  name: 'echo', version: '1.0.0', author: 'a', description: 'd',
  tools: { echo: { description: 'd', parameters: { type: 'object' }, execute: ({ n }) => ({ success: true, data: n }) } },
});`;

const CALLS = 90;
const CALLERS = 3;
const TENANTS = 20;

test('many tenants who share room for few instances are all answered', async () => {
  await using sandbox = await createSandbox({ maxRunners: 1, limits: { heapMb: 32 } });
  const entry = await sandboxedEntry(sandbox, { name: 'echo', language: 'js', text: TEXT });
  if (entry.problem) throw new Error(entry.problem.message);
  await using pool = createInstancePool({
    answerFor: () => () => Promise.resolve({ success: false, kind: 'denied', message: 'None.' }),
    onLog: () => {},
    onHealthChange: () => {},
  });
  const registration = { config: {}, grants: null, configRevision: 1 };
  const specs = Array.from({ length: TENANTS }, (_, tenant) => {
    return { tenantId: `tenant-${tenant}`, entry, registration, key: specKey(registration) };
  });
  const context = { executionId: 'ToolExecution:1', runId: null, agentId: null };
  const failures: unknown[] = [];
  let n = 0;
  const caller = async () => {
    while (n < CALLS) {
      const spec = specs[(n * 7) % TENANTS];
      const call = { kind: 'tool', toolName: 'echo', params: { n: (n += 1) }, context } as const;
      const outcome = spec && (await callPlugin(pool, spec, call, { wallMs: 10_000 }));
      if (!outcome?.success) failures.push(outcome);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  expect(failures).toEqual([]);
});
