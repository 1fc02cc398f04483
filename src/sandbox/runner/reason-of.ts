import type { ExecutionErrorCode } from '../../errors/execution-error.ts';
import { overBudget } from '../over-budget.ts';
import { timeoutMessage, type TimedWork } from '../timeout-message.ts';
import type { RunFailure } from './guest-isolate.ts';
import type { GuestSettings } from './messages.ts';

export interface Reason {
  readonly code: ExecutionErrorCode;
  readonly message: string;
}

/** A run's failure in the words of the error table; they name the limit that it broke. */
export function reasonOf(failure: RunFailure, settings: GuestSettings, work: TimedWork): Reason {
  switch (failure.failed) {
    case 'timeout':
      return { code: 'TIMEOUT', message: timeoutMessage(failure.clock, failure.limitMs, work) };
    case 'memory':
      return overBudget('heap', settings);
    case 'disposed':
      return { code: 'SANDBOX_CRASHED', message: 'Its instance was ended.' };
    case 'thrown':
      return { code: 'PLUGIN_ERROR', message: failure.message };
  }
}
