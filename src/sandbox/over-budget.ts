import type { ExecutionErrorCode } from '../errors/execution-error.ts';
import type { SandboxLimits } from './limits.ts';

/** What a plugin used too much of. */
export type Budget = 'heap' | 'calls' | 'progress' | 'answer';

/** How a thing ends that used up a budget: its code, and in words which limit that was and what to do. */
export function overBudget(
  of: Budget,
  limits: Pick<SandboxLimits, 'heapMb' | 'hostCalls' | 'progressBytes' | 'outputBytes'>,
): { readonly code: ExecutionErrorCode; readonly message: string } {
  switch (of) {
    case 'heap':
      return {
        code: 'MEMORY_LIMIT_EXCEEDED',
        message: `It ran out of memory: its heap may have ${limits.heapMb} MB (heapMb). Hold less at a time, ${OR_WISH}`,
      };
    case 'calls':
      return {
        code: 'HOST_CALL_BUDGET_EXCEEDED',
        message: `It called the host more than ${limits.hostCalls} times (hostCalls). Ask less in one call, ${OR_WISH}`,
      };
    case 'progress':
      return {
        code: 'OUTPUT_LIMIT_EXCEEDED',
        message: `Its progress was longer than ${limits.progressBytes} bytes of JSON (progressBytes). Tell less of it, ${OR_WISH}`,
      };
    case 'answer':
      return {
        code: 'OUTPUT_LIMIT_EXCEEDED',
        message: `The answer is longer than ${limits.outputBytes} bytes of JSON (outputBytes). Answer with less, ${OR_WISH}`,
      };
  }
}

const OR_WISH = 'or wish for more in metadata.limits.';

/** For what lies outside of the heaps, such as buffers: it is bounded by the process, and no setting gives more. */
export const PROCESS_OUT_OF_MEMORY =
  'The process that it ran in was out of memory, buffers and all else outside of its heap (heapMb) included. Hold less at a time.';
