import { expect } from 'vitest';
import type { ToolResult } from '../../../src/sdk/index.ts';
import { NESTED_CALLS_MAX } from '../../../src/plugins/nested-calls.ts';
import type { Row, SemanticsRig } from './rig.ts';

const call = (rig: SemanticsRig, toolName: string) => rig.app.useCases.executeTool(rig.actor, { toolName, params: {} });
const tool = (execute: () => Promise<ToolResult>) => ({ description: 'For one row.', parameters: {}, execute });
const ok = (data: string): ToolResult => ({ success: true, data });

export const nesting: Readonly<Record<string, Row>> = {
  async '7.1'(rig) {
    const fired: string[] = [];
    await rig.plugins({
      watcher: { BEFORE_TOOL_CALL: { handle: ({ toolName }) => void fired.push(String(toolName)) } },
      tooling: {
        tools: {
          inner: tool(async () => ok('inner')),
          outer: tool(async () => ok(String((await call(rig, 'inner')).data))),
        },
      },
      caller: { BEFORE_AGENT_RUN: { handle: async (data) => ({ ...data, got: (await call(rig, 'outer')).data }) } },
    });
    expect(await rig.invoke('BEFORE_AGENT_RUN')).toMatchObject({ output: { got: 'inner' } });
    expect(fired).toEqual([]);
    // Outside a hook they fire them, a tool's calls too.
    expect(await call(rig, 'outer')).toMatchObject({ data: 'inner' });
    expect(fired).toEqual(['outer', 'inner']);
  },
  async '7.4'(rig) {
    await rig.plugins({});
    await rig.app.enable('sandboxed');
    const { output, steps } = await rig.invoke('ON_REASONING_STEP', { step: 'given' });
    await rig.app.useCases.disablePlugin(rig.actor, { name: 'sandboxed' });
    expect(steps).toMatchObject([{ error: null }]);
    const given = String((output as { step?: string } | null)?.step);
    expect(given.split(' ')).toEqual(expect.arrayContaining(['log', 'kv', 'fetch', 'emit']));
    expect(given).not.toMatch(/tool|hook|invoke|execute/i);
  },
  async '7.2'(rig) {
    const moments: string[] = [];
    await rig.plugins({
      watcher: { ON_REASONING_STEP: { handle: ({ step }) => void moments.push(String(step)) } },
      caller: {
        hooks: {
          BEFORE_AGENT_RUN: {
            async handle() {
              await rig.invoke('ON_REASONING_STEP', { step: 'in a hook' });
            },
          },
        },
        tools: {
          think: tool(async () => ok((await rig.invoke('ON_REASONING_STEP', { step: 'in a tool' })).outcome)),
        },
      },
    });
    await rig.invoke('BEFORE_AGENT_RUN');
    expect(await call(rig, 'think')).toMatchObject({ status: 'SUCCEEDED', data: 'CONTINUED' });
    expect(moments).toEqual(['in a hook', 'in a tool']);
  },
  async '7.3'(rig) {
    let deepest = 0;
    let refusal: unknown;
    await rig.plugins({
      recursive: {
        hooks: {
          BEFORE_AGENT_RUN: {
            async handle({ depth }) {
              deepest = Math.max(deepest, Number(depth));
              await rig.invoke('BEFORE_AGENT_RUN', { depth: Number(depth) + 1 }).catch((error: unknown) => {
                refusal = error;
              });
            },
          },
        },
        tools: {
          again: tool(async () => {
            const inner = await call(rig, 'again');
            return inner.error ? { success: false, error: inner.error.message } : ok('unreached');
          }),
        },
      },
    });
    const before = await rig.app.journal.latestSeq(rig.actor.tenant.id);
    await rig.invoke('BEFORE_AGENT_RUN', { depth: 1 });
    expect(NESTED_CALLS_MAX).toBe(4);
    expect(deepest).toBe(4);
    expect(refusal).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('inside 4 others') });
    const recorded = await rig.app.journal.read(rig.actor.tenant.id, before, 100);
    expect(recorded.filter(({ type }) => type === 'HOOK_INVOKED')).toHaveLength(4);
    // Where nobody catches it, it is the failure of the call that made it.
    const uncaught = await call(rig, 'again');
    expect(uncaught).toMatchObject({
      status: 'FAILED',
      error: { message: expect.stringContaining('inside 4 others') },
    });
  },
};
