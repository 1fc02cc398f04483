/** The settings of a server, parsed once from the environment; docs/OPERATIONS.md lists them. */
import { resolve } from 'node:path';
import { CAPABILITY_LIMITS, type CapabilityLimits } from './capability-limits.ts';
import { HOOK_LIMITS } from './hook-limits.ts';
import { readPrivateHost, type PrivateHost } from './private-hosts.ts';
import { readLimits } from './read-limits.ts';
import type { LimitPolicy } from './sandbox-limits.ts';
import { SettingsError } from './settings-error.ts';

export { SettingsError } from './settings-error.ts';

export interface Settings {
  readonly host: string;
  readonly port: number;
  /** Absent: the embedded database in the data folder. */
  readonly databaseUrl: string | undefined;
  readonly redisUrl: string | undefined;
  readonly logLevel: LogLevel;
  /** Absolute. */
  readonly dataDir: string;
  /** Absolute. */
  readonly pluginsDir: string;
  readonly auth: AuthSettings;
  readonly production: boolean;
  readonly sandboxProfile: 'hardened' | 'jit';
  readonly sandboxCordon: 'shared' | 'tenant';
  readonly sandboxTier: SandboxTierChoice;
  /** After so many kills within the window a plugin is disabled for its tenant. */
  readonly breaker: { readonly kills: number; readonly windowMs: number };
  /** Tool calls and hook invocations of one tenant under way at a time, over all its plugins. */
  readonly callsPerTenant: number;
  /** Milliseconds for the mutators and validators of one hook invocation together. */
  readonly hookInvocationMs: number;
  /** Of these, calls of one tool; a tool may say less. */
  readonly callsPerTool: number;
  /** How long an idempotency key is kept. */
  readonly idempotencyHours: number;
  /** Of the sandbox, and what plugins may wish for. */
  readonly limits: LimitPolicy;
  readonly retention: { readonly days: number; readonly eventsPerTenant: number };
  readonly capabilityLimits: CapabilityLimits;
  /** Hosts that plugins may reach, with a grant, although their addresses are not public. */
  readonly httpPrivateHosts: readonly PrivateHost[];
  /** A bearer token that opens /metrics from other hosts. */
  readonly metricsToken: string | undefined;
}

export interface AuthSettings {
  /** At least 32 bytes, for HS256. */
  readonly jwtSecret: string | undefined;
  readonly jwksUrl: string | undefined;
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** How much of the operating system holds the child processes: the most that works, or one that is demanded. */
export const SANDBOX_TIER_CHOICES = ['auto', 'strict', 'unshare', 'portable'] as const;
export type SandboxTierChoice = (typeof SANDBOX_TIER_CHOICES)[number];

export function readSettings(env: Readonly<Record<string, string | undefined>>, cwd = process.cwd()): Settings {
  const text = (name: string) => env[name]?.trim() || undefined;
  const settings: Settings = {
    host: text('HOST') ?? '127.0.0.1',
    port: readInteger('PORT', text('PORT'), 4000, 0, 65_535),
    databaseUrl: readUrl('DATABASE_URL', text('DATABASE_URL'), ['postgres:', 'postgresql:']),
    redisUrl: readUrl('REDIS_URL', text('REDIS_URL'), ['redis:', 'rediss:']),
    logLevel: readChoice('LOG_LEVEL', text('LOG_LEVEL'), LOG_LEVELS, 'info'),
    dataDir: resolve(cwd, text('HOOKLINE_DATA_DIR') ?? '.hookline'),
    pluginsDir: resolve(cwd, text('HOOKLINE_PLUGINS_DIR') ?? 'plugins'),
    auth: {
      jwtSecret: readSecret('HOOKLINE_JWT_SECRET', text('HOOKLINE_JWT_SECRET')),
      jwksUrl: readUrl('HOOKLINE_JWKS_URL', text('HOOKLINE_JWKS_URL'), ['https:', 'http:']),
      issuer: text('HOOKLINE_JWT_ISSUER'),
      audience: text('HOOKLINE_JWT_AUDIENCE'),
    },
    production: text('NODE_ENV') === 'production',
    sandboxProfile: readChoice(
      'HOOKLINE_SANDBOX_PROFILE',
      text('HOOKLINE_SANDBOX_PROFILE'),
      ['hardened', 'jit'],
      'hardened',
    ),
    sandboxCordon: readChoice(
      'HOOKLINE_SANDBOX_CORDON',
      text('HOOKLINE_SANDBOX_CORDON'),
      ['shared', 'tenant'],
      'shared',
    ),
    sandboxTier: readChoice('HOOKLINE_SANDBOX_TIER', text('HOOKLINE_SANDBOX_TIER'), SANDBOX_TIER_CHOICES, 'auto'),
    limits: readLimits(env),
    callsPerTenant: readInteger('HOOKLINE_CALLS_PER_TENANT', text('HOOKLINE_CALLS_PER_TENANT'), 256, 1, 100_000),
    hookInvocationMs: readHookInvocationMs(text),
    callsPerTool: readInteger('HOOKLINE_CALLS_PER_TOOL', text('HOOKLINE_CALLS_PER_TOOL'), 256, 1, 100_000),
    idempotencyHours: readInteger('HOOKLINE_IDEMPOTENCY_HOURS', text('HOOKLINE_IDEMPOTENCY_HOURS'), 24, 1, 720),
    breaker: {
      kills: readInteger('HOOKLINE_BREAKER_KILLS', text('HOOKLINE_BREAKER_KILLS'), 5, 1, 10),
      windowMs: 1_000 * readInteger('HOOKLINE_BREAKER_SECONDS', text('HOOKLINE_BREAKER_SECONDS'), 600, 1, 86_400),
    },
    retention: {
      days: readInteger('HOOKLINE_RETENTION_DAYS', text('HOOKLINE_RETENTION_DAYS'), 7, 1, 3_650),
      eventsPerTenant: readInteger(
        'HOOKLINE_RETENTION_EVENTS',
        text('HOOKLINE_RETENTION_EVENTS'),
        1_000_000,
        1_000,
        1_000_000_000,
      ),
    },
    capabilityLimits: readCapabilityLimits(text),
    httpPrivateHosts: readPrivateHosts('HOOKLINE_HTTP_PRIVATE_HOSTS', text('HOOKLINE_HTTP_PRIVATE_HOSTS')),
    metricsToken: text('HOOKLINE_METRICS_TOKEN'),
  };
  if (settings.auth.jwtSecret && settings.auth.jwksUrl) {
    throw new SettingsError(
      'Set HOOKLINE_JWT_SECRET or HOOKLINE_JWKS_URL, not both: a token has one issuer and one algorithm.',
    );
  }
  return settings;
}

function readHookInvocationMs(text: (name: string) => string | undefined): number {
  const { setting, default: usual, min, max } = HOOK_LIMITS.invocationMs;
  return readInteger(setting, text(setting), usual, min, max);
}

function readCapabilityLimits(text: (name: string) => string | undefined): CapabilityLimits {
  const limits = Object.entries(CAPABILITY_LIMITS).map(([name, { setting, default: usual, min, max }]) => [
    name,
    readInteger(setting, text(setting), usual, min, max),
  ]);
  return Object.fromEntries(limits) as CapabilityLimits;
}

function readPrivateHosts(name: string, value: string | undefined): readonly PrivateHost[] {
  return (value?.split(',') ?? []).map((entry) => {
    const host = readPrivateHost(entry.trim());
    if (!host) {
      throw new SettingsError(
        `${name} has "${entry.trim()}"; it must be hosts with or without a port, with commas between: intranet.example,10.1.2.3:8080.`,
      );
    }
    return host;
  });
}

function readInteger(name: string, value: string | undefined, fallback: number, min: number, max: number): number {
  if (value === undefined) return fallback;
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < min || number > max) {
    throw new SettingsError(`${name} is "${value}"; it must be a whole number from ${min} to ${max}.`);
  }
  return number;
}

function readChoice<T extends string>(name: string, value: string | undefined, choices: readonly T[], fallback: T): T {
  if (value === undefined) return fallback;
  const choice = choices.find((candidate) => candidate === value);
  if (!choice) throw new SettingsError(`${name} is "${value}"; it must be one of ${choices.join(', ')}.`);
  return choice;
}

function readUrl(name: string, value: string | undefined, protocols: readonly string[]): string | undefined {
  if (value === undefined) return undefined;
  if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol)) {
    // The value itself may hold a password, so it is not repeated.
    throw new SettingsError(`${name} cannot be read; it must be a URL that starts with ${protocols.join(' or ')}//.`);
  }
  return value;
}

function readSecret(name: string, value: string | undefined): string | undefined {
  if (value !== undefined && Buffer.byteLength(value) < 32) {
    throw new SettingsError(
      `${name} is too short; HS256 needs at least 32 bytes. One way to make it: openssl rand -base64 48`,
    );
  }
  return value;
}
