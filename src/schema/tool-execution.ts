import { EXECUTION_STATUSES, TOOL_EVENT_KINDS } from '../events/records.ts';
import { builder } from './builder.ts';
import type { SchemaContext } from './context.ts';
import { enumValues } from './enum-values.ts';
import { mayCall } from './may-call.ts';
import { decodeNodeId, encodeNodeId, isUuid, rawId } from './node-id.ts';
import { IDEMPOTENCY_KEY } from './idempotency-key.ts';
import { present } from './present.ts';
import {
  ExecutionErrorRef,
  HookInvocationRef,
  ToolExecutionRef,
  type HookInvocationNode,
  type ToolExecutionNode,
} from './refs.ts';
import { tenantCursor } from './tenant-cursor.ts';

const ToolExecutionStatusEnum = builder.enumType('ToolExecutionStatus', {
  description: 'Where an execution stands.',
  values: enumValues(
    {
      RUNNING: 'The tool is at work.',
      SUCCEEDED: 'It answered; see `data`.',
      FAILED: 'It did not; see `error`.',
      BLOCKED: 'A hook blocked the call, or withheld its result.',
      CANCELLED: 'It was cancelled, its caller went away, or the server stopped; see `error`.',
    },
    EXECUTION_STATUSES,
  ),
});

export const ToolEventKindEnum = builder.enumType('ToolEventKind', {
  description: 'What an event says of an execution.',
  values: enumValues(
    {
      STARTED: 'The hooks before it let it through, and the tool is being called.',
      PROGRESS: 'The tool told how far it is, or gave parts of its result.',
      COMPLETED: 'It has ended, one way or another.',
    },
    TOOL_EVENT_KINDS,
  ),
});

builder.node(ToolExecutionRef, {
  description: 'One tool call.',
  authScopes: mayCall('getToolExecution'),
  id: { resolve: (execution) => rawId(execution.id) },
  loadOne: (id, { caller, useCases }) =>
    isUuid(id) ? useCases.getToolExecution(caller, { id: encodeNodeId('ToolExecution', id) }) : null,
  fields: (t) => ({
    cursor: t.string({
      description: "The position of its first event, which never changes; to follow on, use the event's own cursor.",
      resolve: async (execution, _args, context) =>
        tenantCursor(context, execution.seq ?? (await firstSeq(execution, context))),
    }),
    toolName: t.exposeString('toolName', { description: 'The tool.' }),
    pluginName: t.exposeString('pluginName', { description: 'The plugin that offers it.' }),
    pluginVersion: t.exposeString('pluginVersion', { description: 'The version that was called.' }),
    status: t.expose('status', { type: ToolExecutionStatusEnum, description: 'Where it stands.' }),
    params: t.expose('params', {
      type: 'JSONObject',
      nullable: true,
      description: 'The parameters the tool was given, after the hooks.',
    }),
    success: t.exposeBoolean('success', { nullable: true, description: 'Whether it answered; null while RUNNING.' }),
    data: t.expose('data', { type: 'JSON', nullable: true, description: 'The answer, after the hooks.' }),
    truncated: t.exposeBoolean('truncated', {
      description: 'Whether params or data were too large for the journal and were left out.',
    }),
    error: t.expose('error', { type: ExecutionErrorRef, nullable: true, description: 'What went wrong.' }),
    answeredBy: t.exposeString('answeredBy', {
      nullable: true,
      description: "The plugin whose hook answered in the tool's place, or recovered it.",
    }),
    runId: t.exposeString('runId', {
      nullable: true,
      description: 'The agent run it belongs to, as the agent named it.',
    }),
    agentId: t.exposeString('agentId', { nullable: true, description: 'The agent.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it began.' }),
    durationMs: t.exposeFloat('durationMs', {
      nullable: true,
      description: 'Milliseconds it took; null while RUNNING.',
    }),
    hookInvocations: t.field({
      type: [HookInvocationRef],
      description: 'The hooks around it, in order; within an event, those up to that event.',
      resolve: (execution, _args, context) => invocationsAround(execution, context),
    }),
  }),
});

async function firstSeq({ id }: ToolExecutionNode, { related }: SchemaContext): Promise<number> {
  const stored = await related.execution(id, undefined);
  if (!stored) throw new Error(`The journal told of ${id} and does not know it.`);
  return stored.seq;
}

async function invocationsAround(
  { id, atSeq }: ToolExecutionNode,
  { related }: SchemaContext,
): Promise<HookInvocationNode[]> {
  const invocations = await related.invocationsAround(id);
  if (atSeq === undefined) return [...invocations];
  return invocations.filter(({ seq }) => seq <= atSeq).map((invocation) => ({ ...invocation, atSeq }));
}

export const ToolExecutionFilter = builder.inputType('ToolExecutionFilter', {
  description: 'Only executions for which all of this is true.',
  fields: (t) => ({
    toolName: t.string({ description: 'Of this tool.' }),
    pluginName: t.string({ description: 'Of this plugin.' }),
    runId: t.string({ description: 'Of this run.' }),
    agentId: t.string({ description: 'Of this agent.' }),
    statuses: t.field({ type: [ToolExecutionStatusEnum], description: 'That stand at one of these.' }),
    kinds: t.field({
      type: [ToolEventKindEnum],
      description: 'For subscriptions: events of these kinds. In a list: executions that have had one.',
    }),
    startedAfter: t.field({ type: 'DateTime', description: 'That began after this.' }),
    startedBefore: t.field({ type: 'DateTime', description: 'That began before this.' }),
  }),
});

builder.queryField('toolExecutions', (t) =>
  t.connection(
    {
      type: ToolExecutionRef,
      description: "The tenant's executions, oldest first, as they stand now; cursors are positions in the journal.",
      authScopes: mayCall('listToolExecutions'),
      args: { filter: t.arg({ type: ToolExecutionFilter, description: 'Which ones; left out, all.' }) },
      resolve: (_root, { filter, ...page }, { caller, useCases }) =>
        useCases.listToolExecutions(caller, { ...present(page), filter: filter ? present(filter) : null }),
    },
    {
      name: 'ToolExecutionConnection',
      description: 'A page of executions.',
      authScopes: mayCall('listToolExecutions'),
    },
    { name: 'ToolExecutionEdge', description: 'An execution on a page.', authScopes: mayCall('listToolExecutions') },
  ),
);

const ExecuteToolInput = builder.inputType('ExecuteToolInput', {
  description: 'A tool call.',
  fields: (t) => ({
    toolName: t.string({ required: true, description: 'The tool.' }),
    params: t.field({ type: 'JSONObject', required: true, description: "Its parameters, by the tool's schema." }),
    pluginName: t.string({
      description: 'The plugin that offers it; needed when two enabled plugins offer a tool of this name.',
    }),
    runId: t.string({ description: 'The agent run, as you name it.' }),
    agentId: t.string({
      description: 'The agent; a token with an agent id may name only that one, and it is the default.',
    }),
    waitMs: t.int({
      description:
        'Milliseconds to wait for its end, at most 60000; then it is answered as RUNNING and goes on, whoever waits. Left out: until its end.',
    }),
    idempotencyKey: t.string({ description: IDEMPOTENCY_KEY }),
  }),
});

builder.mutationField('executeTool', (t) =>
  t.field({
    type: ToolExecutionRef,
    description:
      'Calls a tool, with the hooks around it, and waits for its end, or as long as you say. What the plugin does wrong is in `error` of the answer.',
    authScopes: mayCall('executeTool'),
    args: { input: t.arg({ type: ExecuteToolInput, required: true, description: 'The call.' }) },
    resolve: (_root, { input }, { caller, useCases, callerGone }) =>
      useCases.executeTool(caller, present(input), { callerGone }),
  }),
);

const CancelToolExecutionInput = builder.inputType('CancelToolExecutionInput', {
  description: 'Which execution to cancel.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Its id, such as an event STARTED tells.' }) }),
});

builder.mutationField('cancelToolExecution', (t) =>
  t.field({
    type: ToolExecutionRef,
    description:
      'Cancels a tool call and answers with its end. One that has ended is answered as it is; an agent may cancel its own.',
    authScopes: mayCall('cancelToolExecution'),
    args: { input: t.arg({ type: CancelToolExecutionInput, required: true, description: 'Which one.' }) },
    resolve: (_root, { input }, { caller, useCases }) => {
      decodeNodeId(input.id);
      return useCases.cancelToolExecution(caller, { id: input.id });
    },
  }),
);
