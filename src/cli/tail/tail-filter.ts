/** Which events a person wants to see: as a filter of the server as far as it has one, and as a test of each event. */
import type {
  EventFilter,
  EventType,
  HookInvocationFilter,
  HooklineEvent,
  HookOutcome,
  PluginHook,
  ToolExecutionFilter,
  ToolExecutionStatus,
} from '../../client/index.ts';
import { CliError } from '../cli-error.ts';

export interface TailFilterOptions {
  readonly type?: readonly TailType[];
  readonly hook?: readonly PluginHook[];
  readonly outcome?: readonly HookOutcome[];
  readonly status?: readonly ToolExecutionStatus[];
  readonly tool?: string;
  readonly plugin?: string;
  readonly run?: string;
  readonly agent?: string;
}

/** What may be asked of each type of event; whoever asks for more gets none of that type. */
export const TAIL_TYPES = {
  hook: { type: 'HOOK_INVOKED', has: ['hook', 'outcome', 'tool', 'plugin', 'run', 'agent'] },
  tool: { type: 'TOOL_EXECUTED', has: ['status', 'tool', 'plugin', 'run', 'agent'] },
  plugin: { type: 'PLUGIN_CHANGED', has: ['plugin'] },
  emitted: { type: 'PLUGIN_EMITTED', has: ['plugin', 'run', 'agent'] },
} as const satisfies Record<string, { type: EventType; has: readonly (keyof TailFilterOptions)[] }>;

export type TailType = keyof typeof TAIL_TYPES;

const TAIL_TYPE_NAMES = Object.keys(TAIL_TYPES) as readonly TailType[];
const ASKED = ['hook', 'outcome', 'status', 'tool', 'plugin', 'run', 'agent'] as const;

export const HOOK_OUTCOMES = [
  'CONTINUED',
  'MODIFIED',
  'BLOCKED',
  'RESPONDED',
] as const satisfies readonly HookOutcome[];
export const TOOL_STATUSES = [
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'BLOCKED',
  'CANCELLED',
] as const satisfies readonly ToolExecutionStatus[];

/** The narrowest subscription that brings all of it. */
export type TailSubscription =
  | { readonly field: 'hookInvoked'; readonly filter: HookInvocationFilter }
  | { readonly field: 'toolExecuted'; readonly filter: ToolExecutionFilter }
  | { readonly field: 'events'; readonly filter: EventFilter };

export interface TailFilter {
  readonly subscription: TailSubscription;
  matches(event: HooklineEvent): boolean;
}

/** @throws CliError when no event can have all that is asked for. */
export function createTailFilter(options: TailFilterOptions): TailFilter {
  const asked = ASKED.filter((key) => options[key] !== undefined);
  const types = (options.type ?? TAIL_TYPE_NAMES).filter((type) => {
    const has: readonly string[] = TAIL_TYPES[type].has;
    return asked.every((key) => has.includes(key));
  });
  if (types.length === 0) {
    throw new CliError(
      `No event has all of that: ${asked.map((key) => `--${key}`).join(', ')}. ` +
        '--hook and --outcome are of hooks, --status is of tool calls, and --tool of both.',
    );
  }
  return {
    subscription: subscriptionOf(types, options),
    matches: (event) => types.includes(typeOf(event)) && hasAll(event, options),
  };
}

function subscriptionOf(types: readonly TailType[], options: TailFilterOptions): TailSubscription {
  const { hook, outcome, status, tool, plugin, run, agent } = options;
  const names = { pluginName: plugin, runId: run, agentId: agent };
  const [only] = types.length === 1 ? types : [];
  if (only === 'hook') {
    return { field: 'hookInvoked', filter: { ...names, hooks: hook, outcomes: outcome, toolName: tool } };
  }
  if (only === 'tool') return { field: 'toolExecuted', filter: { ...names, statuses: status, toolName: tool } };
  return { field: 'events', filter: { ...names, types: types.map((type) => TAIL_TYPES[type].type) } };
}

function typeOf(event: HooklineEvent): TailType {
  switch (event.__typename) {
    case 'HookInvokedEvent':
      return 'hook';
    case 'ToolExecutedEvent':
      return 'tool';
    case 'PluginChangedEvent':
      return 'plugin';
    case 'PluginEmittedEvent':
      return 'emitted';
  }
}

function hasAll(event: HooklineEvent, { hook, outcome, status, tool, plugin, run, agent }: TailFilterOptions): boolean {
  switch (event.__typename) {
    case 'HookInvokedEvent': {
      const { invocation } = event;
      return (
        isOneOf(hook, invocation.hook) &&
        isOneOf(outcome, invocation.outcome) &&
        is(tool, invocation.toolName) &&
        is(run, invocation.runId) &&
        is(agent, invocation.agentId) &&
        (plugin === undefined || invocation.steps.some(({ pluginName }) => pluginName === plugin))
      );
    }
    case 'ToolExecutedEvent': {
      const { execution } = event;
      return (
        isOneOf(status, execution.status) &&
        is(tool, execution.toolName) &&
        is(plugin, execution.pluginName) &&
        is(run, execution.runId) &&
        is(agent, execution.agentId)
      );
    }
    case 'PluginChangedEvent':
      return is(plugin, event.pluginName);
    case 'PluginEmittedEvent':
      return is(plugin, event.pluginName) && is(run, event.runId) && is(agent, event.agentId);
  }
}

function is(wanted: string | undefined, value: string | null): boolean {
  return wanted === undefined || wanted === value;
}

function isOneOf<Value>(wanted: readonly Value[] | undefined, value: Value): boolean {
  return wanted === undefined || wanted.includes(value);
}
