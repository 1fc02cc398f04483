/** What a runner tells whoever sits in it, and what the pool needs to know to make room. */
import type { ExecutionErrorCode } from '../errors/execution-error.ts';
import type { Json } from '../json/json.ts';
import type { ChildEnd } from './supervised-child.ts';

export interface RunnerTenant {
  /** Empty for a description. */
  readonly tenantId: string;
  readonly pluginName: string;
  /** Tells this plugin of this tenant from every other, whichever instance of it. */
  readonly plugin: string;
  readonly heapMb: number;
  /** It is being made, and must not be disturbed. */
  readonly opening: boolean;
  /** It is open, no call is under way or waits, and it may be closed to make room. */
  readonly idle: boolean;
  /** On the clock of `performance.now()`. */
  readonly lastUsedAt: number;
  /** In each, `call` is the request that answers for it, which may have ended; 0 is nobody. */
  onLog(call: number, text: string): void;
  /** `part`: its number, for a part of the result. */
  onProgress(call: number, text: string, part?: number): void;
  /** The plugin asks something of the host, and waits for an `answered` under the number `ask`. */
  onAsk(call: number, ask: number, method: Json | undefined, args: string): void;
  /** It broke a limit and was ended by what `call` did. */
  onGone(code: ExecutionErrorCode, message: string, call: number | undefined): void;
  /** `guilty`: it could not be stopped, or nobody else was at work in the process when it ended. */
  onRunnerEnd(end: ChildEnd, guilty: boolean): void;
  evict(): void;
  /** Tells the calls under way that they are to end; resolves when they have, or their grace is over. */
  cancel(): Promise<void>;
  /** Takes no more calls; resolves when those under way have ended and it is unloaded. */
  close(): Promise<void>;
}
