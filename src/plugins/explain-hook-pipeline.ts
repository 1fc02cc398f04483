import type { TenantActor } from '../auth/actor.ts';
import type { JsonObject } from '../json/json.ts';
import { PLUGIN_HOOKS, type HookCondition, type PluginHook } from '../sdk/index.ts';
import { agentIdOf } from './agent-id.ts';
import type { SoundEntry } from './catalog-entry.ts';
import type { Host } from './host.ts';
import { withOverride, type HookOverride } from './hook-overrides.ts';
import type { HookBinding } from './parsed-plugin.ts';
import type { RegistrationView } from './plugin-view.ts';
import { registrationProblem } from './registration-problem.ts';
import { inOrder } from './run-pipeline.ts';
import type { HookPipelineStep, UseCaseInput } from './use-cases.ts';
import { whenMatches } from './when-matches.ts';

/**
 * Every registered plugin whose code takes part in a hook, in the order in which they run or would run: who does, who does not
 * and why, and what an admin set in the place of the plugin's own options. A plugin that cannot be read is not there: nobody
 * knows its hooks.
 */
export async function explainHookPipeline(
  host: Host,
  actor: TenantActor,
  input: UseCaseInput<'explainHookPipeline'>,
): Promise<readonly HookPipelineStep[]> {
  const subject = { toolName: input.toolName ?? null, agentId: agentIdOf(actor, input.agentId) };
  const candidates = await readCandidates(host, actor.tenant.id, input.hook);
  const ordered = PLUGIN_HOOKS[input.hook].phases.flatMap((mode) => inOrder(candidates, mode));
  return ordered.map((candidate, index) => {
    const { pluginName, pluginVersion, binding } = candidate;
    const absent = absence(candidate, subject);
    return {
      pluginName,
      pluginVersion,
      position: index + 1,
      phase: binding.mode,
      priority: binding.priority,
      timeoutMs: binding.timeoutMs,
      onFailure: binding.onFailure,
      when: binding.when && conditionJson(binding.when),
      applies: absent === null,
      reason: [absent ?? presence(candidate), overridden(candidate)].filter((sentence) => sentence !== '').join(' '),
    };
  });
}

interface Subject {
  readonly toolName: string | null;
  readonly agentId: string | null;
}

/** A registered plugin that names the hook. */
interface Candidate {
  readonly pluginName: string;
  readonly pluginVersion: string;
  /** In effect, were it to take part. */
  readonly binding: HookBinding;
  /** As the plugin says. */
  readonly own: HookBinding;
  readonly override: HookOverride | undefined;
  readonly entry: SoundEntry;
  readonly registration: RegistrationView;
  /** Why it did not load when that was last tried. */
  readonly loadProblem: string | null;
}

async function readCandidates(host: Host, tenantId: string, hook: PluginHook): Promise<readonly Candidate[]> {
  const rows = await host.registrations.of(tenantId);
  return host.registry.list(tenantId).flatMap((entry): readonly Candidate[] => {
    const registration = rows.get(entry.name);
    if (!registration || entry.problem) return [];
    const own = entry.parsed.hooks.find((binding) => binding.hook === hook);
    if (!own) return [];
    const override = registration.hookOverrides.find((each) => each.hook === hook);
    const { pluginName, pluginVersion } = registration;
    const binding = withOverride(own, override, host.hookLimits.stepMs);
    const loadProblem = host.pool.problemOf(tenantId, pluginName)?.message ?? null;
    return [{ pluginName, pluginVersion, binding, own, override, entry, registration, loadProblem }];
  });
}

/** Why it is no step; null when it is one. */
function absence({ entry, registration, override, binding }: Candidate, subject: Subject): string | null {
  const { enabled, disabledReason } = registration;
  if (!enabled) return disabledReason === null ? 'It is disabled.' : `It is disabled: ${disabledReason}`;
  const problem = registrationProblem(entry, registration);
  if (problem) return `It has failed: ${problem.message}`;
  if (override?.enabled === false) return 'An override takes it out of this hook.';
  const { when } = binding;
  if (whenMatches(when, subject)) return null;
  const missed = (['toolName', 'agentId'] as const).filter(
    (key) => when?.[key] !== undefined && !whenMatches({ [key]: when[key] }, subject),
  );
  return missed
    .map((key) => `Its condition asks for ${key} ${list(when?.[key])}; here it is ${subject[key] ?? 'not given'}.`)
    .join(' ');
}

function presence({ binding, loadProblem }: Candidate): string {
  const why = binding.when ? 'Its condition matches.' : 'It takes part in every invocation of this hook.';
  const fails = loadProblem === null ? '' : ` Its last try to load failed: ${loadProblem}`;
  const mayNotBlock = binding.mode === 'observe' || !PLUGIN_HOOKS[binding.hook].mayBlock;
  const policy = binding.onFailure === 'closed' && mayNotBlock ? ' Its onFailure acts as open here.' : '';
  return `${why}${fails}${policy}`;
}

/** What is not as the plugin says, with what it says; empty when nothing is. */
function overridden({ binding, own, override }: Candidate): string {
  const changes = (['priority', 'timeoutMs', 'onFailure'] as const)
    .filter((option) => override && override[option] !== null)
    .map((option) => `${option} ${binding[option]} (its own: ${own[option]})`);
  return changes.length === 0 ? '' : `An override sets ${changes.join(', ')}.`;
}

function list(patterns: string | readonly string[] | undefined): string {
  return [patterns ?? []].flat().join(' or ');
}

function conditionJson({ toolName, agentId }: HookCondition): JsonObject {
  return { ...(toolName === undefined ? {} : { toolName }), ...(agentId === undefined ? {} : { agentId }) };
}
