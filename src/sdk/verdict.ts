/** What a hook handler may answer besides data: stop the pipeline, or answer in the place of what it guards. */
import type { Json, JsonObject } from '../json/json.ts';

const BLOCK = Symbol.for('hookline.block');
const RESPOND = Symbol.for('hookline.respond');

export interface BlockReason {
  /** At most 64 of `[A-Z0-9_]`; anything else becomes BLOCKED. */
  readonly code?: string;
  /** A sentence for the person who meets the block. */
  readonly reason: string;
  readonly details?: Json;
}

export interface Block {
  readonly [BLOCK]: BlockReason;
}
export interface Respond {
  readonly [RESPOND]: { readonly data: Json };
}

/** What `handleHook` may return: nothing (unchanged), an object (it replaces the data), or a verdict. */
export type HookReturn = void | undefined | null | JsonObject | Block | Respond;

/** Stops the pipeline: what the hook guards does not happen. */
export function block(reason: BlockReason): Block {
  return Object.freeze({ [BLOCK]: reason });
}

/** Answers in the place of what the hook guards. */
export function respond(data: Json): Respond {
  return Object.freeze({ [RESPOND]: { data } });
}

/** A handler's answer as plain data: the form in which it leaves an isolate. */
export type HookAnswer =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'data'; readonly data: unknown }
  | { readonly kind: 'block'; readonly reason: unknown }
  | { readonly kind: 'respond'; readonly data: unknown };

/** Tells verdicts and data apart; it does not yet check what is inside them. */
export function readHookReturn(returned: unknown): HookAnswer {
  if (returned === undefined || returned === null) return { kind: 'unchanged' };
  if (typeof returned === 'object') {
    if (BLOCK in returned) return { kind: 'block', reason: returned[BLOCK] };
    if (RESPOND in returned) return { kind: 'respond', data: (returned[RESPOND] as { data: unknown }).data };
  }
  return { kind: 'data', data: returned };
}
