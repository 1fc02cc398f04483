/** What a runner tells whoever sits in it, and what the pool needs to know to make room. */
import type { ExecutionErrorCode } from '../errors/execution-error.ts';
import type { ChildEnd } from './supervised-child.ts';

export interface RunnerTenant {
  readonly tenantId: string;
  readonly heapMb: number;
  /** It is open, no call is under way or waits, and it may be closed to make room. */
  readonly idle: boolean;
  /** On the clock of `performance.now()`. */
  readonly lastUsedAt: number;
  onLog(text: string): void;
  onProgress(call: number, text: string): void;
  /** It broke a limit and was ended; `call` is the one that did it, when that is known. */
  onGone(code: ExecutionErrorCode, message: string, call: number | undefined): void;
  /** `guilty`: nobody else was at work in the process when it ended. */
  onRunnerEnd(end: ChildEnd, guilty: boolean): void;
  evict(): void;
}
