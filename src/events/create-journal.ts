/** The journal over a database and a bus: appends by group commit, reads by keyset, keeps as long as retention says. */
import type { Database } from '../db/database.ts';
import { endAbandonedExecutions } from './abandoned-executions.ts';
import type { Bus } from './bus.ts';
import { prepareEvent } from './event-rows.ts';
import { createGroupCommit } from './group-commit.ts';
import { createHistory } from './history.ts';
import { INSERT_EVENTS } from './insert-events.ts';
import type { Journal } from './journal.ts';
import { createRecentExecutions, type IsUnderWay } from './recent-executions.ts';
import { readRecentFirst } from './recent-first.ts';
import { applyRetention, type Retention } from './retention.ts';

export interface JournalOptions {
  readonly retention: Retention;
  /** This server's id from `joinServers`: whose the executions are that start here. */
  readonly serverId?: string;
  /** Default: all of this server's own are. */
  readonly isUnderWay?: IsUnderWay;
  readonly now?: () => Date;
}

export function createJournal(database: Database, bus: Bus, options: JournalOptions): Journal {
  const { retention, serverId = null, isUnderWay = () => true, now = () => new Date() } = options;
  const recent = createRecentExecutions();
  const remembering: Pick<Bus, 'publish'> = {
    publish(event, bytes) {
      recent.remember(event, bytes);
      bus.publish(event, bytes);
    },
  };
  const insert = database.prepare(INSERT_EVENTS);
  const writer = createGroupCommit({ database, insert, bus: remembering, serverId, now });
  const journal: Journal = {
    ...readRecentFirst(createHistory(database), recent),
    async append(tenantId, events) {
      if (events.length === 0) return [];
      try {
        return await writer.append(tenantId, events.map(prepareEvent));
      } catch (error) {
        recent.doubt(tenantId, events);
        throw error;
      }
    },
    async transact(tenantId, work) {
      const outcome: { result?: { value: Awaited<ReturnType<typeof work>>['result'] } } = {};
      await writer.transact(tenantId, async (tx) => {
        const { result, events } = await work(tx);
        outcome.result = { value: result };
        return events.map(prepareEvent);
      });
      if (!outcome.result) throw new Error('A transaction ended without running its work.');
      return outcome.result.value;
    },
    endAbandonedExecutions() {
      recent.forgetLost(isUnderWay);
      return endAbandonedExecutions({ database, journal, serverId, isUnderWay, now });
    },
    applyRetention() {
      recent.forgetEnded();
      return applyRetention({ database, now }, retention);
    },
    flush: () => writer.flush(),
  };
  return journal;
}
