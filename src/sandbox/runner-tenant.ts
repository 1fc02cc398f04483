/** What a runner tells whoever sits in it, and what the pool needs to know to make room. */
import type { ExecutionErrorCode } from '../errors/execution-error.ts';
import type { ChildEnd } from './supervised-child.ts';

export interface RunnerTenant {
  readonly tenantId: string;
  /** Tells this plugin of this tenant from every other, whichever instance of it. */
  readonly plugin: string;
  readonly heapMb: number;
  /** It is being made, and must not be disturbed. */
  readonly opening: boolean;
  /** It is open, no call is under way or waits, and it may be closed to make room. */
  readonly idle: boolean;
  /** On the clock of `performance.now()`. */
  readonly lastUsedAt: number;
  onLog(text: string): void;
  onProgress(call: number, text: string): void;
  /** It broke a limit and was ended; `call` is the one that did it, when that is known. */
  onGone(code: ExecutionErrorCode, message: string, call: number | undefined): void;
  /** `guilty`: it could not be stopped, or nobody else was at work in the process when it ended. */
  onRunnerEnd(end: ChildEnd, guilty: boolean): void;
  evict(): void;
  /** Takes no more calls; resolves when those under way have ended and it is unloaded. */
  close(): Promise<void>;
}
