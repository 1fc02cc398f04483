/** `http:HOST`: requests to the hosts that a tenant granted, each redirect checked as the first URL was. */
import type { CapabilityLimits } from '../../config/capability-limits.ts';
import type { PrivateHost } from '../../config/private-hosts.ts';
import type { Json, JsonObject } from '../../json/json.ts';
import type { AnswerMethod, Asker } from './asker.ts';
import { optionalArg, requireOnly } from './read-args.ts';
import { denied, refused } from './refusal.ts';
import { redirectedHeaders, requestHeaders, type Headers } from './request-headers.ts';
import { targetOf, type RequestTarget } from './request-target.ts';
import { resolveHost, RESOLVERS, type Resolvers } from './resolve-host.ts';
import { sendRequest, type IncomingResponse } from './send-request.ts';
import { createSlots } from './slots.ts';

export interface FetchDeps {
  readonly limits: Pick<CapabilityLimits, 'httpAtOnce' | 'httpTimeoutMs' | 'httpRequestBytes' | 'httpResponseBytes'>;
  readonly privateHosts: readonly PrivateHost[];
  /** Default: the DNS servers of this machine. */
  readonly resolvers?: Resolvers;
}

export const FETCH_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
type FetchMethod = (typeof FETCH_METHODS)[number];

const REDIRECTS_MAX = 5;
/** Requests of one plugin that wait for others of its own. */
const WAITING_MAX = 64;

interface FetchRequest {
  readonly method: FetchMethod;
  readonly headers: Headers;
  readonly body: string | null;
}

export function createFetch(deps: FetchDeps): AnswerMethod {
  const { httpAtOnce, httpTimeoutMs, httpRequestBytes } = deps.limits;
  const slots = createSlots({ atOnce: httpAtOnce, waiting: WAITING_MAX });
  return async (asker, args, { signal }) => {
    requireOnly(args, ['url', 'method', 'headers', 'body']);
    const { url } = args;
    if (typeof url !== 'string') throw refused('url must be a text.');
    const target = targetOf(url, asker, deps.privateHosts);
    const request = requestOf(args, httpRequestBytes);
    const until = AbortSignal.any([signal, AbortSignal.timeout(httpTimeoutMs)]);
    const lane = `${asker.tenantId}/${asker.pluginName}`;
    return await slots.run(lane, until, () => follow(deps, asker, target, request, until));
  };
}

function requestOf(args: JsonObject, maxBytes: number): FetchRequest {
  const method = optionalArg(args, 'method', 'GET', () => methodOf(args['method']));
  const body = optionalArg(args, 'body', null, () => args['body']);
  if (body !== null && typeof body !== 'string') throw refused('body must be a text.');
  if (body !== null && (method === 'GET' || method === 'HEAD')) throw refused(`A ${method} has no body.`);
  const bytes = Buffer.byteLength(body ?? '');
  if (bytes > maxBytes) throw refused(`The body has ${bytes} bytes; there may be ${maxBytes}.`);
  return { method, body, headers: requestHeaders(args['headers'], body) };
}

function methodOf(given: Json | undefined): FetchMethod {
  const method = FETCH_METHODS.find((name) => name === given);
  if (!method) throw refused(`method must be one of ${FETCH_METHODS.join(', ')}.`);
  return method;
}

async function follow(
  deps: FetchDeps,
  asker: Asker,
  first: RequestTarget,
  request: FetchRequest,
  signal: AbortSignal,
): Promise<JsonObject> {
  let target = first;
  let hop = request;
  for (let redirects = 0; ; redirects += 1) {
    const response = await send(deps, target, hop, signal);
    const location = redirectOf(response);
    if (location === undefined) return answerOf(target, response);
    if (redirects === REDIRECTS_MAX) throw refused(`There are more than ${REDIRECTS_MAX} redirects.`);
    const next = targetOf(location, asker, deps.privateHosts, target.url);
    if (target.url.protocol === 'https:' && next.url.protocol === 'http:') {
      throw denied('A redirect from https: to http: is not followed.');
    }
    hop = redirected(hop, response.status, target.url.origin === next.url.origin);
    target = next;
  }
}

async function send(
  { limits, resolvers = RESOLVERS }: FetchDeps,
  target: RequestTarget,
  request: FetchRequest,
  signal: AbortSignal,
): Promise<IncomingResponse> {
  const addresses = await withinTime(resolveHost(resolvers, target, signal), target.host, signal);
  const bounds = { timeoutMs: limits.httpTimeoutMs, responseBytes: limits.httpResponseBytes };
  return await sendRequest({ url: target.url, addresses, ...request }, bounds, signal);
}

/** A resolver may not know how to stop. */
async function withinTime<T>(work: Promise<T>, host: string, signal: AbortSignal): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const stop = () => reject(refused(`The address of ${host} was not found in time.`));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, late]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function redirectOf({ status, headers }: IncomingResponse): string | undefined {
  return [301, 302, 303, 307, 308].includes(status) ? headers['location'] : undefined;
}

/** What browsers do: a POST that is sent elsewhere becomes a GET, unless the status says that it stays (307, 308). */
function redirected({ method, headers, body }: FetchRequest, status: number, sameOrigin: boolean): FetchRequest {
  const becomesGet = (status === 303 && method !== 'HEAD') || ([301, 302].includes(status) && method === 'POST');
  const kept = becomesGet ? ({ method: 'GET', body: null } as const) : { method, body };
  return { ...kept, headers: redirectedHeaders(headers, { sameOrigin, hasBody: kept.body !== null }) };
}

function answerOf({ url }: RequestTarget, { status, headers, body }: IncomingResponse): JsonObject {
  return { ok: status >= 200 && status <= 299, status, url: url.href, headers, body };
}
