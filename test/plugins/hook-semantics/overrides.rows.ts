import { expect } from 'vitest';
import type { HookOverride } from '../../../src/plugins/hook-overrides.ts';
import { block, PLUGIN_HOOKS, type PluginHook } from '../../../src/sdk/index.ts';
import type { Row, SemanticsRig } from './rig.ts';

type Given = Partial<HookOverride> & { readonly hook: PluginHook };

async function override(rig: SemanticsRig, name: string, overrides: readonly Given[], expectedRevision?: number) {
  const unset = { enabled: null, priority: null, timeoutMs: null, onFailure: null };
  return rig.app.useCases.updateHookOverrides(rig.actor, {
    name,
    overrides: overrides.map((given) => ({ ...unset, ...given })),
    ...(expectedRevision === undefined ? {} : { expectedRevision }),
  });
}

const changesOf = async (rig: SemanticsRig, name: string) =>
  (await rig.events()).filter((event) => event.type === 'PLUGIN_CHANGED' && event.pluginName === name);

const HOOKS = Object.keys(PLUGIN_HOOKS) as readonly PluginHook[];

const explain = async (rig: SemanticsRig, hook: PluginHook, toolName: string | null = null) =>
  (await rig.app.useCases.explainHookPipeline(rig.actor, { hook, toolName })).map(
    ({ pluginName, position, applies, reason }) => ({ pluginName, position, applies, reason }),
  );

export const overrides: Readonly<Record<string, Row>> = {
  async '6.1'(rig) {
    const seen: string[] = [];
    const note = (name: string) => ({ handle: () => void seen.push(name) });
    const never = { timeoutMs: 30_000, handle: () => new Promise<undefined>(() => {}) };
    await rig.plugins({
      'a-first': { BEFORE_AGENT_RUN: note('a-first') },
      'b-second': { BEFORE_AGENT_RUN: note('b-second') },
      'c-hangs': { AFTER_AGENT_RUN: never },
    });
    await override(rig, 'b-second', [{ hook: 'BEFORE_AGENT_RUN', priority: 1 }]);
    const first = await rig.invoke('BEFORE_AGENT_RUN');
    expect(first.steps.map(({ pluginName }) => pluginName)).toEqual(['b-second', 'a-first']);
    await override(rig, 'c-hangs', [{ hook: 'AFTER_AGENT_RUN', timeoutMs: 30 }]);
    const open = await rig.invoke('AFTER_AGENT_RUN');
    expect(open).toMatchObject({ outcome: 'CONTINUED', steps: [{ outcome: 'TIMED_OUT' }] });
    await override(rig, 'c-hangs', [{ hook: 'AFTER_AGENT_RUN', timeoutMs: 30, onFailure: 'closed' }]);
    const closed = await rig.invoke('AFTER_AGENT_RUN');
    expect(closed).toMatchObject({ outcome: 'BLOCKED', block: { code: 'HOOK_FAILED' } });
  },
  async '6.2'(rig) {
    await rig.plugins({
      'two-hooks': {
        hooks: {
          BEFORE_AGENT_RUN: { handle: () => block({ reason: 'no' }) },
          AFTER_AGENT_RUN: { handle: () => block({ reason: 'no' }) },
        },
        tools: { ping: { description: 'Pings.', parameters: {}, execute: () => ({ success: true, data: 'pong' }) } },
      },
    });
    await override(rig, 'two-hooks', [{ hook: 'BEFORE_AGENT_RUN', enabled: false }]);
    expect(await rig.invoke('BEFORE_AGENT_RUN')).toMatchObject({ outcome: 'CONTINUED', steps: [] });
    expect(await rig.invoke('AFTER_AGENT_RUN')).toMatchObject({ outcome: 'BLOCKED' });
    const call = await rig.app.useCases.executeTool(rig.actor, { toolName: 'ping', params: {} });
    expect(call).toMatchObject({ status: 'SUCCEEDED', data: 'pong' });
  },
  async '6.3'(rig) {
    const handle = () => undefined;
    await rig.plugins({ replaced: { BEFORE_AGENT_RUN: { handle }, AFTER_AGENT_RUN: { handle } } });
    await override(rig, 'replaced', [{ hook: 'BEFORE_AGENT_RUN', enabled: false }]);
    const second = await override(rig, 'replaced', [
      { hook: 'AFTER_AGENT_RUN', enabled: false },
      { hook: 'BEFORE_AGENT_RUN' },
    ]);
    // One that says nothing is not kept.
    expect(second.hookOverrides).toMatchObject([{ hook: 'AFTER_AGENT_RUN', enabled: false, priority: null }]);
    expect((await rig.invoke('BEFORE_AGENT_RUN')).steps).toHaveLength(1);
    expect((await rig.invoke('AFTER_AGENT_RUN')).steps).toHaveLength(0);
    expect((await override(rig, 'replaced', [])).hookOverrides).toEqual([]);
    expect((await rig.invoke('AFTER_AGENT_RUN')).steps).toHaveLength(1);
  },
  async '6.4'(rig) {
    await rig.plugins({ counted: { BEFORE_AGENT_RUN: { handle: () => undefined } } });
    const { configRevision } = await rig.app.useCases.getPlugin(rig.actor, { name: 'counted' });
    const before = (await changesOf(rig, 'counted')).length;
    const given = [{ hook: 'BEFORE_AGENT_RUN', priority: 7 }] as const;
    const changed = await override(rig, 'counted', given);
    expect(changed.configRevision).toBe(configRevision + 1);
    const again = await override(rig, 'counted', given);
    expect(again.configRevision).toBe(configRevision + 1);
    const events = (await changesOf(rig, 'counted')).slice(before);
    expect(events).toMatchObject([
      { kind: 'CONFIG_UPDATED', plugin: { configRevision: configRevision + 1, hookOverrides: [{ priority: 7 }] } },
    ]);
  },
  async '6.5'(rig) {
    let loads = 0;
    await rig.plugins({
      loaded: {
        onLoad: () => void (loads += 1),
        hooks: { BEFORE_AGENT_RUN: { handle: () => block({ reason: 'no' }) } },
      },
    });
    expect(await rig.invoke('BEFORE_AGENT_RUN')).toMatchObject({ outcome: 'BLOCKED' });
    await override(rig, 'loaded', [{ hook: 'BEFORE_AGENT_RUN', enabled: false }]);
    expect(await rig.invoke('BEFORE_AGENT_RUN')).toMatchObject({ outcome: 'CONTINUED' });
    await override(rig, 'loaded', []);
    expect(await rig.invoke('BEFORE_AGENT_RUN')).toMatchObject({ outcome: 'BLOCKED' });
    expect(loads).toBe(1);
  },
  async '6.6'(rig) {
    await rig.plugins({ strict: { BEFORE_AGENT_RUN: { handle: () => undefined } } });
    const before = await rig.app.useCases.getPlugin(rig.actor, { name: 'strict' });
    const mostMs = rig.app.settings.limits.most.callMs;
    const refused = override(rig, 'strict', [
      { hook: 'BEFORE_AGENT_RUN', priority: 1_000_001, timeoutMs: mostMs + 1 },
      { hook: 'ON_ERROR', timeoutMs: 0 },
      { hook: 'BEFORE_AGENT_RUN', enabled: false },
    ]);
    await expect(refused).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: [
        { pointer: '/overrides/0/priority' },
        { pointer: '/overrides/0/timeoutMs' },
        {
          pointer: '/overrides/1/hook',
          message: expect.stringMatching(/takes no part; it takes part in BEFORE_AGENT_RUN/),
        },
        { pointer: '/overrides/1/timeoutMs' },
        { pointer: '/overrides/2/hook', message: expect.stringContaining('twice') },
      ],
    });
    expect(await rig.app.useCases.getPlugin(rig.actor, { name: 'strict' })).toEqual(before);
    const most = { hook: 'BEFORE_AGENT_RUN', priority: -1_000_000, timeoutMs: mostMs } as const;
    expect((await override(rig, 'strict', [most])).hookOverrides).toMatchObject([most]);
  },
  async '6.7'(rig) {
    await rig.plugins({ shared: { BEFORE_AGENT_RUN: { handle: () => undefined } } });
    const { configRevision } = await rig.app.useCases.getPlugin(rig.actor, { name: 'shared' });
    await override(rig, 'shared', [{ hook: 'BEFORE_AGENT_RUN', priority: 1 }], configRevision);
    const late = override(rig, 'shared', [{ hook: 'BEFORE_AGENT_RUN', priority: 2 }], configRevision);
    await expect(late).rejects.toMatchObject({ code: 'CONFLICT', details: { revision: configRevision + 1 } });
  },
  async '6.8'(rig) {
    await rig.plugins({});
    const first = await override(rig, 'tool-guard', [{ hook: 'BEFORE_TOOL_CALL', enabled: false }]);
    expect(first).toMatchObject({ enabled: false, status: 'DISABLED', configRevision: 1 });
    const isStep = async () =>
      (await explain(rig, 'BEFORE_TOOL_CALL')).find(({ pluginName }) => pluginName === 'tool-guard')?.applies;
    await rig.app.enable('tool-guard');
    expect(await isStep()).toBe(false);
    await rig.app.useCases.disablePlugin(rig.actor, { name: 'tool-guard' });
    await rig.app.enable('tool-guard');
    expect(await isStep()).toBe(false);
    await override(rig, 'tool-guard', []);
    expect(await isStep()).toBe(true);
    await rig.app.useCases.disablePlugin(rig.actor, { name: 'tool-guard' });
  },
  async '6.10'(rig) {
    const { edges } = await rig.app.useCases.listPlugins(rig.actor, { first: 200 });
    const [broken] = edges.flatMap(({ node }) => (node.name === 'broken' ? [node] : []));
    expect(broken).toMatchObject({ problem: { code: expect.stringMatching(/^PLUGIN_/) } });
    for (const hook of HOOKS) {
      expect((await explain(rig, hook)).map(({ pluginName }) => pluginName)).not.toContain('broken');
    }
  },
  async '6.9'(rig) {
    const handle = () => undefined;
    await rig.plugins({
      'e-plain': { BEFORE_AGENT_RUN: { handle } },
      'e-disabled': { BEFORE_AGENT_RUN: { handle } },
      'e-picky': { BEFORE_AGENT_RUN: { when: { toolName: 'mail' }, handle } },
      'e-out': { BEFORE_AGENT_RUN: { handle } },
      'e-failed': { BEFORE_AGENT_RUN: { handle } },
      'e-tuned': { BEFORE_AGENT_RUN: { mode: 'validate', handle } },
      'e-elsewhere': { ON_ERROR: { handle } },
    });
    await rig.app.useCases.disablePlugin(rig.actor, { name: 'e-disabled' });
    await override(rig, 'e-out', [{ hook: 'BEFORE_AGENT_RUN', enabled: false, priority: 1 }]);
    await override(rig, 'e-tuned', [{ hook: 'BEFORE_AGENT_RUN', priority: 5, timeoutMs: 70, onFailure: 'open' }]);
    rig.replace('e-failed', { version: '2.0.0', hooks: { BEFORE_AGENT_RUN: { handle } } });
    const shown = async () =>
      (await explain(rig, 'BEFORE_AGENT_RUN')).filter(({ pluginName }) => pluginName.startsWith('e-'));
    const always = 'It takes part in every invocation of this hook.';
    expect(await shown()).toMatchObject([
      {
        pluginName: 'e-out',
        applies: false,
        reason: 'An override takes it out of this hook. An override sets priority 1 (its own: 100).',
      },
      { pluginName: 'e-disabled', applies: false, reason: 'It is disabled.' },
      { pluginName: 'e-failed', applies: false, reason: expect.stringMatching(/^It has failed: .* 2\.0\.0/) },
      {
        pluginName: 'e-picky',
        applies: false,
        reason: 'Its condition asks for toolName mail; here it is not given.',
      },
      { pluginName: 'e-plain', applies: true, reason: always },
      {
        pluginName: 'e-tuned',
        applies: true,
        reason: `${always} An override sets priority 5 (its own: 100), timeoutMs 70 (its own: 1000), onFailure open (its own: closed).`,
      },
    ]);
    const invoked = await rig.invoke('BEFORE_AGENT_RUN');
    const applying = (await explain(rig, 'BEFORE_AGENT_RUN')).filter(({ applies }) => applies);
    expect(applying.map(({ pluginName }) => pluginName)).toEqual(invoked.steps.map(({ pluginName }) => pluginName));
  },
};
