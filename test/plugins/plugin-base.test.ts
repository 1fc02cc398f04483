/** The plugin contract: BasePlugin, definePlugin, block and respond, as the host reads them. */
import { describe, expect, test } from 'vitest';
import { createRegistry } from '../../src/plugins/registry.ts';
import {
  BasePlugin,
  block,
  definePlugin,
  PluginHook,
  PLUGIN_HOOKS,
  respond,
  type PluginMetadata,
} from '../../src/sdk/index.ts';

const TENANT = '00000000-0000-4000-8000-000000000001';
const METADATA: PluginMetadata = { name: 'greeter', version: '1.2.3', author: 'Ada', description: 'Greets.' };

/** What the catalog knows of a plugin with this metadata. */
function registered(metadata: unknown, methods: Partial<BasePlugin> = {}) {
  class Greeter extends BasePlugin {
    readonly metadata = metadata as PluginMetadata;
  }
  Object.assign(Greeter.prototype, methods);
  const registry = createRegistry();
  registry.register(Greeter);
  return registry.list(TENANT)[0]!.parsed!;
}

function refusal(metadata: unknown): unknown {
  try {
    registered(metadata);
  } catch (error) {
    return error;
  }
  throw new Error('it was accepted');
}

test('there are exactly the six hooks, as names and as values', () => {
  const six = [
    'BEFORE_AGENT_RUN',
    'AFTER_AGENT_RUN',
    'BEFORE_TOOL_CALL',
    'AFTER_TOOL_CALL',
    'ON_ERROR',
    'ON_REASONING_STEP',
  ];
  expect(Object.keys(PLUGIN_HOOKS)).toEqual(six);
  expect(Object.entries(PluginHook)).toEqual(six.map((name) => [name, name]));
});

test('all methods but metadata have a default', async () => {
  class Bare extends BasePlugin {
    readonly metadata = METADATA;
  }
  const plugin = new Bare();
  const context = {} as Parameters<BasePlugin['handleHook']>[2];
  expect(await plugin.onLoad(context)).toBeUndefined();
  expect(await plugin.handleHook('ON_ERROR', {}, context)).toBeUndefined();
  expect(await plugin.onUnload()).toBeUndefined();
});

describe('metadata', () => {
  test('is read with its defaults', () => {
    expect(registered(METADATA)).toMatchObject({
      name: 'greeter',
      version: '1.2.3',
      author: 'Ada',
      description: 'Greets.',
      requiredPermissions: [],
      compatibleVersions: null,
      configSchema: null,
      hooks: [],
      tools: [],
    });
  });

  test.each<[string, object, string, string]>([
    ['no name', { name: undefined }, '/metadata/name', 'is missing'],
    ['a name with capitals', { name: 'Greeter' }, '/metadata/name', 'lower-case'],
    ['a name with a double dash', { name: 'a--b' }, '/metadata/name', 'lower-case'],
    ['a name that is too long', { name: 'a'.repeat(65) }, '/metadata/name', '64'],
    ['a version that is not semver', { version: '1.2' }, '/metadata/version', 'semantic version'],
    ['an author that is no text', { author: 7 }, '/metadata/author', 'string'],
    ['a range that is none', { compatibleVersions: 'newer' }, '/metadata/compatibleVersions', 'semver range'],
    [
      'an unknown permission',
      { requiredPermissions: ['root'] },
      '/metadata/requiredPermissions/0',
      '"root" is not a permission',
    ],
    ['an unknown field', { licence: 'MIT' }, '/metadata/licence', 'not a known field'],
    ['an unknown hook', { hooks: ['ON_FIRE'] }, '/metadata/hooks/0', 'must be one of'],
    [
      'an unknown hook option',
      { hooks: { ON_ERROR: { prio: 1 } } },
      '/metadata/hooks/ON_ERROR/prio',
      'not a known field',
    ],
    ['a wrong mode', { hooks: { ON_ERROR: { mode: 'watch' } } }, '/metadata/hooks/ON_ERROR/mode', 'must be one of'],
    ['a config schema that is none', { configSchema: { type: 'text' } }, '/metadata/configSchema/type', 'must be'],
    ['a config schema with a misspelt keyword', { configSchema: { requird: [] } }, '/metadata/configSchema', 'requird'],
    [
      'a config schema from elsewhere',
      { configSchema: { $ref: 'https://example.org/s' } },
      '/metadata/configSchema/$ref',
      'same schema',
    ],
  ])('with %s is refused, naming the field', (_what, change, pointer, message) => {
    const error = refusal({ ...METADATA, ...change });
    expect(error).toMatchObject({ code: 'PLUGIN_VALIDATION_FAILED' });
    const { details } = error as { details: { pointer: string; message: string }[] };
    const found = details.find((detail) => detail.pointer === pointer);
    expect(found?.message, JSON.stringify(details)).toContain(message);
  });

  test.each([
    ['another platform version', { compatibleVersions: '^99.0.0' }, '^99.0.0'],
    ['a capability that is not offered', { requiredPermissions: ['secrets:KEY'] }, 'secrets:KEY'],
  ])('asking for %s is PLUGIN_INCOMPATIBLE and says so', (_what, change, mentioned) => {
    const error = refusal({ ...METADATA, ...change });
    expect(error).toMatchObject({ code: 'PLUGIN_INCOMPATIBLE', message: expect.stringContaining(mentioned) as string });
  });
});

describe('hooks', () => {
  const handleHook = () => undefined;
  const hooksOf = (hooks: unknown) => registered({ ...METADATA, hooks }, { handleHook }).hooks;

  test('left out, a plugin that overrides handleHook takes part in all six', () => {
    expect(registered(METADATA, { handleHook }).hooks.map(({ hook }) => hook)).toEqual(Object.keys(PLUGIN_HOOKS));
  });

  test('as a list of names, with the defaults of mode mutate', () => {
    expect(hooksOf(['ON_ERROR'])).toEqual([
      {
        hook: 'ON_ERROR',
        mode: 'mutate',
        priority: 100,
        timeoutMs: 1000,
        onFailure: 'open',
        when: null,
        confidential: false,
      },
    ]);
  });

  test.each([
    ['mutate', 1000, 'open'],
    ['validate', 1000, 'closed'],
    ['observe', 250, 'open'],
  ])('mode %s has a timeout of %i ms and fails %s', (mode, timeoutMs, onFailure) => {
    expect(hooksOf({ BEFORE_TOOL_CALL: { mode } })).toMatchObject([{ mode, timeoutMs, onFailure, priority: 100 }]);
  });

  test('definePlugin takes the options from beside the handler', () => {
    const registry = createRegistry();
    registry.register(
      definePlugin({
        ...METADATA,
        hooks: { ON_ERROR: { mode: 'observe', priority: 5, when: { toolName: 'a*' }, handle: () => undefined } },
      }),
    );
    expect(registry.find(TENANT, 'greeter')!.parsed!.hooks).toMatchObject([
      { hook: 'ON_ERROR', mode: 'observe', priority: 5, when: { toolName: 'a*' } },
    ]);
  });
});

test('a verdict is not mistaken for data, nor data for a verdict', () => {
  expect(Object.keys(block({ reason: 'no' }))).toEqual([]);
  expect(Object.keys(respond({ reason: 'no' }))).toEqual([]);
});
