/** What the journal is told of one execution: events that are gathered, and written in the order of the call. */
import type { Journal } from '../events/journal.ts';
import type { JournalEvent, NewEvent } from '../events/records.ts';

export interface ExecutionAccount {
  /** Written with whatever is written next. */
  add(event: NewEvent): void;
  /** Writes it with all that was added. The same failure is met again in `all`, so it may be ignored here. */
  write(event: NewEvent): Promise<readonly JournalEvent[]>;
  /** Writes what the execution does not depend on: a failure is nobody's. */
  mention(event: NewEvent): void;
  /** Everything by `write`, once the journal has it. */
  all(): Promise<readonly JournalEvent[]>;
}

/** The journal keeps the order of appends. */
export function createExecutionAccount(journal: Pick<Journal, 'append'>, tenantId: string): ExecutionAccount {
  const written: Promise<readonly JournalEvent[]>[] = [];
  let added: NewEvent[] = [];
  return {
    add: (event) => void added.push(event),
    write(event) {
      const writing = journal.append(tenantId, [...added, event]);
      added = [];
      writing.catch(() => {});
      written.push(writing);
      return writing;
    },
    mention: (event) => void journal.append(tenantId, [event]).catch(() => {}),
    all: async () => (await Promise.all(written)).flat(),
  };
}
