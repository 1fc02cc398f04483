import type { TenantActor } from '../auth/actor.ts';
import type { JsonObject } from '../json/json.ts';
import { PLUGIN_HOOKS, type HookCondition } from '../sdk/index.ts';
import { agentIdOf } from './agent-id.ts';
import type { Host } from './host.ts';
import type { HookBinding } from './parsed-plugin.ts';
import { inOrder } from './run-pipeline.ts';
import type { HookPipelineStep, UseCaseInput } from './use-cases.ts';
import { whenMatches } from './when-matches.ts';

/** Who would take part in a hook, in the order in which they would run, and who would not and why. */
export async function explainHookPipeline(
  host: Host,
  actor: TenantActor,
  input: UseCaseInput<'explainHookPipeline'>,
): Promise<readonly HookPipelineStep[]> {
  const subject = { toolName: input.toolName ?? null, agentId: agentIdOf(actor, input.agentId) };
  const { hooks } = await host.tenantPlugins.of(actor.tenant.id);
  const taking = (hooks.get(input.hook) ?? []).map(({ plugin, binding }) => ({
    pluginName: plugin.entry.name,
    pluginVersion: plugin.entry.parsed.version,
    binding,
  }));
  const ordered = PLUGIN_HOOKS[input.hook].phases.flatMap((mode) => inOrder(taking, mode));
  return ordered.map(({ binding, ...plugin }, index) => ({
    ...plugin,
    position: index + 1,
    phase: binding.mode,
    priority: binding.priority,
    timeoutMs: binding.timeoutMs,
    onFailure: binding.onFailure,
    when: binding.when && conditionJson(binding.when),
    applies: whenMatches(binding.when, subject),
    reason: reasonOf(binding, subject),
  }));
}

function reasonOf({ when }: HookBinding, subject: { toolName: string | null; agentId: string | null }): string {
  if (when === null) return 'It takes part in every invocation of this hook.';
  if (whenMatches(when, subject)) return 'Its condition matches.';
  const missed = (['toolName', 'agentId'] as const).filter(
    (key) => when[key] !== undefined && !whenMatches({ [key]: when[key] }, subject),
  );
  return missed
    .map((key) => `Its condition asks for ${key} ${list(when[key])}; here it is ${subject[key] ?? 'not given'}.`)
    .join(' ');
}

function list(patterns: string | readonly string[] | undefined): string {
  return [patterns ?? []].flat().join(' or ');
}

function conditionJson({ toolName, agentId }: HookCondition): JsonObject {
  return { ...(toolName === undefined ? {} : { toolName }), ...(agentId === undefined ? {} : { agentId }) };
}
