/** The OpenAPI 3.1 document of the facade, made from its table of routes. */
import { ERROR_CODES, type ErrorCode } from '../errors/error-codes.ts';
import type { JsonObject } from '../json/json.ts';
import { PLATFORM_VERSION } from '../plugins/platform.ts';
import { USE_CASE_ROLES } from '../plugins/use-cases.ts';
import { OPENAPI_SCHEMAS } from './openapi-schemas.ts';
import { PROBLEM_MEDIA_TYPE } from './problem-document.ts';
import type { RestRoute } from './rest-route.ts';
import { REST_ROUTES } from './rest-routes.ts';

const COMMON_ERRORS = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'INVALID_INPUT',
  'INTERNAL_ERROR',
] as const satisfies ErrorCode[];
const BODY_ERRORS = ['PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const satisfies ErrorCode[];

export function createOpenApi(): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const route of REST_ROUTES) {
    const path = (paths[`/api/v1${route.path}`] ??= {});
    path[route.method.toLowerCase()] = toOperation(route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Hookline',
      version: PLATFORM_VERSION,
      description:
        'Plugins of a tenant: list, enable, disable, configure. Tools, hooks and live events are on /graphql.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: OPENAPI_SCHEMAS,
    },
  };
}

function toOperation(route: RestRoute): JsonObject {
  const parameters = toParameters(route);
  return {
    operationId: route.operationId,
    summary: route.summary,
    description: `${route.description} Needs the role ${USE_CASE_ROLES[route.useCase]}.`,
    tags: ['plugins'],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body
      ? { requestBody: { required: route.body.required, content: jsonOf('application/json', route.body.schema) } }
      : {}),
    responses: { 200: toSuccess(route), ...toFailures(route) },
  };
}

function toParameters(route: RestRoute): JsonObject[] {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: 'The name of the plugin.',
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(route.query ?? {}).map(([name, { description, schema }]) => ({
    name,
    in: 'query',
    description,
    schema,
  }));
  const ifMatch = {
    name: 'If-Match',
    in: 'header',
    description: 'The ETag of the config as you read it; left out, the last write wins.',
    schema: { type: 'string' },
  };
  return [...inPath, ...inQuery, ...(route.revisioned ? [ifMatch] : [])];
}

function toSuccess(route: RestRoute): JsonObject {
  const etag = { description: 'The revision of the config.', schema: { type: 'string' } };
  return {
    description: 'Done.',
    ...(route.answer === 'PluginConfig' ? { headers: { ETag: etag } } : {}),
    content: jsonOf('application/json', route.answer),
  };
}

function toFailures(route: RestRoute): JsonObject {
  const codes: ErrorCode[] = [...COMMON_ERRORS, ...(route.body ? BODY_ERRORS : []), ...route.errors];
  const byStatus = Map.groupBy(codes, (code) =>
    code === 'CONFLICT' && route.revisioned ? 412 : ERROR_CODES[code].http,
  );
  return Object.fromEntries(
    [...byStatus].map(([status, these]) => [
      status,
      { description: these.join(', '), content: jsonOf(PROBLEM_MEDIA_TYPE, 'Problem') },
    ]),
  );
}

function jsonOf(mediaType: string, schema: string): JsonObject {
  return { [mediaType]: { schema: { $ref: `#/components/schemas/${schema}` } } };
}
