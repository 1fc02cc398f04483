import { expect, test } from 'vitest';
import {
  hookOverridesJson,
  readHookOverrides,
  withOverride,
  type HookOverride,
} from '../../src/plugins/hook-overrides.ts';
import type { HookBinding } from '../../src/plugins/parsed-plugin.ts';
import { createRegistry } from '../../src/plugins/registry.ts';
import { HOOK_DEFAULTS } from '../../src/sdk/hooks.ts';
import { block, definePlugin } from '../../src/sdk/index.ts';
import { createTestApp } from '../rig/create-test-app.ts';

const UNSET = { enabled: null, priority: null, timeoutMs: null, onFailure: null };

test.each<[string, unknown, readonly Partial<HookOverride>[]]>([
  ['nothing', null, []],
  ['a list', [{ hook: 'ON_ERROR' }], []],
  ['text', 'ON_ERROR', []],
  ['an unknown hook', { BEFORE_LUNCH: { enabled: false } }, []],
  ['a hook that says nothing', { ON_ERROR: {}, AFTER_AGENT_RUN: null }, []],
  ['one value', { ON_ERROR: { enabled: false } }, [{ hook: 'ON_ERROR', enabled: false }]],
  [
    'values of the wrong kind beside one of the right kind',
    { ON_ERROR: { enabled: 'no', priority: 1.5, timeoutMs: 0, onFailure: 'closed' } },
    [{ hook: 'ON_ERROR', onFailure: 'closed' }],
  ],
  ['a priority beyond all', { ON_ERROR: { priority: 1_000_001, timeoutMs: 5 } }, [{ hook: 'ON_ERROR', timeoutMs: 5 }]],
  [
    'any order',
    { ON_ERROR: { priority: 2 }, BEFORE_AGENT_RUN: { priority: 1 } },
    [
      { hook: 'BEFORE_AGENT_RUN', priority: 1 },
      { hook: 'ON_ERROR', priority: 2 },
    ],
  ],
])('a column with %s is read', (_what, column, expected) => {
  const overrides = readHookOverrides(column);
  expect(overrides).toEqual(expected.map((override) => ({ ...UNSET, ...override })));
  expect(readHookOverrides(hookOverridesJson(overrides))).toEqual(overrides);
});

test('an override gives no more time than the server does', () => {
  const binding: HookBinding = {
    hook: 'ON_ERROR',
    mode: 'mutate',
    when: null,
    confidential: false,
    ...HOOK_DEFAULTS.mutate,
  };
  const override = { ...UNSET, hook: 'ON_ERROR', timeoutMs: 60_000 } as const;
  expect(withOverride(binding, override, 5_000)).toEqual({ ...binding, timeoutMs: 5_000 });
  expect(withOverride(binding, undefined, 5_000)).toBe(binding);
});

test('what another server or program writes into the row takes effect, and what is no override does nothing', async () => {
  const registry = createRegistry();
  const about = { name: 'guard', version: '1.0.0', author: 'Ada', description: 'Blocks.' };
  registry.register(definePlugin({ ...about, hooks: { BEFORE_AGENT_RUN: { handle: () => block({ reason: 'no' }) } } }));
  await using app = await createTestApp({ registry });
  const actor = await app.actor();
  await app.enable('guard');
  const outcome = async () => (await app.useCases.invokeHook(actor, { hook: 'BEFORE_AGENT_RUN', data: {} })).outcome;
  expect(await outcome()).toBe('BLOCKED');
  await app.database.prisma.pluginRegistration.updateMany({
    where: { pluginName: 'guard' },
    data: { hookOverrides: { BEFORE_AGENT_RUN: { enabled: false, priority: 'high' }, ON_ERROR: 7 } },
  });
  await expect.poll(outcome, { timeout: 10_000 }).toBe('CONTINUED');
  const view = await app.useCases.getPlugin(actor, { name: 'guard' });
  expect(view.hookOverrides).toEqual([{ ...UNSET, hook: 'BEFORE_AGENT_RUN', enabled: false }]);
});
