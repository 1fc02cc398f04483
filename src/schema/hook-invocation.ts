import { HOOK_OUTCOMES, STEP_OUTCOMES, type HookBlock, type HookStep } from '../events/records.ts';
import { builder } from './builder.ts';
import { enumValues } from './enum-values.ts';
import { HookModeEnum, PluginHookEnum } from './hook-enums.ts';
import { IDEMPOTENCY_KEY } from './idempotency-key.ts';
import { mayCall } from './may-call.ts';
import { encodeNodeId, isUuid, rawId } from './node-id.ts';
import { present } from './present.ts';
import { ExecutionErrorRef, HookInvocationRef, ToolExecutionRef } from './refs.ts';
import { tenantCursor } from './tenant-cursor.ts';

const HookOutcomeEnum = builder.enumType('HookOutcome', {
  description: 'What an invocation came to.',
  values: enumValues(
    {
      CONTINUED: 'Nothing was changed.',
      MODIFIED: 'At least one plugin changed the data.',
      BLOCKED: 'A plugin blocked it; see `block`.',
      RESPONDED: 'A plugin answered in the place of what the hook guards; see `output`.',
    },
    HOOK_OUTCOMES,
  ),
});

const StepOutcomeEnum = builder.enumType('StepOutcome', {
  description: "What one plugin's part came to.",
  values: enumValues(
    {
      CONTINUED: 'It changed nothing.',
      MODIFIED: 'It changed the data; see `patch`.',
      BLOCKED: 'It blocked.',
      RESPONDED: 'It answered in the place of what the hook guards.',
      FAILED: 'It failed; see `error`.',
      TIMED_OUT: 'It took longer than its `timeoutMs`.',
      SKIPPED: 'It did not run, since the pipeline had been decided.',
    },
    STEP_OUTCOMES,
  ),
});

const HookBlockRef = builder.objectRef<HookBlock>('HookBlock').implement({
  description: 'Who blocked, and why.',
  authScopes: mayCall('getHookInvocation'),
  fields: (t) => ({
    pluginName: t.exposeString('pluginName', { description: 'The plugin that decided.' }),
    code: t.exposeString('code', {
      description: "The plugin's own code, or HOOK_FAILED when a step that must not fail did.",
    }),
    reason: t.exposeString('reason', { description: 'A sentence for the person who meets the block.' }),
    details: t.expose('details', { type: 'JSON', nullable: true, description: 'Whatever the plugin adds.' }),
  }),
});

const HookStepRef = builder.objectRef<HookStep>('HookStep').implement({
  description: "One plugin's part in an invocation.",
  authScopes: mayCall('getHookInvocation'),
  fields: (t) => ({
    pluginName: t.exposeString('pluginName', { description: 'The plugin.' }),
    pluginVersion: t.exposeString('pluginVersion', { description: 'The version that ran.' }),
    mode: t.expose('mode', { type: HookModeEnum, description: 'How it took part.' }),
    outcome: t.expose('outcome', { type: StepOutcomeEnum, description: 'What it came to.' }),
    durationMs: t.exposeFloat('durationMs', { description: 'Milliseconds it took.' }),
    patch: t.expose('patch', {
      type: ['JSONObject'],
      nullable: true,
      description: 'What it changed, as JSON Patch (RFC 6902).',
    }),
    error: t.expose('error', {
      type: ExecutionErrorRef,
      nullable: true,
      description: 'What went wrong, for FAILED and TIMED_OUT.',
    }),
  }),
});

builder.node(HookInvocationRef, {
  description: 'One pass of one hook through the pipeline.',
  authScopes: mayCall('getHookInvocation'),
  id: { resolve: (invocation) => rawId(invocation.id) },
  loadOne: (id, { caller, useCases }) =>
    isUuid(id) ? useCases.getHookInvocation(caller, { id: encodeNodeId('HookInvocation', id) }) : null,
  fields: (t) => ({
    cursor: t.string({
      description: 'Its position in the journal.',
      resolve: (invocation, _args, context) => tenantCursor(context, invocation.seq),
    }),
    hook: t.expose('hook', { type: PluginHookEnum, description: 'The hook.' }),
    runId: t.exposeString('runId', {
      nullable: true,
      description: 'The agent run it belongs to, as the agent named it.',
    }),
    agentId: t.exposeString('agentId', { nullable: true, description: 'The agent.' }),
    toolName: t.exposeString('toolName', { nullable: true, description: 'The tool, for hooks around a tool call.' }),
    execution: t.field({
      type: ToolExecutionRef,
      nullable: true,
      description: 'The execution it belongs to; within an event, as it was at that event (null before it had begun).',
      resolve: async ({ executionId, atSeq }, _args, { related }) => {
        const execution = executionId === null ? null : await related.execution(executionId, atSeq);
        return execution && atSeq !== undefined ? { ...execution, atSeq } : execution;
      },
    }),
    outcome: t.expose('outcome', { type: HookOutcomeEnum, description: 'What it came to.' }),
    input: t.expose('input', {
      type: 'JSONObject',
      nullable: true,
      description: 'The data it began with; null when a step is confidential.',
    }),
    output: t.expose('output', {
      type: 'JSON',
      nullable: true,
      description: 'The data after the hook, or the response.',
    }),
    truncated: t.exposeBoolean('truncated', {
      description: 'Whether input or output was too large for the journal and was left out.',
    }),
    block: t.expose('block', { type: HookBlockRef, nullable: true, description: 'Who blocked it, for BLOCKED.' }),
    steps: t.expose('steps', { type: [HookStepRef], description: "Each plugin's part, in order." }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it began.' }),
    durationMs: t.exposeFloat('durationMs', { description: 'Milliseconds it took.' }),
  }),
});

export const HookInvocationFilter = builder.inputType('HookInvocationFilter', {
  description: 'Only invocations for which all of this is true.',
  fields: (t) => ({
    hooks: t.field({ type: [PluginHookEnum], description: 'Of one of these hooks.' }),
    pluginName: t.string({ description: 'In which this plugin took part.' }),
    toolName: t.string({ description: 'Around this tool.' }),
    runId: t.string({ description: 'Of this run.' }),
    agentId: t.string({ description: 'Of this agent.' }),
    outcomes: t.field({ type: [HookOutcomeEnum], description: 'That came to one of these.' }),
    startedAfter: t.field({ type: 'DateTime', description: 'That began after this.' }),
    startedBefore: t.field({ type: 'DateTime', description: 'That began before this.' }),
  }),
});

builder.queryField('hookInvocations', (t) =>
  t.connection(
    {
      type: HookInvocationRef,
      description: "The tenant's invocations, oldest first; cursors are positions in the journal.",
      authScopes: mayCall('listHookInvocations'),
      args: { filter: t.arg({ type: HookInvocationFilter, description: 'Which ones; left out, all.' }) },
      resolve: (_root, { filter, ...page }, { caller, useCases }) =>
        useCases.listHookInvocations(caller, { ...present(page), filter: filter ? present(filter) : null }),
    },
    {
      name: 'HookInvocationConnection',
      description: 'A page of invocations.',
      authScopes: mayCall('listHookInvocations'),
    },
    { name: 'HookInvocationEdge', description: 'An invocation on a page.', authScopes: mayCall('listHookInvocations') },
  ),
);

const InvokeHookInput = builder.inputType('InvokeHookInput', {
  description: 'A moment of an agent, to be sent through the hooks.',
  fields: (t) => ({
    hook: t.field({ type: PluginHookEnum, required: true, description: 'Which moment.' }),
    data: t.field({
      type: 'JSONObject',
      required: true,
      description: 'What plugins see and may change; docs/PROTOCOL.md lists the usual keys.',
    }),
    runId: t.string({ description: 'The agent run, as you name it.' }),
    agentId: t.string({
      description: 'The agent; a token with an agent id may name only that one, and it is the default.',
    }),
    idempotencyKey: t.string({ description: IDEMPOTENCY_KEY }),
  }),
});

builder.mutationField('invokeHook', (t) =>
  t.field({
    type: HookInvocationRef,
    description: "Sends one of an agent's moments through the tenant's plugins. A block is an answer, not an error.",
    authScopes: mayCall('invokeHook'),
    args: { input: t.arg({ type: InvokeHookInput, required: true, description: 'The moment.' }) },
    resolve: (_root, { input }, { caller, useCases, callerGone }) =>
      useCases.invokeHook(caller, present(input), { callerGone }),
  }),
);
