/** One route of the facade: from it derive the Fastify route and its part of the OpenAPI document. */
import type { Actor } from '../auth/actor.ts';
import type { ErrorCode } from '../errors/error-codes.ts';
import type { Json, JsonObject } from '../json/json.ts';
import type { USE_CASE_ROLES, UseCases } from '../plugins/use-cases.ts';

export interface RestRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** Undefined for an empty one. */
  readonly body: Json | undefined;
  readonly ifMatch: string | undefined;
}

export interface RestAnswer {
  readonly body: Json;
  /** With its quotes. */
  readonly etag?: string;
}

export interface RestRoute {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Below /api/v1, parameters in braces, as OpenAPI has them. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  /** The use case that decides who may. */
  readonly useCase: keyof typeof USE_CASE_ROLES;
  /** Names of the query's parameters, each with what OpenAPI says of it. */
  readonly query?: Readonly<Record<string, { readonly description: string; readonly schema: JsonObject }>>;
  readonly body?: { readonly schema: string; readonly required: boolean };
  /** Takes `If-Match` and answers with an `ETag`. */
  readonly revisioned?: boolean;
  /** The schema of the answer. */
  readonly answer: string;
  /** What it may refuse beyond what every route may. */
  readonly errors: readonly ErrorCode[];
  readonly run: (useCases: UseCases, caller: Actor | null, request: RestRequest) => Promise<RestAnswer>;
}
