/** Answers what plugins ask of their host: checks the grant each time, hands the request on, and turns failures into answers. */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { toCallerError } from '../../db/database-errors.ts';
import { HooklineError } from '../../errors/hookline-error.ts';
import { findJsonProblem } from '../../json/json-problem.ts';
import { isJsonObject } from '../../json/json.ts';
import { HOST_METHODS, type AnswerHostRequest, type HostAnswer, type HostMethod } from '../../sandbox/host-methods.ts';
import type { HostRequest } from '../../sandbox/host-methods.ts';
import type { AnswerMethod, Asker } from './asker.ts';
import { createEmit, type EmitDeps } from './emit.ts';
import { createFetch, type FetchDeps } from './fetch.ts';
import { createKv, type KvDeps } from './kv.ts';
import { denied, Refusal, refused } from './refusal.ts';

export type RequestOutcome = 'answered' | 'denied' | 'exhausted' | 'refused' | 'failed';

export interface CapabilityDeps extends KvDeps, EmitDeps, FetchDeps {
  readonly limits: KvDeps['limits'] & EmitDeps['limits'] & FetchDeps['limits'];
  readonly log: Logger;
  /** Told of every request. */
  readonly onRequest?: (asker: Asker, method: HostMethod, outcome: RequestOutcome) => void;
}

/** What answers one plugin of one tenant. */
export type AnswerFor = (asker: Asker) => AnswerHostRequest;

export function createAnswerer(deps: CapabilityDeps): AnswerFor {
  const kv = createKv(deps);
  const methods: Record<HostMethod, AnswerMethod> = {
    'kv.get': kv.get,
    'kv.set': kv.set,
    'kv.delete': kv.delete,
    'kv.list': kv.list,
    'http.fetch': createFetch(deps),
    'events.emit': createEmit(deps),
  };
  return (asker) => async (request) => {
    try {
      const value = await perform(methods, asker, request);
      deps.onRequest?.(asker, request.method, 'answered');
      return { success: true, value };
    } catch (error) {
      const { answer, outcome } = failure(deps, asker, request, error);
      deps.onRequest?.(asker, request.method, outcome);
      return answer;
    }
  };
}

async function perform(methods: Record<HostMethod, AnswerMethod>, asker: Asker, request: HostRequest) {
  if (!Object.hasOwn(methods, request.method)) throw refused('There is no such request.');
  const { capability } = HOST_METHODS[request.method];
  requireGrant(asker, capability);
  const { args } = request;
  if (!isJsonObject(args)) throw refused('The arguments must be an object.');
  const problem = findJsonProblem(args);
  if (problem) throw refused(`${problem.pointer.slice(1)} ${problem.message}.`);
  return await methods[request.method](asker, args, request);
}

const GRANTS = {
  kv: { permission: 'kv', allows: (grant: string) => grant === 'kv' },
  // Which hosts it may fetch from is decided where the host is known.
  http: { permission: 'http:HOST', allows: (grant: string) => grant.startsWith('http:') },
  events: { permission: 'events:emit', allows: (grant: string) => grant === 'events:emit' },
} as const;

function requireGrant({ granted, pluginName }: Asker, capability: keyof typeof GRANTS): void {
  const { permission, allows } = GRANTS[capability];
  if (granted.some(allows)) return;
  throw denied(
    `"${pluginName}" has no permission for this: it needs ${permission}, in requiredPermissions and granted by the tenant.`,
  );
}

function failure(
  { log }: CapabilityDeps,
  { tenantId, pluginName }: Asker,
  { method, signal }: HostRequest,
  error: unknown,
): { answer: HostAnswer; outcome: RequestOutcome } {
  const known = error instanceof Refusal ? error : undefined;
  if (known) return { answer: { success: false, kind: known.kind, message: known.message }, outcome: known.kind };
  const caller = toCallerError(error);
  if (caller instanceof HooklineError) {
    return { answer: { success: false, kind: 'refused', message: caller.message }, outcome: 'failed' };
  }
  if (signal.aborted) {
    return { answer: { success: false, kind: 'refused', message: 'The call has ended.' }, outcome: 'refused' };
  }
  const id = randomUUID();
  log.error({ err: error, id, tenantId: `Tenant:${tenantId}`, pluginName, method }, 'A request of a plugin failed');
  const message = `This did not work, by no fault of the plugin. The log of the server says more under ${id}.`;
  return { answer: { success: false, kind: 'refused', message }, outcome: 'failed' };
}
