import { createHash } from 'node:crypto';
import type { SandboxTierChoice } from '../config/settings.ts';
import type { ChildProgram, Confinement, SandboxTier } from './confinement.ts';
import { describePlugin } from './describe-plugin.ts';
import { findConfinements } from './find-confinement.ts';
import { findIsolatedVm } from './isolated-vm-gate.ts';
import { DEFAULT_POLICY, limitsOf, type LimitPolicy, type SandboxLimits } from './limits.ts';
import { openInstance } from './open-instance.ts';
import { endInWords, failure } from './outcomes.ts';
import { PluginCompiler } from './plugin-compiler.ts';
import { RUNNER_HEAP_MB } from './measured.ts';
import {
  compilerCommand,
  compilerProgram,
  missingHardening,
  runnerCommand,
  runnerProgram,
  type SandboxProfile,
} from './process-flags.ts';
import { requireMeasuredNode } from './require-measured-node.ts';
import { runnerBuild } from './runner-build.ts';
import { RunnerPool, type Cordon, type RecycleMarks } from './runner-pool.ts';
import type {
  CompiledPlugin,
  DescribeResult,
  Sandbox,
  SandboxEvents,
  SandboxHealth,
  SandboxProcessEnd,
} from './sandbox.ts';
import { wasAsked, type ChildEnd } from './supervised-child.ts';

export interface SandboxOptions {
  /** Default `hardened`. */
  readonly profile?: SandboxProfile;
  /** Default `auto`: the strongest that works. */
  readonly tier?: SandboxTierChoice;
  /** What the operator gives; default what the table says. */
  readonly policy?: LimitPolicy;
  /** Instead of the policy's defaults; none goes beyond the most. */
  readonly limits?: Partial<SandboxLimits>;
  /** Default 8. */
  readonly maxRunners?: number;
  /** Default `shared`. */
  readonly cordon?: Cordon;
  /** Instead of the defaults: when a runner is replaced by a fresh one. */
  readonly recycle?: Partial<RecycleMarks>;
  readonly events?: SandboxEvents;
}

const MAX_DESCRIPTIONS = 1_000;

/**
 * Starts a sandbox and its first runner, in the strongest confinement in which one starts. A runner that starts in none makes
 * it not ready, as `health` tells; it tries again.
 * Throws an IsolatedVmError or a NodeVersionError when what must hold the plugins is missing, unsafe or unknown, and a
 * SandboxTierError when a tier was demanded that this machine does not offer.
 */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  requireMeasuredNode();
  const { profile = 'hardened', tier = 'auto' } = options;
  const programs = { runner: runnerProgram(profile, runnerBuild(), findIsolatedVm()), compiler: compilerProgram() };
  let best: SandboxParts | undefined;
  for await (const confinement of findConfinements(tier, [programs.runner, programs.compiler])) {
    const parts = assemble(options, programs, confinement);
    if (await parts.pool.warm()) {
      await best?.pool.close();
      return sandboxOf(parts);
    }
    // What keeps a runner from starting in every tier is no reason for a weaker one.
    if (best) await parts.pool.close();
    best ??= parts;
  }
  if (!best) throw new Error('a machine always offers the last tier');
  return sandboxOf(best);
}

function assemble(
  options: SandboxOptions,
  programs: { readonly runner: ChildProgram; readonly compiler: ChildProgram },
  confinement: Confinement,
): SandboxParts {
  const { profile = 'hardened', maxRunners = 8, cordon = 'shared', recycle = {}, events = {} } = options;
  const policy = policyOf(options);
  const pool = new RunnerPool({
    command: runnerCommand(profile, programs.runner, confinement),
    heapMbPerRunner: RUNNER_HEAP_MB,
    maxRunners,
    cordon,
    recycle,
    onEnd(end, culprit) {
      // A description is nobody's.
      if (!culprit || culprit.tenantId === '') return events.onProcessEnd?.(processEnd('runner', end));
      const { tenantId, pluginName } = culprit;
      events.onProcessEnd?.({ ...processEnd('runner', end), tenantId, pluginName });
      events.onPluginKilled?.({ tenantId, pluginName, pid: end.pid, reason: endInWords(end) });
    },
  });
  const compiler = new PluginCompiler({
    command: compilerCommand(programs.compiler, confinement),
    limits: policy.defaults,
    onEnd: (end) => events.onProcessEnd?.(processEnd('compiler', end)),
  });
  const missing = missingHardening(profile, confinement);
  return { pool, compiler, limits: policy.defaults, policy, events, profile, tier: confinement.tier, missing };
}

function policyOf({ policy = DEFAULT_POLICY, limits }: SandboxOptions): LimitPolicy {
  return { defaults: limitsOf(policy.defaults, limits, policy.most), most: policy.most };
}

function processEnd(process: SandboxProcessEnd['process'], end: ChildEnd): SandboxProcessEnd {
  return { process, pid: end.pid, reason: end.reason, asked: wasAsked(end) };
}

interface SandboxParts {
  readonly pool: RunnerPool;
  readonly compiler: PluginCompiler;
  readonly limits: SandboxLimits;
  readonly events: SandboxEvents;
  readonly policy: LimitPolicy;
  readonly profile: SandboxProfile;
  readonly tier: SandboxTier;
  readonly missing: readonly string[];
}

function sandboxOf(parts: SandboxParts): Sandbox {
  const { pool, compiler, policy } = parts;
  const describe = cachedByHash((compiled) => describePlugin(parts, compiled));
  const close = async () => void (await Promise.all([pool.close(), compiler.close()]));
  return {
    compile: (source) => compiler.compile(source),
    describe: async (compiled) => (isIntact(compiled) ? describe(compiled) : TAMPERED),
    limits: policy,
    open: async (compiled, options) => {
      if (!isIntact(compiled)) return TAMPERED;
      return openInstance(parts, compiled, {
        ...options,
        limits: limitsOf(policy.defaults, options.limits, policy.most),
      });
    },
    health: () => healthOf(parts),
    close,
    [Symbol.asyncDispose]: close,
  };
}

const TAMPERED = failure('PLUGIN_ERROR', 'Its text is not the one that was validated; its hash differs.');

/** What runs is what was validated. */
function isIntact({ code, hash }: CompiledPlugin): boolean {
  return createHash('sha256').update(code).digest('hex') === hash;
}

/** What was true of a text stays true; what failed for want of room may be tried again. */
function cachedByHash(describe: (compiled: CompiledPlugin) => Promise<DescribeResult>): typeof describe {
  const known = new Map<string, Promise<DescribeResult>>();
  return async (compiled) => {
    const cached = known.get(compiled.hash);
    if (cached) return cached;
    const reading = describe(compiled);
    known.set(compiled.hash, reading);
    const [oldest] = known.keys();
    if (known.size > MAX_DESCRIPTIONS && oldest !== undefined) known.delete(oldest);
    const result = await reading;
    if (!result.success && !('problem' in result)) known.delete(compiled.hash);
    return result;
  };
}

function healthOf({ pool, profile, tier, missing: lacking }: SandboxParts): SandboxHealth {
  const { runners, problem } = pool;
  const missing = [...lacking, ...(problem === undefined ? [] : [problem])];
  const instances = runners.reduce((sum, runner) => sum + runner.instances.length, 0);
  return { ready: pool.ready, profile, tier, missing, runners: runners.length, reserve: pool.reserve, instances };
}
