/**
 * What a plugin may ask of its host, each under a permission that its tenant granted. The tenant and the plugin are never
 * arguments: the host knows who asks. `changes`: somebody may have noticed, so the call cannot be run again as if nothing
 * had been.
 */
import type { Json } from '../json/json.ts';
import type { HookCall, ToolCall } from './sandbox.ts';

export const HOST_METHODS = {
  'kv.get': { capability: 'kv', changes: false },
  'kv.set': { capability: 'kv', changes: true },
  'kv.delete': { capability: 'kv', changes: true },
  'kv.list': { capability: 'kv', changes: false },
  'http.fetch': { capability: 'http', changes: true },
  'events.emit': { capability: 'events', changes: true },
} as const satisfies Record<string, { capability: 'kv' | 'http' | 'events'; changes: boolean }>;

export type HostMethod = keyof typeof HOST_METHODS;

export interface HostRequest {
  readonly method: HostMethod;
  /** As the plugin sent it: JSON within `inputBytes`, and nothing else is known of it. */
  readonly args: Json;
  /** The call in which it was asked; null in `onLoad` and `onUnload`. */
  readonly call: ToolCall['context'] | HookCall['context'] | null;
  /** Aborted when the call ends or its instance is gone: nobody waits for the answer then. */
  readonly signal: AbortSignal;
}

/**
 * `denied`: the plugin has no permission for it. `exhausted`: it does such things too often. `refused`: it may do them, and
 * this one was wrong or did not work.
 */
export type HostAnswer =
  | { readonly success: true; readonly value: Json }
  | { readonly success: false; readonly kind: 'denied' | 'exhausted' | 'refused'; readonly message: string };

/** Answers what an instance asks; checks the grant and the arguments each time. Never rejects. */
export type AnswerHostRequest = (request: HostRequest) => Promise<HostAnswer>;
