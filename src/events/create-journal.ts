/** The journal over a database and a bus: appends by group commit, reads by keyset, keeps as long as retention says. */
import type { Database } from '../db/database.ts';
import { endAbandonedExecutions, type IsUnderWay } from './abandoned-executions.ts';
import type { Bus } from './bus.ts';
import { prepareEvent } from './event-rows.ts';
import { createGroupCommit } from './group-commit.ts';
import { createHistory } from './history.ts';
import { INSERT_EVENTS } from './insert-events.ts';
import type { Journal } from './journal.ts';
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
  const writer = createGroupCommit({ database, insert: database.prepare(INSERT_EVENTS), bus, serverId, now });
  const journal: Journal = {
    ...createHistory(database),
    async append(tenantId, events) {
      return events.length === 0 ? [] : await writer.append(tenantId, events.map(prepareEvent));
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
    endAbandonedExecutions: () => endAbandonedExecutions({ database, journal, serverId, isUnderWay, now }),
    applyRetention: () => applyRetention({ database, now }, retention),
    flush: () => writer.flush(),
  };
  return journal;
}
