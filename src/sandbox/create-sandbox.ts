import { createHash } from 'node:crypto';
import { describePlugin } from './describe-plugin.ts';
import { findIsolatedVm } from './isolated-vm-gate.ts';
import { DEFAULT_LIMITS, limitsOf, type SandboxLimits } from './limits.ts';
import { openInstance } from './open-instance.ts';
import { failure } from './outcomes.ts';
import { PluginCompiler } from './plugin-compiler.ts';
import { RUNNER_HEAP_MB, requireMeasuredNode } from './measured.ts';
import { findNamespaces } from './namespaces.ts';
import {
  compilerCommand,
  missingHardening,
  NO_NAMESPACES,
  runnerCommand,
  type SandboxProfile,
} from './process-flags.ts';
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
  /** Instead of the defaults; no limit goes beyond its maximum. */
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
 * Starts a sandbox and its first runner. A runner that does not start makes it not ready, as `health` tells; it tries again.
 * Throws an IsolatedVmError or a NodeVersionError when what must hold the plugins is missing, unsafe or unknown.
 */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { profile = 'hardened', maxRunners = 8, cordon = 'shared', recycle = {}, events = {} } = options;
  requireMeasuredNode();
  const namespaces = profile === 'hardened' ? findNamespaces() : NO_NAMESPACES;
  const isolatedVm = findIsolatedVm();
  const limits = limitsOf(DEFAULT_LIMITS, options.limits);
  const pool = new RunnerPool({
    command: runnerCommand(profile, runnerBuild(), isolatedVm, namespaces),
    heapMbPerRunner: RUNNER_HEAP_MB,
    maxRunners,
    cordon,
    recycle,
    onEnd: (end) => events.onProcessEnd?.(processEnd('runner', end)),
  });
  const compiler = new PluginCompiler({
    command: compilerCommand(namespaces),
    limits,
    onEnd: (end) => events.onProcessEnd?.(processEnd('compiler', end)),
  });
  await pool.warm();
  return sandboxOf({ pool, compiler, limits, events, profile, missing: missingHardening(profile, namespaces) });
}

function processEnd(process: SandboxProcessEnd['process'], end: ChildEnd): SandboxProcessEnd {
  return { process, pid: end.pid, reason: end.reason, asked: wasAsked(end) };
}

interface SandboxParts {
  readonly pool: RunnerPool;
  readonly compiler: PluginCompiler;
  readonly limits: SandboxLimits;
  readonly events: SandboxEvents;
  readonly profile: SandboxProfile;
  readonly missing: readonly string[];
}

function sandboxOf(parts: SandboxParts): Sandbox {
  const { pool, compiler } = parts;
  const describe = cachedByHash((compiled) => describePlugin(parts, compiled));
  const close = async () => void (await Promise.all([pool.close(), compiler.close()]));
  return {
    compile: (source) => compiler.compile(source),
    describe: async (compiled) => (isIntact(compiled) ? describe(compiled) : TAMPERED),
    open: async (compiled, options) => (isIntact(compiled) ? openInstance(parts, compiled, options) : TAMPERED),
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

function healthOf({ pool, profile, missing: lacking }: SandboxParts): SandboxHealth {
  const { runners, problem } = pool;
  const missing = [...lacking, ...(problem === undefined ? [] : [problem])];
  const instances = runners.reduce((sum, runner) => sum + runner.instances.length, 0);
  return { ready: problem === undefined, profile, missing, runners: runners.length, instances };
}
