/** Where the subscriptions of a socket stand: further than their last event, where a filter seldom lets one through. */
import type { Subscription } from '../events/subscriber.ts';
import { SOCKET_LIMITS } from './limits.ts';

export interface Positions {
  follow(id: string, subscription: Subscription): void;
  /** A `ping` of `graphql-transport-ws` with the cursors that are new since the last one; null when there is none. */
  nextPing(): string | null;
}

export function createPositions(): Positions {
  const followed = new Map<string, { readonly subscription: Subscription; told: string | null }>();

  function forgetEnded(): void {
    for (const [id, { subscription }] of followed) if (subscription.cursor === null) followed.delete(id);
  }

  return {
    follow(id, subscription) {
      // A client may end one and begin another, over and over, between two pings.
      if (followed.size >= SOCKET_LIMITS.operations) forgetEnded();
      followed.set(id, { subscription, told: subscription.cursor });
    },
    nextPing() {
      const positions: Record<string, string> = {};
      for (const [id, known] of followed) {
        const { cursor } = known.subscription;
        if (cursor === null) followed.delete(id);
        else if (cursor !== known.told) positions[id] = known.told = cursor;
      }
      return Object.keys(positions).length > 0 ? JSON.stringify({ type: 'ping', payload: { positions } }) : null;
    },
  };
}
