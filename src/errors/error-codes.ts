/**
 * What a caller can do wrong, or meet: the one table from which GraphQL's `extensions.code`, REST's problem documents,
 * the docs and the tests derive. `http` is the status of the REST facade; `title` is RFC 9457's.
 */
export const ERROR_CODES = {
  UNAUTHENTICATED: { http: 401, title: 'Not signed in' },
  FORBIDDEN: { http: 403, title: 'Not allowed' },
  INVALID_INPUT: { http: 400, title: 'Invalid input' },
  QUERY_REJECTED: { http: 400, title: 'Query rejected' },
  PAYLOAD_TOO_LARGE: { http: 413, title: 'Payload too large' },
  UNSUPPORTED_MEDIA_TYPE: { http: 415, title: 'Unsupported media type' },
  METHOD_NOT_ALLOWED: { http: 405, title: 'Method not allowed' },
  NOT_FOUND: { http: 404, title: 'Not found' },
  PLUGIN_NOT_FOUND: { http: 404, title: 'Plugin not found' },
  TOOL_NOT_FOUND: { http: 404, title: 'Tool not found' },
  PLUGIN_NOT_ENABLED: { http: 409, title: 'Plugin not enabled' },
  PLUGIN_INCOMPATIBLE: { http: 422, title: 'Plugin incompatible' },
  PLUGIN_VALIDATION_FAILED: { http: 422, title: 'Plugin refused by validation' },
  PLUGIN_COMPILE_FAILED: { http: 422, title: 'Plugin does not compile' },
  PLUGIN_LOAD_FAILED: { http: 422, title: 'Plugin does not load' },
  CONFIG_INVALID: { http: 422, title: 'Invalid config' },
  PARAMS_INVALID: { http: 422, title: 'Invalid tool parameters' },
  PERMISSION_DENIED: { http: 403, title: 'Permission not granted' },
  CONFLICT: { http: 409, title: 'Conflict' },
  IDEMPOTENCY_MISMATCH: { http: 422, title: 'Idempotency key used for another request' },
  RATE_LIMITED: { http: 429, title: 'Too many requests' },
  SERVICE_UNAVAILABLE: { http: 503, title: 'Service unavailable' },
  SLOW_CONSUMER: { http: 503, title: 'Subscriber too slow' },
  CURSOR_EXPIRED: { http: 410, title: 'Cursor older than retention' },
  INTERNAL_ERROR: { http: 500, title: 'Internal error' },
} as const satisfies Record<string, { http: number; title: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;
