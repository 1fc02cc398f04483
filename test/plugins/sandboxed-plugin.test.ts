/** Reading a plugin while the sandbox has no process for it: the fault is put in front of a real sandbox. */
import { expect, test } from 'vitest';
import { executionError, type ExecutionError } from '../../src/errors/execution-error.ts';
import { sandboxedEntry } from '../../src/plugins/sandboxed-plugin.ts';
import { createSandbox } from '../../src/sandbox/create-sandbox.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';

const SOURCE = {
  name: 'greeter',
  language: 'ts',
  text: `import { definePlugin } from 'hookline/sdk';
export default definePlugin({ name: 'greeter', version: '1.0.0', author: 'Ada', description: 'Greets.' });`,
} as const;

/** Answers so to the first `failures` calls of each kind. */
function busyAtFirst(
  sandbox: Sandbox,
  failures: number,
  error: ExecutionError = executionError('SANDBOX_UNAVAILABLE', 'No process is free.'),
): Sandbox {
  const left = { compile: failures, describe: failures };
  const busy = { success: false, error } as const;
  return {
    ...sandbox,
    compile: async (source) => (left.compile-- > 0 ? busy : sandbox.compile(source)),
    describe: async (compiled) => (left.describe-- > 0 ? busy : sandbox.describe(compiled)),
  };
}

test('is tried again, so that a busy moment does not leave it FAILED', async () => {
  await using sandbox = await createSandbox();
  expect(await sandboxedEntry(busyAtFirst(sandbox, 1), SOURCE)).toMatchObject({ name: 'greeter', problem: null });
});

test('is read once more when a clock ran down, and not for ever', async () => {
  await using sandbox = await createSandbox();
  const late = executionError('TIMEOUT', 'It did not end in time.');
  expect(await sandboxedEntry(busyAtFirst(sandbox, 1, late), SOURCE)).toMatchObject({ problem: null });
  expect(await sandboxedEntry(busyAtFirst(sandbox, 2, late), SOURCE)).toMatchObject({
    problem: { code: 'PLUGIN_LOAD_FAILED', details: { cause: 'TIMEOUT' } },
  });
});

test('that lasts is said, and is not called a fault of the source', async () => {
  await using sandbox = await createSandbox();
  expect(await sandboxedEntry(busyAtFirst(sandbox, 99), SOURCE)).toMatchObject({
    problem: { code: 'PLUGIN_LOAD_FAILED', details: { cause: 'SANDBOX_UNAVAILABLE' } },
  });
});
