/** Follows the tenant's events, shows each as it arrives, and lets others wait for one. */
import { ask, DemoError, followEvents, type ServerAddress } from './connect.ts';
import { LATEST_CURSOR, type WatchedEvent } from './documents.ts';

export interface Watch {
  /** Everything that arrived, in order. */
  readonly events: readonly WatchedEvent[];
  /** Waits until an event was shown: one by its cursor, or the completion of an execution by the execution's id. */
  shown(cursorOrExecutionId: string): Promise<void>;
  /** Waits until everything that has happened so far was shown. */
  caughtUp(): Promise<void>;
  stop(): Promise<void>;
}

const ARRIVES_WITHIN_MS = 20_000;

/** From now on: what happens between the question for the cursor and the subscription is not missed. */
export async function watch(server: ServerAddress, show: (event: WatchedEvent) => void): Promise<Watch> {
  const latest = async () => (await ask(server, LATEST_CURSOR)).viewer.latestCursor ?? 'start';
  const after = await latest();
  const events: WatchedEvent[] = [];
  const shown = new Map<string, PromiseWithResolvers<void>>();
  const end = Promise.withResolvers<never>();
  // Whoever waits hears of the end; nobody has to.
  end.promise.catch(() => {});
  const expect = (key: string) => shown.getOrInsertComputed(key, () => Promise.withResolvers<void>());

  expect(after).resolve();
  const stop = followEvents(server, after, {
    onEvent(event) {
      events.push(event);
      show(event);
      expect(event.cursor).resolve();
      if (event.__typename === 'ToolExecutedEvent' && event.kind === 'COMPLETED') expect(event.execution.id).resolve();
    },
    onEnd: (error) => end.reject(error ?? new DemoError('The server ended the subscription.')),
  });
  const wait = async (key: string) => Promise.race([expect(key).promise, end.promise, tooLate()]);
  return { events, shown: wait, caughtUp: async () => wait(await latest()), stop };
}

function tooLate(): Promise<never> {
  const late = Promise.withResolvers<never>();
  const seconds = ARRIVES_WITHIN_MS / 1000;
  setTimeout(
    () => late.reject(new DemoError(`An event did not arrive within ${seconds} s.`)),
    ARRIVES_WITHIN_MS,
  ).unref();
  return late.promise;
}
