/** A plugin that could be enabled: sandboxed or in process, sound or FAILED. Everything past the registry sees only this. */
import semver from 'semver';
import type { HooklineError } from '../errors/hookline-error.ts';
import type { AnswerHostRequest } from '../sandbox/host-methods.ts';
import type { OpenOptions, Outcome, PluginInstance, SandboxLogLine } from '../sandbox/sandbox.ts';
import type { ParsedPlugin } from './parsed-plugin.ts';
import { capabilityOf, PLATFORM_VERSION } from './platform.ts';
import type { PluginProblem, PluginScope, PluginTrust } from './plugin-view.ts';

interface EntryBase {
  readonly name: string;
  readonly trust: PluginTrust;
  /** Null: for all tenants. */
  readonly tenantId: string | null;
}

export interface EntryOpenOptions extends Pick<OpenOptions, 'tenantId' | 'config' | 'grants'> {
  /** Answers what the instance asks of its host, within what was granted. */
  readonly answerHostRequest: AnswerHostRequest;
  /** Where in-process code logs; the sandbox has its own way. */
  readonly onLog: (line: SandboxLogLine) => void;
}

export interface SoundEntry extends EntryBase {
  readonly problem: null;
  readonly parsed: ParsedPlugin;
  /** A new instance for one tenant, after `onLoad`. */
  open(options: EntryOpenOptions): Promise<Outcome<PluginInstance>>;
}

/** What could not be read of it is null. */
export interface FailedEntry extends EntryBase {
  readonly problem: PluginProblem;
  readonly parsed: ParsedPlugin | null;
}

export type CatalogEntry = SoundEntry | FailedEntry;

export function scopeOf(entry: CatalogEntry): PluginScope {
  return entry.tenantId === null ? 'GLOBAL' : 'TENANT';
}

/** Why this platform cannot run a plugin that parsed well, or undefined. */
export function incompatibility(parsed: ParsedPlugin): string | undefined {
  const range = parsed.compatibleVersions;
  if (range !== null && !semver.satisfies(PLATFORM_VERSION, range, { includePrerelease: true })) {
    return `${parsed.name} ${parsed.version} works with Hookline ${range}; this is ${PLATFORM_VERSION}.`;
  }
  const missing = parsed.requiredPermissions.filter((permission) => capabilityOf(permission)?.offered !== true);
  if (missing.length === 0) return undefined;
  return `${parsed.name} needs ${missing.join(', ')}, which Hookline ${PLATFORM_VERSION} does not offer.`;
}

export function problem(
  code: HooklineError['code'],
  message: string,
  more: Partial<Pick<PluginProblem, 'rule' | 'line' | 'column' | 'at'>> & Pick<PluginProblem, 'details'> = {},
): PluginProblem {
  return { code, message, rule: null, line: null, column: null, at: new Date().toISOString(), ...more };
}
