/** What a handler's answer means at its hook and in its mode. The plugin wrote the answer, so every part of it is checked here. */
import { executionError, type ExecutionError } from '../errors/execution-error.ts';
import type { StepOutcome } from '../events/records.ts';
import { diffJson, type PatchOperation } from '../json/json-patch.ts';
import { isJsonObject, type Json, type JsonObject } from '../json/json.ts';
import type { Outcome } from '../sandbox/sandbox.ts';
import type { HookMode, HookRule } from '../sdk/hooks.ts';

/** What the instance gave: a `HookAnswer` as JSON, not yet checked, or why there is none. */
export type StepAnswer = Outcome<Json>;

export type Verdict =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'data'; readonly data: JsonObject; readonly patch: readonly PatchOperation[] }
  | { readonly kind: 'respond'; readonly data: Json }
  | { readonly kind: 'block'; readonly code: string; readonly reason: string; readonly details: Json };

export interface Judgement {
  readonly outcome: StepOutcome;
  readonly verdict: Verdict;
  readonly error: ExecutionError | null;
}

export function judgeStep(rule: HookRule, mode: HookMode, before: JsonObject, answer: StepAnswer): Judgement {
  if (!answer.success) return failed(answer.error);
  const value = isJsonObject(answer.value) ? answer.value : {};
  switch (value['kind']) {
    case 'unchanged':
      return { outcome: 'CONTINUED', verdict: { kind: 'unchanged' }, error: null };
    case 'block':
      return judgeBlock(rule, mode, value['reason'] ?? null);
    case 'respond':
      return judgeRespond(rule, mode, value['data']);
    case 'data':
      return judgeData(rule, mode, before, value['data']);
    default:
      return invalid('The handler answered nothing that can be read.');
  }
}

function judgeBlock(rule: HookRule, mode: HookMode, given: Json): Judgement {
  if (mode === 'observe') return invalid('An observer cannot block; use mode "validate".');
  if (!rule.mayBlock) return invalid('This hook cannot be blocked.');
  if (!isJsonObject(given) || typeof given['reason'] !== 'string' || given['reason'] === '') {
    return invalid('block() needs a reason, such as block({ reason: "…" }).');
  }
  const code = given['code'];
  const verdict = {
    kind: 'block',
    code: typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? code : 'BLOCKED',
    reason: given['reason'].slice(0, 2_000),
    details: given['details'] ?? null,
  } as const;
  return { outcome: 'BLOCKED', verdict, error: null };
}

function judgeRespond(rule: HookRule, mode: HookMode, data: Json | undefined): Judgement {
  if (!rule.mayRespond) return invalid('This hook allows no respond().');
  if (mode !== 'mutate') return invalid('Only a handler in mode "mutate" may respond().');
  return { outcome: 'RESPONDED', verdict: { kind: 'respond', data: data ?? null }, error: null };
}

function judgeData(rule: HookRule, mode: HookMode, before: JsonObject, data: Json | undefined): Judgement {
  if (!isJsonObject(data)) return invalid('The handler must return nothing, an object, block() or respond().');
  const patch = diffJson(before, data);
  if (patch.length === 0) return { outcome: 'CONTINUED', verdict: { kind: 'unchanged' }, error: null };
  if (mode !== 'mutate')
    return invalid(`A handler in mode "${mode}" cannot change the data (it changed ${patch[0]!.path}).`);
  const foreign = patch.find(({ path }) => !mayChange(rule, path));
  if (foreign) {
    const allowed = rule.mayChange === 'all' ? '' : rule.mayChange.map((keys) => keys.join('.')).join(', ');
    return invalid(
      `The handler changed ${foreign.path}; here it may change only ${allowed}. Return { ...data, … } to keep the rest.`,
    );
  }
  return { outcome: 'MODIFIED', verdict: { kind: 'data', data, patch }, error: null };
}

function mayChange({ mayChange: allowed }: HookRule, path: string): boolean {
  if (allowed === 'all') return true;
  return allowed.some((keys) => {
    const pointer = `/${keys.join('/')}`;
    return path === pointer || path.startsWith(`${pointer}/`);
  });
}

function failed(error: ExecutionError): Judgement {
  return { outcome: error.code === 'TIMEOUT' ? 'TIMED_OUT' : 'FAILED', verdict: { kind: 'unchanged' }, error };
}

function invalid(message: string): Judgement {
  return failed(executionError('RESULT_INVALID', message));
}
