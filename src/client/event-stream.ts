import type { HooklineClientError } from './client-error.ts';

/** Events in the order of the journal, each once, without a gap, over as many connections as it takes. */
export interface EventStream<Event> extends AsyncIterableIterator<Event, undefined> {
  /**
   * Where to go on from: the event that was given last, or beyond it, where nothing came that is wanted; before the first one where
   * the stream begins. Null until that is known.
   */
  readonly cursor: string | null;
  /**
   * Begins now rather than with the first `next`, and resolves once the place is known: what happens later will be given.
   * Rejects with what the stream ends with, if that comes first.
   */
  begin(): Promise<void>;
  /** Ends it, and lets go of its connection. */
  return(): Promise<IteratorReturnResult<undefined>>;
}

/** A stream was cut off and will go on by itself. */
export interface Interruption {
  readonly error: HooklineClientError;
  readonly retryInMs: number;
}

export interface StreamOptions {
  /** A cursor: everything after it. `"start"`: from the oldest event that is kept. Left out: what happens from now on. */
  readonly after?: string | undefined;
  /** Ends the stream, as `return` does. */
  readonly signal?: AbortSignal | undefined;
  /** What to do when events after the cursor are no longer kept: end with CURSOR_EXPIRED, or go on with the oldest there is. */
  readonly onExpired?: 'throw' | 'oldest' | undefined;
  /** Told each time the stream is cut off. */
  readonly onInterruption?: ((interruption: Interruption) => void) | undefined;
  /** Told when a stream that was cut off goes on. */
  readonly onReconnection?: (() => void) | undefined;
}
