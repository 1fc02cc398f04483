/** Plugins with tools: how they are declared, and what the host refuses. */
import { describe, expect, test } from 'vitest';
import { createRegistry } from '../../src/plugins/registry.ts';
import { BasePlugin, BaseToolPlugin, definePlugin, type ToolDefinition, type ToolResult } from '../../src/sdk/index.ts';

const TENANT = '00000000-0000-4000-8000-000000000001';
const METADATA = { name: 'greeter', version: '1.0.0', author: 'Ada', description: 'Greets.' };
const GREET: ToolDefinition = { name: 'greet', description: 'Greets.', parameters: { type: 'object' } };

function register(tools: unknown) {
  class Greeter extends BaseToolPlugin {
    readonly metadata = METADATA;
    readonly tools = tools as readonly ToolDefinition[];
    execute(): ToolResult {
      return { success: true, data: null };
    }
  }
  const registry = createRegistry();
  registry.register(Greeter);
  return registry.find(TENANT, 'greeter')!.parsed!.tools;
}

test('a tool is read with its defaults', () => {
  expect(register([GREET])).toMatchObject([{ ...GREET, result: null, timeoutMs: 5000 }]);
});

test.each<[string, unknown, string, string]>([
  ['no list', {}, '/tools', 'array'],
  ['no name', [{ ...GREET, name: undefined }], '/tools/0/name', 'is missing'],
  ['a name that starts with a digit', [{ ...GREET, name: '1st' }], '/tools/0/name', 'must be a letter'],
  ['a name that is too long', [{ ...GREET, name: 'a'.repeat(65) }], '/tools/0/name', '64'],
  ['the same name twice', [GREET, GREET], '/tools/1/name', 'twice'],
  [
    'parameters that are no schema',
    [{ ...GREET, parameters: { type: 'objekt' } }],
    '/tools/0/parameters/type',
    'must be',
  ],
  ['a result that is no schema', [{ ...GREET, result: { minimum: 'one' } }], '/tools/0/result/minimum', 'number'],
  ['a timeout beyond the maximum', [{ ...GREET, timeoutMs: 1e9 }], '/tools/0/timeoutMs', '60000'],
  ['an unknown field', [{ ...GREET, params: {} }], '/tools/0/params', 'not a known field'],
])('with %s is refused, naming the field', (_what, tools, pointer, message) => {
  let thrown: unknown;
  try {
    register(tools);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ code: 'PLUGIN_VALIDATION_FAILED' });
  const { details } = thrown as { details: { pointer: string; message: string }[] };
  expect(details.find((detail) => detail.pointer === pointer)?.message, JSON.stringify(details)).toContain(message);
});

test('tools without execute() are refused', () => {
  class Odd extends BasePlugin {
    readonly metadata = METADATA;
    readonly tools = [GREET];
  }
  expect(() => createRegistry().register(Odd)).toThrow(
    expect.objectContaining({
      details: [{ pointer: '/tools', message: expect.stringContaining('execute') as string }],
    }),
  );
});

describe('definePlugin', () => {
  const Greeter = definePlugin({
    ...METADATA,
    tools: {
      greet: {
        description: 'Greets by name.',
        parameters: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
        execute: ({ name }) => ({ success: true, data: `Hello, ${String(name)}` }),
      },
    },
  });

  test('makes a BaseToolPlugin whose tools carry their names', () => {
    const plugin = new Greeter();
    expect(plugin).toBeInstanceOf(BaseToolPlugin);
    expect((plugin as BaseToolPlugin).tools).toMatchObject([{ name: 'greet', description: 'Greets by name.' }]);
  });

  test('says at once which tool or hook lacks its function', () => {
    const tools = { greet: { description: 'Greets.', parameters: {} } } as never;
    expect(() => definePlugin({ ...METADATA, tools })).toThrow('The tool "greet" needs a function "execute".');
    const hooks = { ON_ERROR: { mode: 'observe' } } as never;
    expect(() => definePlugin({ ...METADATA, hooks })).toThrow('The hook ON_ERROR needs a function "handle".');
  });

  test('calls the tool that is named, and says so when there is none', async () => {
    const plugin = new Greeter() as BaseToolPlugin;
    const context = {} as Parameters<BaseToolPlugin['execute']>[2];
    expect(await plugin.execute('greet', { name: 'Ada' }, context)).toEqual({ success: true, data: 'Hello, Ada' });
    expect(await plugin.execute('constructor', {}, context)).toMatchObject({ success: false });
  });
});
