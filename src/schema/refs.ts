/** The names by which types speak of each other; each type's own file says what is in it. */
import type { ActorTenant } from '../auth/actor.ts';
import type { ExecutionError } from '../errors/execution-error.ts';
import type { Positioned } from '../events/journal.ts';
import type { HookInvocationRecord, JournalEvent, ToolExecutionRecord } from '../events/records.ts';
import type { PluginView, ToolView } from '../plugins/plugin-view.ts';
import { builder } from './builder.ts';

/** An invocation, and the event it is shown at: what it leads to is shown as of that event. */
export type HookInvocationNode = Positioned<HookInvocationRecord> & { readonly atSeq?: number };
/** An execution; `seq` is that of its first event, which an event of its own need not know. */
export type ToolExecutionNode = ToolExecutionRecord & { readonly seq?: number; readonly atSeq?: number };

export const TenantRef = builder.objectRef<ActorTenant>('Tenant');
export const PluginRef = builder.objectRef<PluginView>('Plugin');
export const ToolRef = builder.objectRef<ToolView>('Tool');
export const HookInvocationRef = builder.objectRef<HookInvocationNode>('HookInvocation');
export const ToolExecutionRef = builder.objectRef<ToolExecutionNode>('ToolExecution');
export const ExecutionErrorRef = builder.objectRef<ExecutionError>('ExecutionError');
export const EventRef = builder.interfaceRef<JournalEvent>('Event');
