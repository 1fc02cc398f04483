/**
 * One hook through the plugins that take part in it: a fold without I/O but for the `call` it is given. Phases and
 * their order come from the hook's rule; docs/PROTOCOL.md says in words what is decided here.
 */
import { executionError, type ExecutionError } from '../errors/execution-error.ts';
import type { HookBlock, HookOutcome, HookStep } from '../events/records.ts';
import type { Json, JsonObject } from '../json/json.ts';
import { PLUGIN_HOOKS, type HookMode, type HookRule, type PluginHook } from '../sdk/hooks.ts';
import { judgeStep, type StepAnswer, type Verdict } from './judge-step.ts';
import type { HookBinding } from './parsed-plugin.ts';

/** A plugin's part in a hook, ready to be called. */
export interface PipelineStep {
  readonly pluginName: string;
  readonly pluginVersion: string;
  readonly binding: HookBinding;
  /** Calls the handler, which has `wallMs` milliseconds; never rejects. */
  call(data: JsonObject, wallMs: number): Promise<StepAnswer>;
}

/** What ends an invocation early; left out, nothing does. */
export interface PipelineBounds {
  /** Cancelled: no further step begins. */
  readonly signal?: AbortSignal;
  /** Milliseconds that the invocation has left; 0 when its time is over. */
  readonly leftMs?: () => number;
}

/**
 * Milliseconds that an observer has at least, if it wants so many, whatever the others left of the invocation's time: who keeps
 * an account must hear of an invocation that took too long, too.
 */
export const OBSERVER_LEAST_MS = 250;

export interface PipelineResult {
  readonly outcome: HookOutcome;
  /** The data after the hook. */
  readonly data: JsonObject;
  /** Set when the outcome is RESPONDED. */
  readonly response: { readonly pluginName: string; readonly data: Json } | null;
  readonly block: HookBlock | null;
  readonly steps: readonly HookStep[];
}

interface State {
  readonly data: JsonObject;
  readonly response: PipelineResult['response'];
  readonly block: HookBlock | null;
  readonly modified: boolean;
  readonly steps: readonly HookStep[];
}

interface Pass extends PipelineBounds {
  readonly rule: HookRule;
}

/**
 * Runs the steps whose `when` matched; they may come in any order. After the signal, and when no time is left, no further
 * step begins, except that observers have theirs: each is SKIPPED with CANCELLED or TIMEOUT, and its failure policy decides as
 * if it had failed.
 */
export async function runPipeline(
  hook: PluginHook,
  steps: readonly PipelineStep[],
  data: JsonObject,
  bounds: PipelineBounds = {},
): Promise<PipelineResult> {
  const rule = PLUGIN_HOOKS[hook];
  let state: State = { data, response: null, block: null, modified: false, steps: [] };
  for (const mode of rule.phases) {
    state = await PHASES[mode]({ ...bounds, rule }, inOrder(steps, mode), state);
  }
  const { modified: _, ...decided } = state;
  return { ...decided, outcome: outcomeOf(state) };
}

/** Lower priority first, ties by name: the order in which mutators run and blocks are weighed. */
export function inOrder<S extends { pluginName: string; binding: Pick<HookBinding, 'mode' | 'priority'> }>(
  steps: readonly S[],
  mode: HookMode,
): readonly S[] {
  return steps
    .filter(({ binding }) => binding.mode === mode)
    .sort((a, b) => a.binding.priority - b.binding.priority || (a.pluginName < b.pluginName ? -1 : 1));
}

type Phase = (pass: Pass, steps: readonly PipelineStep[], state: State) => Promise<State>;

const PHASES: Record<HookMode, Phase> = { mutate, validate, observe };

/** One after the other, each on what the one before returned. */
async function mutate(pass: Pass, steps: readonly PipelineStep[], before: State): Promise<State> {
  let state = before;
  for (const step of steps) {
    if (state.block || state.response) {
      state = { ...state, steps: [...state.steps, skipped(step)] };
      continue;
    }
    const { verdict, record } = await take(pass, step, state.data);
    state = applied({ ...state, steps: [...state.steps, record] }, step, verdict);
  }
  return state;
}

/** All at once on the same data; of several blockers the first in order decides. */
async function validate(pass: Pass, steps: readonly PipelineStep[], before: State): Promise<State> {
  if (before.block) return { ...before, steps: [...before.steps, ...steps.map(skipped)] };
  const taken = await Promise.all(steps.map((step) => take(pass, step, before.data)));
  const records = { ...before, steps: [...before.steps, ...taken.map(({ record }) => record)] };
  const blocker = taken.findIndex(({ verdict }) => verdict.kind === 'block');
  return blocker === -1 ? records : applied(records, steps[blocker]!, taken[blocker]!.verdict);
}

/** All at once after the decision, whatever it was; what they answer changes nothing. */
async function observe(pass: Pass, steps: readonly PipelineStep[], before: State): Promise<State> {
  const taken = await Promise.all(steps.map((step) => take(pass, step, before.data)));
  return { ...before, steps: [...before.steps, ...taken.map(({ record }) => record)] };
}

async function take(pass: Pass, step: PipelineStep, data: JsonObject): Promise<{ verdict: Verdict; record: HookStep }> {
  const { rule } = pass;
  const leftMs = leftFor(step, pass);
  const error = cannotBegin(pass, leftMs);
  if (error) return { verdict: afterFailure(rule, step, error), record: { ...skipped(step), error } };
  const started = performance.now();
  const answer = await step.call(data, Math.ceil(Math.min(step.binding.timeoutMs, leftMs)));
  const durationMs = performance.now() - started;
  const judged = judgeStep(rule, step.binding.mode, data, answer);
  const record: HookStep = {
    pluginName: step.pluginName,
    pluginVersion: step.pluginVersion,
    mode: step.binding.mode,
    outcome: judged.outcome,
    durationMs: Math.round(durationMs * 1000) / 1000,
    patch: judged.verdict.kind === 'data' ? judged.verdict.patch : null,
    error: judged.error,
  };
  return { verdict: judged.error ? afterFailure(rule, step, judged.error) : judged.verdict, record };
}

function leftFor({ binding }: PipelineStep, { leftMs }: Pass): number {
  const left = leftMs?.() ?? Infinity;
  return binding.mode === 'observe' ? Math.max(left, OBSERVER_LEAST_MS) : left;
}

function cannotBegin({ signal }: Pass, leftMs: number): ExecutionError | null {
  if (signal?.aborted) return executionError('CANCELLED', 'It was cancelled before it began.');
  if (leftMs > 0) return null;
  return executionError('TIMEOUT', 'The time of the whole invocation was over before it began.');
}

/** 'closed' blocks where the hook allows a block; everything else goes on without the step. */
function afterFailure(rule: HookRule, { binding }: PipelineStep, error: ExecutionError): Verdict {
  if (binding.onFailure === 'open' || !rule.mayBlock || binding.mode === 'observe') return { kind: 'unchanged' };
  return { kind: 'block', code: 'HOOK_FAILED', reason: `Its check could not be made: ${error.message}`, details: null };
}

function applied(state: State, { pluginName }: PipelineStep, verdict: Verdict): State {
  switch (verdict.kind) {
    case 'unchanged':
      return state;
    case 'data':
      return { ...state, data: verdict.data, modified: true };
    case 'respond':
      return { ...state, response: { pluginName, data: verdict.data } };
    case 'block':
      return { ...state, block: { pluginName, code: verdict.code, reason: verdict.reason, details: verdict.details } };
  }
}

function skipped({ pluginName, pluginVersion, binding: { mode } }: PipelineStep): HookStep {
  return { pluginName, pluginVersion, mode, outcome: 'SKIPPED', durationMs: 0, patch: null, error: null };
}

function outcomeOf({ block, response, modified }: State): HookOutcome {
  if (block) return 'BLOCKED';
  if (response) return 'RESPONDED';
  return modified ? 'MODIFIED' : 'CONTINUED';
}
