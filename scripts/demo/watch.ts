/** Follows the tenant's events, shows each as it arrives, and lets others wait for one. */
import type { HooklineClient, HooklineEvent } from '../../src/client/index.ts';
import { DemoError } from './connect.ts';

export interface Watch {
  /** Everything that arrived, in order. */
  readonly events: readonly HooklineEvent[];
  /** Waits until an event was shown: one by its cursor, or the completion of an execution by the execution's id. */
  shown(cursorOrExecutionId: string): Promise<void>;
  /** Waits until everything that has happened so far was shown. */
  caughtUp(): Promise<void>;
}

const ARRIVES_WITHIN_MS = 20_000;

/** From now on, until the client is closed. */
export async function watch(client: HooklineClient, show: (event: HooklineEvent) => void): Promise<Watch> {
  const events: HooklineEvent[] = [];
  const shown = new Map<string, PromiseWithResolvers<void>>();
  const expect = (key: string) => shown.getOrInsertComputed(key, () => Promise.withResolvers<void>());

  const stream = client.events();
  await stream.begin();
  expect(stream.cursor ?? '').resolve();
  const ended = (async () => {
    for await (const event of stream) {
      events.push(event);
      show(event);
      expect(event.cursor).resolve();
      if (event.__typename === 'ToolExecutedEvent' && event.kind === 'COMPLETED') expect(event.execution.id).resolve();
    }
    throw new DemoError('The stream of events has ended.');
  })();
  // Whoever waits hears of the end; nobody has to.
  ended.catch(() => {});
  const wait = async (key: string) => Promise.race([expect(key).promise, ended, tooLate()]);
  return { events, shown: wait, caughtUp: async () => wait(await client.latestCursor()) };
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
