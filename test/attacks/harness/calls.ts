/** The calls a test makes of the server under attack, as a client would make them. */
import {
  DisablePluginDocument,
  EnablePluginDocument,
  ExecuteToolDocument,
  InvokeHookDocument,
  type ExecuteToolInput,
  type InvokeHookInput,
} from '../../../generated/graphql/graphql.ts';
import type { JsonObject } from '../../../src/json/json.ts';
import { request } from '../../rig/graphql-client.ts';
import type { AttackServer } from './start-attack-server.ts';

/** What came of a call, in one word, and everything that came back. */
export interface Answer {
  /** `OK`, or the code of what went wrong; a cause after a colon. */
  readonly code: string;
  readonly message: string;
  readonly data: unknown;
  readonly ms: number;
  /** The whole answer, to be searched. */
  readonly text: string;
  readonly executionId?: string;
  /** The rule, where the validator spoke. */
  readonly rule?: string;
}

export interface Caller {
  enable(name: string, config?: JsonObject, grants?: readonly string[]): Promise<Answer>;
  disable(name: string): Promise<Answer>;
  execute(input: ExecuteToolInput): Promise<Answer>;
  /** Of several steps, how the first ended that did not end well. */
  invoke(input: InvokeHookInput): Promise<Answer>;
}

export function createCaller({ url }: Pick<AttackServer, 'url'>, token: string): Caller {
  return {
    enable: (name, config, grants) =>
      timed(
        () =>
          request(url, token, EnablePluginDocument, {
            input: { name, ...(config ? { config } : {}), ...(grants ? { grants: [...grants] } : {}) },
          }),
        (data) => ({ code: 'OK', message: '', data: data.enablePlugin }),
      ),
    disable: (name) =>
      timed(
        () => request(url, token, DisablePluginDocument, { input: { name } }),
        (data) => ({ code: 'OK', message: '', data: data.disablePlugin }),
      ),
    execute: (input) =>
      timed(
        () => request(url, token, ExecuteToolDocument, { input }),
        ({ executeTool: { id, error, data } }) => ({
          code: error?.code ?? 'OK',
          message: error?.message ?? '',
          data,
          executionId: id,
        }),
      ),
    invoke: (input) =>
      timed(
        () => request(url, token, InvokeHookDocument, { input }),
        ({ invokeHook }) => {
          const failed = invokeHook.steps.find(({ error }) => error);
          return { code: failed?.error?.code ?? 'OK', message: failed?.error?.message ?? '', data: invokeHook };
        },
      ),
  };
}

type Read = Pick<Answer, 'code' | 'message' | 'data' | 'executionId'>;

async function timed<T>(
  ask: () => Promise<Awaited<ReturnType<typeof request<T, unknown>>>>,
  read: (data: T) => Read,
): Promise<Answer> {
  const startedAt = performance.now();
  const { data, errors } = await ask();
  const ms = performance.now() - startedAt;
  const text = JSON.stringify({ data, errors });
  const [error] = errors ?? [];
  if (error) return { ...readError(error.extensions, error.message), ms, text };
  if (!data) throw new Error(`The answer holds neither data nor errors: ${text}`);
  return { ...read(data), ms, text };
}

function readError(extensions: { code: string; details?: unknown }, message: string) {
  const { code } = extensions;
  const details: unknown = extensions.details;
  const cause = isRecord(details) && typeof details['cause'] === 'string' ? `:${details['cause']}` : '';
  const [first] = Array.isArray(details) ? (details as readonly unknown[]) : [];
  const rule = isRecord(first) && typeof first['rule'] === 'string' ? { rule: first['rule'] } : {};
  return { code: `${code}${cause}`, message, data: null, ...rule };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
