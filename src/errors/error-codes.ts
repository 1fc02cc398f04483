/**
 * What a caller can do wrong, or meet: the one table from which GraphQL's `extensions.code`, REST's problem documents,
 * the docs and the tests derive. `http` is the status of the REST facade; `title` is RFC 9457's; `when` is for readers of the docs.
 */
export const ERROR_CODES = {
  UNAUTHENTICATED: {
    http: 401,
    title: 'Not signed in',
    when: 'no token, a bad or expired one, or one of an unknown tenant',
  },
  FORBIDDEN: {
    http: 403,
    title: 'Not allowed',
    when: 'the role does not allow it, or the token speaks for another agent',
  },
  INVALID_INPUT: {
    http: 400,
    title: 'Invalid input',
    when: 'a wrong field or GraphQL variable, a bad cursor, a page over 200, a malformed body',
  },
  QUERY_REJECTED: { http: 400, title: 'Query rejected', when: 'GraphQL: syntax, validation, or a query limit' },
  PAYLOAD_TOO_LARGE: { http: 413, title: 'Payload too large', when: 'the body is larger than it may be' },
  UNSUPPORTED_MEDIA_TYPE: {
    http: 415,
    title: 'Unsupported media type',
    when: 'the body is not sent as application/json',
  },
  METHOD_NOT_ALLOWED: { http: 405, title: 'Method not allowed', when: 'the path is there, but not with this method' },
  NOT_FOUND: { http: 404, title: 'Not found', when: 'there is nothing at this address' },
  PLUGIN_NOT_FOUND: {
    http: 404,
    title: 'Plugin not found',
    when: "the tenant's catalog has no such plugin, or not in that version",
  },
  TOOL_NOT_FOUND: { http: 404, title: 'Tool not found', when: 'no plugin of the tenant has such a tool' },
  PLUGIN_NOT_ENABLED: {
    http: 409,
    title: 'Plugin not enabled',
    when: 'the tool is there, its plugin is not in use for this tenant',
  },
  PLUGIN_INCOMPATIBLE: {
    http: 422,
    title: 'Plugin incompatible',
    when: 'the plugin does not fit this platform, or the registered version is gone',
  },
  PLUGIN_VALIDATION_FAILED: {
    http: 422,
    title: 'Plugin refused by validation',
    when: 'a rule refused the source or the metadata; `details` say where',
  },
  PLUGIN_COMPILE_FAILED: {
    http: 422,
    title: 'Plugin does not compile',
    when: 'the source passed the rules and V8 refuses it',
  },
  PLUGIN_LOAD_FAILED: {
    http: 422,
    title: 'Plugin does not load',
    when: 'the module, the constructor or `onLoad` failed; `details.cause` is an execution code',
  },
  CONFIG_INVALID: {
    http: 422,
    title: 'Invalid config',
    when: 'the config does not fit the `configSchema`; `details` point at the fields',
  },
  PARAMS_INVALID: {
    http: 422,
    title: 'Invalid tool parameters',
    when: "the params do not fit the tool's schema; `details` point at the fields",
  },
  PERMISSION_DENIED: {
    http: 403,
    title: 'Permission not granted',
    when: 'a permission that the plugin requires is not granted',
  },
  CONFLICT: {
    http: 409,
    title: 'Conflict',
    when: 'another revision, a name that is taken, or a tool that two plugins offer; 412 after `If-Match`',
  },
  IDEMPOTENCY_MISMATCH: {
    http: 422,
    title: 'Idempotency key used for another request',
    when: 'the idempotency key came with another request before',
  },
  RATE_LIMITED: { http: 429, title: 'Too many requests', when: 'too much at once; with Retry-After' },
  SERVICE_UNAVAILABLE: {
    http: 503,
    title: 'Service unavailable',
    when: 'the database, the keys or the sandbox are out of reach, or the server is stopping; with Retry-After',
  },
  SLOW_CONSUMER: {
    http: 503,
    title: 'Subscriber too slow',
    when: 'a subscriber that reads too slowly; `details.cursor` is where to resume',
  },
  CURSOR_EXPIRED: {
    http: 410,
    title: 'Cursor older than retention',
    when: 'the cursor is older than retention; `details.oldest` is the earliest one that still works',
  },
  INTERNAL_ERROR: { http: 500, title: 'Internal error', when: 'a bug; the message has an id that the log has too' },
} as const satisfies Record<string, { http: number; title: string; when: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;
