/** The clock of one hook invocation: what it has for its mutators and validators, whatever they are waiting for. */
import { executionError } from '../errors/execution-error.ts';
import type { Json } from '../json/json.ts';
import type { Outcome } from '../sandbox/sandbox.ts';

export interface InvocationClock extends Disposable {
  /** Milliseconds; 0 when the time is over. */
  leftMs(): number;
  /** Aborted when the time is over, and when the invocation is cancelled. */
  readonly signal: AbortSignal;
  /** What comes first: how `call` ends, or the end of the time. The call is told by its signal; nobody waits for it. */
  bound(call: Promise<Outcome<Json>>): Promise<Outcome<Json>>;
}

/** Counts `invocationMs` from now. `cancelled` is the signal of the invocation. */
export function startInvocationClock(invocationMs: number, cancelled: AbortSignal): InvocationClock {
  const endsAt = performance.now() + invocationMs;
  const abort = new AbortController();
  const { promise: late, resolve } = Promise.withResolvers<Outcome<Json>>();
  let over = false;
  const clock = setTimeout(() => {
    over = true;
    const message = `The time of the whole hook invocation, ${invocationMs} ms, was over before it had ended.`;
    resolve({ success: false, error: executionError('TIMEOUT', message) });
    abort.abort(new DOMException(message, 'TimeoutError'));
  }, invocationMs);
  const onCancelled = () => abort.abort(cancelled.reason);
  if (cancelled.aborted) onCancelled();
  cancelled.addEventListener('abort', onCancelled, { once: true });
  return {
    leftMs: () => (over ? 0 : Math.max(endsAt - performance.now(), 0)),
    signal: abort.signal,
    bound: (call) => Promise.race([call, late]),
    [Symbol.dispose]() {
      clearTimeout(clock);
      cancelled.removeEventListener('abort', onCancelled);
    },
  };
}
