/** Which isolated-vm may hold plugins: older ones let a guest escape to its host. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import semver from 'semver';

/** isolated-vm is not there, or may not hold plugins: says which version does. */
export class IsolatedVmError extends Error {
  override readonly name = 'IsolatedVmError';
}

export interface IsolatedVmPackage {
  readonly version: string;
  readonly folder: string;
  /** node-gyp-build, which finds the binary. */
  readonly loaderFolder: string;
}

/** GHSA-864f-rcv7-6rh4 is fixed in 6.2.0 and in 7.0.1. */
const SAFE_VERSIONS = '>=6.2.0 <7.0.0 || >=7.0.1';

export function isSafeIsolatedVm(version: string): boolean {
  return semver.satisfies(version, SAFE_VERSIONS);
}

/** The isolated-vm that the module at `from` would load. Throws an IsolatedVmError when there is none, or an unsafe one. */
export function findIsolatedVm(from: string = import.meta.url): IsolatedVmPackage {
  const manifest = resolveFrom(from, 'isolated-vm/package.json');
  const loader = resolveFrom(manifest, 'node-gyp-build/package.json');
  const parsed: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
  const version =
    typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : 'unknown';
  if (!isSafeIsolatedVm(version)) {
    throw new IsolatedVmError(
      `isolated-vm ${version} lets plugins escape (GHSA-864f-rcv7-6rh4). Install 7.0.1 or newer, or 6.2.0 or newer of version 6.`,
    );
  }
  return { version, folder: dirname(manifest), loaderFolder: dirname(loader) };
}

function resolveFrom(from: string, file: string): string {
  try {
    return createRequire(from).resolve(file);
  } catch (cause) {
    throw new IsolatedVmError(`isolated-vm is not installed (${file} is missing). Run npm install.`, { cause });
  }
}
