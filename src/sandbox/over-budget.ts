import type { ExecutionErrorCode } from '../errors/execution-error.ts';

/** How a call ends that called its host too often, or told too much progress. */
export function overBudget(
  of: 'calls' | 'progress',
  limits: { readonly hostCalls: number; readonly progressBytes: number },
): { readonly code: ExecutionErrorCode; readonly message: string } {
  return of === 'calls'
    ? { code: 'HOST_CALL_BUDGET_EXCEEDED', message: `It called the host more than ${limits.hostCalls} times.` }
    : { code: 'OUTPUT_LIMIT_EXCEEDED', message: `Its progress was longer than ${limits.progressBytes} bytes of JSON.` };
}
