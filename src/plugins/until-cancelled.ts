import { executionError } from '../errors/execution-error.ts';
import type { Outcome } from '../sandbox/sandbox.ts';

/** The outcome of what was cancelled, in the words of the host. */
export function cancelledOutcome(message: string): Outcome<never> {
  return { success: false, error: executionError('CANCELLED', message) };
}

/** Waits for `pending` no longer than until `signal`. What is waited for goes on: others may share it. */
export async function untilCancelled<T>(
  pending: Promise<Outcome<T>>,
  signal: AbortSignal | undefined,
  message: string,
): Promise<Outcome<T>> {
  if (!signal) return pending;
  const { promise: given, resolve } = Promise.withResolvers<Outcome<T>>();
  const giveUp = () => resolve(cancelledOutcome(message));
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([pending, given]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
