/** What the sandbox reads of a plugin before anybody enables it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { compiled, openSandbox, toolPlugin } from './rig.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await openSandbox();
});
afterAll(() => sandbox.close());

test('a tool plugin tells its metadata and tools, and onLoad does not run', async () => {
  const plugin = toolPlugin('return 1;', 'onLoad() { throw new Error("loaded"); }');
  expect(await sandbox.describe(plugin)).toEqual({
    success: true,
    value: {
      metadata: { name: 'sample', version: '1.0.0', author: 'a', description: 'd' },
      tools: [{ name: 'run', description: 'd', parameters: { type: 'object' } }],
      handlesHooks: false,
      executesTools: true,
    },
  });
});

test('definePlugin tells the same of its definition', async () => {
  const plugin = compiled(`
    import { definePlugin } from 'hookline/sdk';
    export default definePlugin({
      name: 'guard', version: '1.0.0', author: 'a', description: 'd',
      hooks: { BEFORE_TOOL_CALL: { mode: 'validate', handle() {} } },
    });`);
  expect(await sandbox.describe(plugin)).toMatchObject({
    success: true,
    value: {
      metadata: { name: 'guard', hooks: { BEFORE_TOOL_CALL: { mode: 'validate' } } },
      tools: null,
      handlesHooks: true,
      executesTools: false,
    },
  });
});

test.each([
  ['a syntax error', 'export default class {\n  a( {}\n}', 'Unexpected token', 3],
  ['another import', 'import "node:fs";', 'A plugin can import hookline/sdk only, not "node:fs".', 1],
  ['a relative import', 'import "./other.ts";', 'A plugin can import hookline/sdk only, not "./other.ts".', 1],
  [
    'a name the SDK does not have',
    'import { ToolContext } from "hookline/sdk";',
    'does not provide an export named',
    1,
  ],
])('%s is PLUGIN_COMPILE_FAILED', async (_name, code, message, line) => {
  const problem = {
    code: 'PLUGIN_COMPILE_FAILED',
    message: expect.stringContaining(message) as string,
    findings: [{ rule: 'compile', line }],
  };
  expect(await sandbox.describe(compiled(code))).toMatchObject({ success: false, problem });
});

test.each([
  [
    'a throwing constructor',
    toolPlugin('', 'constructor() { super(); throw new Error("no"); }'),
    'PLUGIN_ERROR',
    /constructor failed: no/,
  ],
  [
    'a getter that throws',
    toolPlugin('', 'get hooks() { return 1; } metadata = { get name() { throw new Error("no"); } };'),
    'RESULT_INVALID',
    /no/,
  ],
  ['no plugin', compiled('export default 1;'), 'PLUGIN_ERROR', /BasePlugin/],
  ['a loop', compiled('while (true);'), 'TIMEOUT', /./],
])('%s is an outcome', async (_name, plugin, code, message) => {
  expect(await sandbox.describe(plugin)).toMatchObject({
    success: false,
    error: { code, message: expect.stringMatching(message) as string },
  });
});

test('the same text is read once', async () => {
  const plugin = toolPlugin(
    'return 1;',
    'at = Date.now(); get metadata() { return { made: Math.random() }; } set metadata(_) {}',
  );
  const both = await Promise.all([sandbox.describe(plugin), sandbox.describe({ ...plugin, name: 'other' })]);
  expect(both[0]).toBe(both[1]);
  expect(await sandbox.describe(plugin)).toBe(both[0]);
});
