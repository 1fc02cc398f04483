/** A journal that numbers events and forgets them: what is measured without records. It stores changes of registrations as ever. */
import type { Journal } from '../../src/events/journal.ts';

export function unrecorded(stored: Journal): Journal {
  let seq = 0;
  return {
    ...stored,
    append(tenantId, events) {
      const occurredAt = new Date().toISOString();
      return Promise.resolve(events.map((event) => ({ ...event, tenantId, seq: (seq += 1), occurredAt })));
    },
  };
}
