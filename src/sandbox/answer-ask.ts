import type { Json } from '../json/json.ts';
import { ASK_LIMITS } from './ask-limits.ts';
import { parseGuestJson } from './guest-json.ts';
import type { HostAccount } from './host-account.ts';
import { HOST_METHODS, type AnswerHostRequest, type HostAnswer, type HostMethod } from './host-methods.ts';

export interface AnswerAskDeps {
  readonly answer: AnswerHostRequest | undefined;
  /** The longest arguments and the longest answer, as JSON: both go from one side to the other as a call's input does. */
  readonly inputBytes: number;
}

/** What a plugin asked, still as it came out of the isolate. */
export interface Ask {
  readonly method: Json | undefined;
  readonly args: string;
}

const MAX_MESSAGE_CHARS = 1_000;

const DENIALS = { denied: 'PERMISSION_DENIED', exhausted: 'HOST_CALL_BUDGET_EXCEEDED' } as const;

/**
 * Has the host answer what a plugin asked in the name of `account`. Gives one letter and text, as the isolate takes it: `v` a
 * value as JSON, `d` why it is denied, `r` why it did not work. Never rejects.
 */
export async function answerAsk(deps: AnswerAskDeps, account: HostAccount, ask: Ask): Promise<string> {
  if (account.pending >= ASK_LIMITS.ofCall)
    return refusal(`${ASK_LIMITS.ofCall} requests to the host are under way in this call already.`);
  account.pending += 1;
  const answer = await settle(deps, account, ask);
  account.pending -= 1;
  if (!answer.success) {
    const message = oneLine(answer.message);
    if (answer.kind !== 'refused') account.denied = { code: DENIALS[answer.kind], message };
    return answer.kind === 'denied' ? `d${message}` : refusal(message);
  }
  const text = JSON.stringify(answer.value);
  return isLonger(text, deps.inputBytes)
    ? refusal(`The answer is longer than ${deps.inputBytes} bytes of JSON.`)
    : `v${text}`;
}

export function refusal(message: string): string {
  return `r${message}`;
}

async function settle(
  { answer, inputBytes }: AnswerAskDeps,
  account: HostAccount,
  { method, args }: Ask,
): Promise<HostAnswer> {
  if (!isHostMethod(method)) return refused('The host offers nothing of that name.');
  if (isLonger(args, inputBytes)) return refused(`The arguments are longer than ${inputBytes} bytes of JSON.`);
  const parsed = parseGuestJson(args);
  if (!('value' in parsed)) return refused(`The arguments cannot be taken: ${parsed.problem}`);
  if (!answer)
    return { success: false, kind: 'denied', message: 'This plugin has no permission to ask its host for anything.' };
  // Before it is carried out: from then on nobody can say that nothing was changed.
  if (HOST_METHODS[method].changes) account.told = true;
  try {
    return await answer({ method, args: parsed.value, call: account.call, signal: account.signal });
  } catch {
    return refused('The host could not do it.');
  }
}

/** A character is at most three bytes, so most texts need no counting. */
export function isLonger(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && Buffer.byteLength(text) > bytes;
}

function refused(message: string): HostAnswer {
  return { success: false, kind: 'refused', message };
}

function isHostMethod(method: Json | undefined): method is HostMethod {
  return typeof method === 'string' && Object.hasOwn(HOST_METHODS, method);
}

/** A frame's body is one line. */
function oneLine(message: string): string {
  return message.replace(/\s+/g, ' ').slice(0, MAX_MESSAGE_CHARS);
}
