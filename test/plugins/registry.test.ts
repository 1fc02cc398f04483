/** The registry and what is registered in it: global and tenant-scoped plugins, and their undo. */
import { describe, expect, test } from 'vitest';
import { getRegistry } from '../../src/embed.ts';
import { createRegistry } from '../../src/plugins/registry.ts';
import { BasePlugin, definePlugin, type PluginClass } from '../../src/sdk/index.ts';

const A = '00000000-0000-4000-8000-00000000000a';
const B = '00000000-0000-4000-8000-00000000000b';

function plugin(name: string): PluginClass {
  return definePlugin({ name, version: '1.0.0', author: 'Ada', description: 'A plugin.' });
}

const names = (registry: ReturnType<typeof createRegistry>, tenantId: string) =>
  registry.list(tenantId).map(({ name }) => name);

test('a global plugin is in every catalog, ordered by name', () => {
  const registry = createRegistry();
  registry.register(plugin('b'));
  registry.register(plugin('a'));
  expect(names(registry, A)).toEqual(['a', 'b']);
  expect(names(registry, B)).toEqual(['a', 'b']);
});

test("a tenant's own plugin is in that tenant's catalog only", () => {
  const registry = createRegistry();
  registry.register(plugin('own'), { tenantId: A });
  expect(names(registry, A)).toEqual(['own']);
  expect(names(registry, B)).toEqual([]);
  expect(registry.find(B, 'own')).toBeUndefined();
});

test('registering gives its undo, which is harmless twice', () => {
  const registry = createRegistry();
  const undo = registry.register(plugin('a'));
  const revision = registry.revision;
  undo();
  undo();
  expect(names(registry, A)).toEqual([]);
  expect(registry.revision).toBe(revision + 1);
  registry.register(plugin('a'));
  expect(names(registry, A)).toEqual(['a']);
});

test('who wants to know is told once of each plugin that leaves', () => {
  const registry = createRegistry();
  const gone: string[] = [];
  const forget = registry.onRemoved(({ name }) => gone.push(name));
  const undoA = registry.register(plugin('a'));
  const undoB = registry.register(plugin('b'), { tenantId: `Tenant:${A}` });
  undoB();
  undoB();
  forget();
  undoA();
  expect(gone).toEqual(['b']);
});

describe('a taken name is CONFLICT', () => {
  test.each<[string, { tenantId?: string }, { tenantId?: string }, boolean]>([
    ['global after global', {}, {}, true],
    ['tenant after global', {}, { tenantId: A }, true],
    ['global after tenant', { tenantId: A }, {}, true],
    ['tenant after the same tenant', { tenantId: A }, { tenantId: A }, true],
    ['tenant after another tenant', { tenantId: A }, { tenantId: B }, false],
  ])('%s', (_what, first, second, taken) => {
    const registry = createRegistry();
    registry.register(plugin('a'), first);
    const again = () => registry.register(plugin('a'), second);
    if (taken) expect(again).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
    else expect(again).not.toThrow();
  });
});

describe('what can be registered', () => {
  const Plugin = plugin('a');
  test.each<[string, Parameters<ReturnType<typeof createRegistry>['register']>[0]]>([
    ['a class', Plugin],
    ['a factory', () => new Plugin()],
    ['an instance', new Plugin()],
  ])('%s', (_what, like) => {
    const registry = createRegistry();
    registry.register(like);
    expect(registry.find(A, 'a')).toMatchObject({ trust: 'IN_PROCESS', problem: null });
  });

  test('a constructor that throws is PLUGIN_LOAD_FAILED', () => {
    class Broken extends BasePlugin {
      readonly metadata = { name: 'broken', version: '1.0.0', author: 'Ada', description: 'Breaks.' };
      constructor() {
        super();
        throw new Error('no luck');
      }
    }
    const register = () => createRegistry().register(Broken);
    expect(register).toThrow(
      expect.objectContaining({ code: 'PLUGIN_LOAD_FAILED', details: { cause: 'PLUGIN_ERROR' } }),
    );
  });

  test('anything else is refused', () => {
    const register = () => createRegistry().register((() => ({})) as unknown as () => BasePlugin);
    expect(register).toThrow(expect.objectContaining({ code: 'PLUGIN_VALIDATION_FAILED' }));
  });
});

test('an embedding program has one default registry; others are their own', () => {
  expect(getRegistry()).toBe(getRegistry());
  expect(createRegistry()).not.toBe(getRegistry());
});
