import type { Host } from './host.ts';
import { whenMatches } from './when-matches.ts';

/**
 * Whether a plugin may still change or withhold what the tool answers. Parts of the result are then shown to nobody: they
 * would be out before it has looked at them.
 */
export async function guardsResult(
  host: Pick<Host, 'tenantPlugins'>,
  tenantId: string,
  call: { readonly toolName: string; readonly agentId: string | null },
): Promise<boolean> {
  const { hooks } = await host.tenantPlugins.of(tenantId);
  const taking = hooks.get('AFTER_TOOL_CALL') ?? [];
  return taking.some(({ binding }) => binding.mode !== 'observe' && whenMatches(binding.when, call));
}
