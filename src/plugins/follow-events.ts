import type { TenantActor } from '../auth/actor.ts';
import { matchesEventFilter, matchesHookFilter, matchesToolFilter } from '../events/filters.ts';
import type { FollowedEvents } from '../events/followed-events.ts';
import type { JournalEvent } from '../events/records.ts';
import type { Host } from './host.ts';
import type { FollowInput } from './use-cases.ts';

/**
 * The tenant's events from a cursor on, or from now; for whoever asks for them: an iterator, or a stream that several share.
 * @throws HooklineError INVALID_INPUT for a cursor that cannot be read, CURSOR_EXPIRED for one older than retention.
 */
export function followEvents(host: Host, actor: TenantActor, input: FollowInput): Promise<FollowedEvents> {
  return host.fanOut.follow({
    tenantId: actor.tenant.id,
    after: input.after ?? null,
    expiresAt: actor.expiresAt,
    matches: matcherOf(input),
  });
}

function matcherOf(input: FollowInput): (event: JournalEvent) => boolean {
  switch (input.type) {
    case 'HOOK_INVOKED': {
      const filter = input.filter ?? {};
      return (event) => event.type === 'HOOK_INVOKED' && matchesHookFilter(filter, event.invocation);
    }
    case 'TOOL_EXECUTED': {
      const filter = input.filter ?? {};
      return (event) => event.type === 'TOOL_EXECUTED' && matchesToolFilter(filter, event.execution, event.kind);
    }
    case 'PLUGIN_CHANGED':
      return (event) => event.type === 'PLUGIN_CHANGED';
    case 'ANY': {
      const filter = input.filter ?? {};
      return (event) => matchesEventFilter(filter, event);
    }
  }
}
