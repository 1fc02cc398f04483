/** The capabilities of a plugin in this process: the same answerer behind them, without a sandbox between. */
import { isJsonObject } from '../../json/json.ts';
import { toJson } from '../../json/to-json.ts';
import type { AnswerHostRequest, HostRequest } from '../../sandbox/host-methods.ts';
import { createCapabilities, type Capabilities } from '../../sdk/capabilities.ts';

/** What a call fails with that has no permission, or asked too often, unless the plugin catches it. */
export class DeniedByHost extends Error {
  override readonly name = 'DeniedByHost';
  readonly code: 'PERMISSION_DENIED' | 'HOST_CALL_BUDGET_EXCEEDED';

  constructor(code: DeniedByHost['code'], message: string) {
    super(message);
    this.code = code;
  }
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
    if (answered.kind === 'refused') throw new Error(answered.message);
    throw new DeniedByHost(
      answered.kind === 'denied' ? 'PERMISSION_DENIED' : 'HOST_CALL_BUDGET_EXCEEDED',
      answered.message,
    );
  });
}
