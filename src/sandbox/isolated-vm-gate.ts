/** Which isolated-vm may hold plugins: older ones let a guest escape to its host. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import semver from 'semver';

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

export function findIsolatedVm(from: string = import.meta.url): IsolatedVmPackage {
  const require = createRequire(from);
  const manifest = require.resolve('isolated-vm/package.json');
  const loader = createRequire(manifest).resolve('node-gyp-build/package.json');
  const parsed: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
  const version =
    typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : 'unknown';
  return { version, folder: dirname(manifest), loaderFolder: dirname(loader) };
}

/** What is wrong with this isolated-vm, or undefined. */
export function isolatedVmProblem(version: string): string | undefined {
  return isSafeIsolatedVm(version)
    ? undefined
    : `isolated-vm ${version} lets plugins escape (GHSA-864f-rcv7-6rh4); install 7.0.1 or newer, or 6.2.0 or newer of version 6.`;
}
