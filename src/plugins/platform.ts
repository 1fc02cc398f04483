/** What the platform is: its version, with which plugins are compared, and the capabilities it can grant. */
import { readFileSync } from 'node:fs';
import { isJsonObject } from '../json/json.ts';

/** The version in package.json, which `compatibleVersions` is compared with. */
export const PLATFORM_VERSION = readVersion();

/** Capabilities by the part of a permission before its colon, and whether this version offers them. */
interface Capability {
  readonly pattern: RegExp;
  readonly offered: boolean;
}

export const CAPABILITIES: Readonly<Record<'kv' | 'http' | 'secrets' | 'events', Capability>> = {
  kv: { pattern: /^kv$/, offered: true },
  // A host, IDN as punycode; `*.` and a name for those below it; or an address that is public, IPv6 in brackets.
  http: { pattern: /^http:((\*\.)?[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?|\[[0-9a-f:]{2,39}\])$/, offered: true },
  secrets: { pattern: /^secrets:[A-Za-z][A-Za-z0-9_]{0,63}$/, offered: false },
  events: { pattern: /^events:emit$/, offered: true },
};

/** The capability a permission names, or undefined when it is none. */
export function capabilityOf(permission: string): Capability | undefined {
  return Object.values(CAPABILITIES).find((capability) => capability.pattern.test(permission));
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  if (!isJsonObject(manifest) || typeof manifest['version'] !== 'string')
    throw new Error('package.json has no version');
  return manifest['version'];
}
