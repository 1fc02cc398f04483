/** What a client follows. */
import type { JsonObject } from '../json/json.ts';
import type { HooklineClient } from './client.ts';
import type { EventStream, StreamOptions } from './event-stream.ts';
import { follow, type FollowLimits } from './follow.ts';
import type { FollowDeps } from './keep-following.ts';
import * as operations from './operations.ts';
import type { Operation } from './operations.ts';

export type Streams = Pick<HooklineClient, 'events' | 'hookInvoked' | 'toolExecuted' | 'pluginChanged'>;

/** @param open gives what a stream needs; called when one begins. */
export function createStreams(open: () => FollowDeps, limits: FollowLimits): Streams {
  function stream<Event extends { readonly cursor: string }, Variables>(
    operation: Operation<{ readonly event: Event }, Variables>,
    { filter, ...options }: StreamOptions & { readonly filter?: object | undefined } = {},
  ): EventStream<Event> {
    // The operation's text and this type were made from one schema, and the server answers by it.
    const read = (data: JsonObject) => data['event'] as JsonObject & Event;
    const variables: JsonObject = filter ? { filter: { ...filter } } : {};
    return follow(open, { query: operation.text, variables, read }, options, limits);
  }
  return {
    events: (options) => stream(operations.EVENTS, options),
    hookInvoked: (options) => stream(operations.HOOK_INVOKED, options),
    toolExecuted: (options) => stream(operations.TOOL_EXECUTED, options),
    pluginChanged: (options) => stream(operations.PLUGIN_CHANGED, options),
  };
}
