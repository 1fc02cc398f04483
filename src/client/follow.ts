/** A stream of events that comes back by itself: it subscribes again after the last event it has, for as long as it takes. */
import { createEventQueue, type EventQueue } from './event-queue.ts';
import type { EventStream, StreamOptions } from './event-stream.ts';
import { joinSignals } from './join-signals.ts';
import { keepFollowing, type FollowDeps } from './keep-following.ts';
import type { ListenRequest } from './listen.ts';

export interface FollowLimits {
  /** Events that wait to be read; when there are more, the stream lets go of its subscription until they were. */
  readonly maxWaiting: number;
  /** Given when the client is closed: the stream ends. */
  readonly closed: AbortSignal;
}

/** @param open gives what a stream needs; called when it begins. */
export function follow<Event extends { readonly cursor: string }>(
  open: () => FollowDeps,
  request: ListenRequest<Event>,
  options: StreamOptions,
  { maxWaiting, closed }: FollowLimits,
): EventStream<Event> {
  const returned = new AbortController();
  const ended = joinSignals([returned.signal, options.signal, closed]);
  const queue = createEventQueue<Event>(maxWaiting);
  let cursor = options.after ?? null;
  /** What `cursor` comes to once the reader has been given everything that is here. */
  let reached = cursor;
  /** Where it stands when the reader comes for more after that. */
  let beyond: string | null = null;
  let begun: Promise<void> | undefined;

  function stop(): void {
    ended.release();
    queue.clear();
  }
  ended.signal.addEventListener('abort', stop, { once: true });
  if (ended.signal.aborted) stop();

  const reaching: EventQueue<Event> = {
    ...queue,
    offer(event) {
      const taken = queue.offer(event);
      if (!taken) return false;
      reached = event.cursor;
      beyond = null;
      return true;
    },
  };

  function stands(position: string): void {
    beyond = position;
    goBeyond();
  }

  /** Unless there is something for the reader before it. */
  function goBeyond(): void {
    if (beyond === null || cursor !== reached) return;
    cursor = reached = beyond;
    beyond = null;
  }

  async function run(onPosition: (position: string) => void): Promise<void> {
    try {
      await keepFollowing(open(), request, options, { queue: reaching, ended: ended.signal, onPosition, stands });
    } catch (error) {
      // What stops it also ends what it was waiting for.
      if (ended.signal.aborted) return;
      queue.end(toError(error));
      ended.release();
      throw error;
    }
  }

  function begin(): Promise<void> {
    begun ??= new Promise<void>((resolve, reject) => {
      const onPosition = (position: string) => {
        cursor ??= reached = position;
        resolve();
      };
      run(onPosition).then(resolve, reject);
    });
    return begun;
  }

  return {
    get cursor() {
      return cursor;
    },
    begin,
    async next() {
      // Its failure is told by the queue, after what came before it.
      begin().catch(() => {});
      goBeyond();
      const event = await queue.take();
      if (!event) return { done: true, value: undefined };
      cursor = event.cursor;
      return { done: false, value: event };
    },
    async return() {
      returned.abort();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error
    ? thrown
    : new Error('The stream ended with something that is no error.', { cause: thrown });
}
