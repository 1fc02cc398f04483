/** The events of the journal, and the subscriptions that follow it. */
import { EVENT_TYPES, PLUGIN_CHANGE_KINDS, type EventType, type JournalEvent } from '../events/records.ts';
import type { PluginView } from '../plugins/plugin-view.ts';
import { builder } from './builder.ts';
import { enumValues } from './enum-values.ts';
import { HookInvocationFilter } from './hook-invocation.ts';
import { mayCall } from './may-call.ts';
import { present } from './present.ts';
import { EventRef, HookInvocationRef, PluginRef, ToolExecutionRef } from './refs.ts';
import { tenantCursor } from './tenant-cursor.ts';
import { ToolEventKindEnum, ToolExecutionFilter } from './tool-execution.ts';

type EventOf<T extends EventType> = Extract<JournalEvent, { type: T }>;

const TYPE_NAMES = {
  HOOK_INVOKED: 'HookInvokedEvent',
  TOOL_EXECUTED: 'ToolExecutedEvent',
  PLUGIN_CHANGED: 'PluginChangedEvent',
  PLUGIN_EMITTED: 'PluginEmittedEvent',
} as const satisfies { [T in EventType]: string };

const EventTypeEnum = builder.enumType('EventType', {
  description: 'The kinds of events.',
  values: enumValues(
    {
      HOOK_INVOKED: 'A hook went through the pipeline.',
      TOOL_EXECUTED: 'An execution started, told of its progress, or completed.',
      PLUGIN_CHANGED: 'A plugin was enabled, disabled, configured, failed or recovered.',
      PLUGIN_EMITTED: 'A plugin emitted an event of its own.',
    },
    EVENT_TYPES,
  ),
});

const PluginChangeKindEnum = builder.enumType('PluginChangeKind', {
  description: 'What happened to a plugin.',
  values: enumValues(
    {
      ENABLED: 'It was enabled.',
      DISABLED: 'It was disabled.',
      CONFIG_UPDATED: 'It has a new config.',
      FAILED: 'It stopped working; see its `problem`.',
      RECOVERED: 'It works again.',
    },
    PLUGIN_CHANGE_KINDS,
  ),
});

EventRef.implement({
  description: 'A fact in the journal. It shows the state at that event, not the state of today.',
  authScopes: mayCall('followEvents'),
  resolveType: ({ type }) => TYPE_NAMES[type],
  fields: (t) => ({
    cursor: t.string({
      description: 'Its position in the journal: give it as `after` to go on from here.',
      resolve: ({ seq }, _args, context) => tenantCursor(context, seq),
    }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When the journal took it.' }),
  }),
});

const HookInvokedEventRef = builder.objectRef<EventOf<'HOOK_INVOKED'>>('HookInvokedEvent').implement({
  description: 'A hook went through the pipeline.',
  interfaces: [EventRef],
  authScopes: mayCall('followEvents'),
  fields: (t) => ({
    invocation: t.field({
      type: HookInvocationRef,
      description: 'The invocation.',
      resolve: ({ invocation, seq }) => ({ ...invocation, seq, atSeq: seq }),
    }),
  }),
});

const ToolExecutedEventRef = builder.objectRef<EventOf<'TOOL_EXECUTED'>>('ToolExecutedEvent').implement({
  description: 'An execution started, told of its progress, or completed.',
  interfaces: [EventRef],
  authScopes: mayCall('followEvents'),
  fields: (t) => ({
    kind: t.expose('kind', { type: ToolEventKindEnum, description: 'Which of these.' }),
    progress: t.field({
      type: 'JSON',
      nullable: true,
      description: 'How far the tool says it is, by `context.progress`; null in other events than PROGRESS.',
      resolve: ({ progress }) => progress ?? null,
    }),
    parts: t.field({
      type: ['JSON'],
      nullable: { list: true, items: true },
      description: 'Parts of the result that the tool gave since the event before, in order; null when there are none.',
      resolve: ({ parts }) => (parts ? [...parts.data] : null),
    }),
    firstPart: t.int({
      nullable: true,
      description: 'The number of the first of `parts`, counted from 0 in each execution.',
      resolve: ({ parts }) => parts?.from ?? null,
    }),
    execution: t.field({
      type: ToolExecutionRef,
      description: 'The execution, as it was at this event.',
      resolve: ({ execution, seq }) => ({ ...execution, atSeq: seq }),
    }),
  }),
});

const PluginChangedEventRef = builder.objectRef<EventOf<'PLUGIN_CHANGED'>>('PluginChangedEvent').implement({
  description: 'A plugin was enabled, disabled, configured, failed or recovered.',
  interfaces: [EventRef],
  authScopes: mayCall('followEvents'),
  fields: (t) => ({
    kind: t.expose('kind', { type: PluginChangeKindEnum, description: 'What happened.' }),
    pluginName: t.exposeString('pluginName', { description: 'The plugin.' }),
    plugin: t.field({
      type: PluginRef,
      nullable: true,
      description:
        'The plugin, as it was after the change; null when the catalog no longer had it, or it was truncated.',
      // The journal keeps what the use case put there: a PluginView, as JSON.
      resolve: ({ plugin }) => plugin as unknown as PluginView | null,
    }),
    truncated: t.boolean({
      description: 'Whether the plugin, with its config, was too large for the journal and was left out.',
      resolve: ({ truncated }) => truncated ?? false,
    }),
  }),
});

builder.objectRef<EventOf<'PLUGIN_EMITTED'>>('PluginEmittedEvent').implement({
  description: 'A plugin emitted an event of its own.',
  interfaces: [EventRef],
  authScopes: mayCall('followEvents'),
  fields: (t) => ({
    pluginName: t.exposeString('pluginName', { description: 'The plugin.' }),
    name: t.exposeString('name', { description: 'What it calls the event.' }),
    data: t.expose('data', { type: 'JSON', nullable: true, description: 'What it said.' }),
    runId: t.exposeString('runId', { nullable: true, description: 'The run in which it did.' }),
    agentId: t.exposeString('agentId', { nullable: true, description: 'The agent for which it did.' }),
  }),
});

const EventFilter = builder.inputType('EventFilter', {
  description: 'Only events for which all of this is true.',
  fields: (t) => ({
    runId: t.string({ description: 'Of this run.' }),
    agentId: t.string({ description: 'Of this agent.' }),
    pluginName: t.string({ description: 'In which this plugin took part.' }),
    types: t.field({ type: [EventTypeEnum], description: 'Of these types.' }),
  }),
});

const AFTER = 'Left out: live only. A cursor: everything after it, then live. "start": from the oldest kept event.';

builder.subscriptionFields((t) => ({
  events: t.field({
    type: EventRef,
    description: 'Everything that happens in your tenant.',
    authScopes: mayCall('followEvents'),
    args: {
      filter: t.arg({ type: EventFilter, description: 'Which events; left out, all.' }),
      after: t.arg.string({ description: AFTER }),
    },
    subscribe: (_root, { filter, after }, { caller, useCases, resumeAfter = after ?? null }) =>
      useCases.followEvents(caller, { type: 'ANY', filter: filter ? present(filter) : null, after: resumeAfter }),
    resolve: (event) => event,
  }),
  hookInvoked: t.field({
    type: HookInvokedEventRef,
    description: 'The hooks that go through the pipeline.',
    authScopes: mayCall('followEvents'),
    args: {
      filter: t.arg({ type: HookInvocationFilter, description: 'Which ones; left out, all.' }),
      after: t.arg.string({ description: AFTER }),
    },
    subscribe: (_root, { filter, after }, { caller, useCases, resumeAfter = after ?? null }) =>
      useCases.followEvents(caller, {
        type: 'HOOK_INVOKED',
        filter: filter ? present(filter) : null,
        after: resumeAfter,
      }),
    resolve: (event) => expectType(event, 'HOOK_INVOKED'),
  }),
  toolExecuted: t.field({
    type: ToolExecutedEventRef,
    description: 'The executions that start, tell of their progress, and complete.',
    authScopes: mayCall('followEvents'),
    args: {
      filter: t.arg({ type: ToolExecutionFilter, description: 'Which ones; left out, all.' }),
      after: t.arg.string({ description: AFTER }),
    },
    subscribe: (_root, { filter, after }, { caller, useCases, resumeAfter = after ?? null }) =>
      useCases.followEvents(caller, {
        type: 'TOOL_EXECUTED',
        filter: filter ? present(filter) : null,
        after: resumeAfter,
      }),
    resolve: (event) => expectType(event, 'TOOL_EXECUTED'),
  }),
  pluginChanged: t.field({
    type: PluginChangedEventRef,
    description: 'What happens to the plugins of your tenant.',
    authScopes: mayCall('followEvents'),
    args: { after: t.arg.string({ description: AFTER }) },
    subscribe: (_root, { after }, { caller, useCases, resumeAfter = after ?? null }) =>
      useCases.followEvents(caller, { type: 'PLUGIN_CHANGED', after: resumeAfter }),
    resolve: (event) => expectType(event, 'PLUGIN_CHANGED'),
  }),
}));

function expectType<T extends EventType>(event: JournalEvent, type: T): EventOf<T> {
  const isOfType = (candidate: JournalEvent): candidate is EventOf<T> => candidate.type === type;
  if (!isOfType(event)) throw new Error(`An event of type ${event.type} came where ${type} was followed.`);
  return event;
}
