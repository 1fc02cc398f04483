/** The capabilities of a plugin in this process: the same answerer behind them, without a sandbox between. */
import { isJsonObject } from '../../json/json.ts';
import { toJson } from '../../json/to-json.ts';
import type { AnswerHostRequest, HostRequest } from '../../sandbox/host-methods.ts';
import { createCapabilities, type Capabilities } from '../../sdk/capabilities.ts';

/** What a call without permission fails with, unless the plugin catches it. */
export class PermissionDenied extends Error {
  override readonly name = 'PermissionDenied';
}

export function capabilitiesInProcess(
  answer: AnswerHostRequest,
  { call, signal }: Pick<HostRequest, 'call' | 'signal'>,
): Capabilities {
  return createCapabilities(async (method, given) => {
    const args = toJson(given);
    if (!isJsonObject(args)) throw new TypeError('What is asked of the host must be JSON.');
    const answered = await answer({ method, args, call, signal });
    if (answered.success) return answered.value;
    throw answered.kind === 'denied' ? new PermissionDenied(answered.message) : new Error(answered.message);
  });
}
