/** What plugins may use beyond computing: each limit with its setting. They hold for one plugin of one tenant unless `means` says otherwise. */
export const CAPABILITY_LIMITS = {
  kvEntries: { setting: 'HOOKLINE_KV_ENTRIES', default: 10_000, min: 1, max: 10_000_000, means: 'entries it keeps' },
  kvBytes: {
    setting: 'HOOKLINE_KV_BYTES',
    default: 16_777_216,
    min: 1_024,
    max: 1_099_511_627_776,
    means: 'bytes of all its keys and values',
  },
  kvValueBytes: {
    setting: 'HOOKLINE_KV_VALUE_BYTES',
    default: 65_536,
    min: 16,
    max: 262_144,
    means: 'bytes of one value, as JSON',
  },
  httpAtOnce: { setting: 'HOOKLINE_HTTP_AT_ONCE', default: 4, min: 1, max: 64, means: 'requests under way' },
  httpTimeoutMs: {
    setting: 'HOOKLINE_HTTP_TIMEOUT_MS',
    default: 10_000,
    min: 100,
    max: 60_000,
    means: 'milliseconds for one request with its redirects',
  },
  httpRequestBytes: {
    setting: 'HOOKLINE_HTTP_REQUEST_BYTES',
    default: 65_536,
    min: 0,
    max: 262_144,
    means: 'bytes of a request’s body',
  },
  httpResponseBytes: {
    setting: 'HOOKLINE_HTTP_RESPONSE_BYTES',
    default: 131_072,
    min: 1_024,
    max: 1_048_576,
    means: 'bytes of a response’s body, decompressed',
  },
  emitsPerSecond: {
    setting: 'HOOKLINE_EMITS_PER_SECOND',
    default: 20,
    min: 1,
    max: 10_000,
    means: 'events it emits, with ten seconds’ worth at once',
  },
  tenantEmitsPerSecond: {
    setting: 'HOOKLINE_TENANT_EMITS_PER_SECOND',
    default: 100,
    min: 1,
    max: 10_000,
    means: 'events that all plugins of a tenant emit, with ten seconds’ worth at once',
  },
  emitBytes: {
    setting: 'HOOKLINE_EMIT_BYTES',
    default: 16_384,
    min: 16,
    max: 65_536,
    means: 'bytes of the data of one event, as JSON',
  },
  logLinesPerSecond: {
    setting: 'HOOKLINE_PLUGIN_LOG_LINES_PER_SECOND',
    default: 20,
    min: 1,
    max: 10_000,
    means: 'lines of its log, with ten seconds’ worth at once',
  },
} as const satisfies Record<string, { setting: string; default: number; min: number; max: number; means: string }>;

export type CapabilityLimits = { readonly [L in keyof typeof CAPABILITY_LIMITS]: number };
