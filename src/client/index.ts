/** `hookline/client`: calls tools, sends hooks, and follows events, in Node and in browsers. docs/CLIENT.md shows it. */
export { CLIENT_CODES, HooklineClientError, type ClientErrorCode } from './client-error.ts';
export type {
  AgentCalls,
  CallOptions,
  ExecuteToolOptions,
  FollowOptions,
  HooklineClient,
  HooklineEvent,
  InvokeHookOptions,
  Tool,
} from './client.ts';
export { CLIENT_DEFAULTS, createClient, type ClientOptions } from './create-client.ts';
export type { Token } from './credentials.ts';
export type { WebSocketConstructor } from './protocol-client.ts';
export type { EventStream, Interruption, StreamOptions } from './event-stream.ts';
export type {
  ErrorPartsFragment as ExecutionError,
  EventFilter,
  EventType,
  ExecutionErrorCode,
  ExecutionPartsFragment as ToolExecution,
  HookInvocationFilter,
  HookInvokedPartsFragment as HookInvokedEvent,
  HookOutcome,
  InvocationPartsFragment as HookInvocation,
  PluginChangedPartsFragment as PluginChangedEvent,
  PluginChangeKind,
  PluginEmittedPartsFragment as PluginEmittedEvent,
  PluginHook,
  ToolEventKind,
  ToolExecutedPartsFragment as ToolExecutedEvent,
  ToolExecutionFilter,
  ToolExecutionStatus,
} from './operations.ts';
export type { ErrorCode } from '../errors/error-codes.ts';
export type { ErrorDetail, ErrorDetails } from '../errors/hookline-error.ts';
export type { Json, JsonObject } from '../json/json.ts';
