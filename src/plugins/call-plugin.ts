import type { Json } from '../json/json.ts';
import type { CallOptions, HookCall, Outcome, ToolCall } from '../sandbox/sandbox.ts';
import type { InstancePool, InstanceSpec } from './instance-pool.ts';

/** One call into a plugin's live instance, opened if need be. Never rejects: what goes wrong is the outcome. */
export async function callPlugin(
  pool: InstancePool,
  spec: InstanceSpec,
  call: ToolCall | HookCall,
  options: CallOptions,
): Promise<Outcome<Json>> {
  const live = pool.current(spec);
  if (live) return live.call(call, options);
  const acquired = await pool.acquire(spec);
  if (!acquired.success) return acquired;
  // A new config may have swapped it between the opening and here.
  const instance = pool.current(spec) ?? acquired.value;
  return instance.call(call, options);
}
