/** The outcomes that the sandbox itself gives, in words for whoever reads them. */
import { EXECUTION_ERROR_CODES, executionError, type ExecutionErrorCode } from '../errors/execution-error.ts';
import type { Json } from '../json/json.ts';
import type { Frame } from './frames.ts';
import { parseGuestJson } from './guest-json.ts';
import type { Denial } from './host-account.ts';
import { PROCESS_OUT_OF_MEMORY } from './over-budget.ts';
import type { Outcome } from './sandbox.ts';
import type { ChildEnd } from './supervised-child.ts';

export interface Failure {
  readonly success: false;
  readonly error: ReturnType<typeof executionError>;
}

export function failure(code: ExecutionErrorCode, message: string): Failure {
  return { success: false, error: executionError(code, message) };
}

/** What a plugin threw after its host had denied it something is the denial, in the host's words. */
export function afterDenial<T>(outcome: Outcome<T>, denied: Denial | undefined): Outcome<T> {
  const threw = !outcome.success && outcome.error.code === 'PLUGIN_ERROR';
  return threw && denied !== undefined ? failure(denied.code, denied.message) : outcome;
}

/** A runner's answer as an outcome; no answer means that the runner ended. */
export function toOutcome(answer: Frame | undefined): Outcome<Json> {
  if (!answer) return failure('SANDBOX_CRASHED', 'The sandbox ended.');
  if (answer.head['ok'] !== true)
    return failure(toExecutionErrorCode(answer.head['error']), toMessage(answer.head['message']));
  const parsed = parseGuestJson(answer.body ?? 'null');
  return 'value' in parsed ? { success: true, value: parsed.value } : failure('RESULT_INVALID', parsed.problem);
}

/** What a runner's end means to a plugin in it; `guilty`: it was this plugin's doing. Says nothing that the process wrote. */
export function runnerEndFailure(end: ChildEnd, guilty: boolean): Failure {
  if (end.cause === 'closed') return failure('SANDBOX_UNAVAILABLE', 'The sandbox was closed.');
  if (end.cause === 'retired') return failure('SANDBOX_UNAVAILABLE', 'This runner is being replaced; try again.');
  if (guilty && end.cause === 'memory') return failure('MEMORY_LIMIT_EXCEEDED', PROCESS_OUT_OF_MEMORY);
  if (guilty && (end.cause === 'hung' || end.cause === 'silent'))
    return failure('TIMEOUT', 'It did not end when it was told to, and its process had to be ended.');
  return failure('SANDBOX_CRASHED', `The sandbox ended: ${endInWords(end)}.`);
}

/** For whoever has a plugin in it; the reason itself is for the log. */
export function endInWords({ cause }: ChildEnd): string {
  return END_WORDS[cause];
}

const END_WORDS = {
  closed: 'it was closed',
  retired: 'it had served its time',
  memory: 'it used up its memory',
  hung: 'a plugin in it could not be stopped',
  silent: 'it did not answer any more',
  killed: 'it broke the rules of its process',
  crashed: 'its process failed',
  lost: 'something outside ended its process',
  'not started': 'its process did not start',
} as const satisfies Record<ChildEnd['cause'], string>;

/** A code that came from a runner; what is not in the table is a runner gone wrong. */
export function toExecutionErrorCode(code: Json | undefined): ExecutionErrorCode {
  return typeof code === 'string' && isExecutionErrorCode(code) ? code : 'SANDBOX_CRASHED';
}

export function toMessage(message: Json | undefined): string {
  return typeof message === 'string' ? message : 'The sandbox gave no reason.';
}

function isExecutionErrorCode(code: string): code is ExecutionErrorCode {
  return Object.hasOwn(EXECUTION_ERROR_CODES, code);
}
