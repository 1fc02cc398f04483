import type { Json, JsonObject } from '../../json/json.ts';
import type { HostRequest } from '../../sandbox/host-methods.ts';

/** Who asks, as the host knows it: never an argument. */
export interface Asker {
  /** UUID. */
  readonly tenantId: string;
  readonly pluginName: string;
  /** The permissions that the tenant granted. */
  readonly granted: readonly string[];
}

/** Does what one method asks. What is wrong with the request is thrown as a Refusal; anything else that is thrown is a bug. */
export type AnswerMethod = (
  asker: Asker,
  args: JsonObject,
  request: Pick<HostRequest, 'call' | 'signal'>,
) => Promise<Json>;
