/** What in-process code does inside a call of its own: how deep it is, and whether a hook is around it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { HooklineError } from '../errors/hookline-error.ts';
import type { HookCall, ToolCall } from '../sandbox/sandbox.ts';

interface Around {
  /** In-process handlers and tools, one inside the other. */
  readonly depth: number;
  readonly hook: boolean;
}

/** Handlers and tools of in-process plugins that may be at work inside each other; each could call on without an end. */
export const NESTED_CALLS_MAX = 4;

const callsAround = new AsyncLocalStorage<Around>();

/** True while in-process code handles a hook, and in what it leaves running: a tool call made there fires no hooks. */
export function insideHook(): boolean {
  return callsAround.getStore()?.hook === true;
}

/** @throws HooklineError INVALID_INPUT, when as many calls are around this one as may be. */
export function refuseDeepNesting(): void {
  if ((callsAround.getStore()?.depth ?? 0) < NESTED_CALLS_MAX) return;
  throw new HooklineError(
    'INVALID_INPUT',
    `This is a call inside ${NESTED_CALLS_MAX} others: in-process plugins may call tools and hooks no deeper, so that none calls itself without an end.`,
  );
}

/** Runs an in-process handler or tool as what is around the calls it makes. */
export function runCall<T>({ kind }: ToolCall | HookCall, work: () => T): T {
  const around = callsAround.getStore() ?? { depth: 0, hook: false };
  return callsAround.run({ depth: around.depth + 1, hook: around.hook || kind === 'hook' }, work);
}

/** Runs what outlives the call that happens to need it first, such as the loading of a plugin. */
export function runOutside<T>(work: () => T): T {
  return callsAround.exit(work);
}
