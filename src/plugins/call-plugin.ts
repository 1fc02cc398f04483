import type { Json } from '../json/json.ts';
import type { CallOptions, HookCall, Outcome, ToolCall } from '../sandbox/sandbox.ts';
import type { InstancePool, InstanceSpec } from './instance-pool.ts';
import { cancelledOutcome, untilCancelled } from './until-cancelled.ts';

const OPEN_TRIES = 5;

/**
 * One call into a plugin's live instance, opened if need be. Never rejects: what goes wrong is the outcome. After the
 * signal every failure is CANCELLED, since that is what the host saw first; an answer is still the answer.
 */
export async function callPlugin(
  pool: InstancePool,
  spec: InstanceSpec,
  call: ToolCall | HookCall,
  options: CallOptions,
): Promise<Outcome<Json>> {
  const { signal } = options;
  if (signal?.aborted) return cancelledOutcome('It was cancelled before it began.');
  let live = pool.current(spec) ?? (await open(pool, spec, signal));
  // Where many want the room, one that was just opened may be closed for another before it is called.
  for (let tries = 1; 'call' in live && live.gone && tries < OPEN_TRIES; tries += 1)
    live = await open(pool, spec, signal);
  if ('success' in live) return live;
  const outcome = await live.call(call, options);
  if (outcome.success || !signal?.aborted) return outcome;
  return outcome.error.code === 'CANCELLED' ? outcome : cancelledOutcome('It was cancelled while it was at work.');
}

async function open(pool: InstancePool, spec: InstanceSpec, signal: AbortSignal | undefined) {
  const acquired = await untilCancelled(pool.acquire(spec), signal, 'It was cancelled while its plugin was loading.');
  if (!acquired.success) return acquired;
  // A new config may have swapped it between the opening and here.
  return pool.current(spec) ?? acquired.value;
}
