/** Which isolated-vm may hold plugins: older ones let a guest escape to its host. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import semver from 'semver';
import { packageFolders } from './package-folders.ts';

/** isolated-vm is not there, or may not hold plugins: says which version does. */
export class IsolatedVmError extends Error {
  override readonly name = 'IsolatedVmError';
}

export interface IsolatedVmPackage {
  readonly version: string;
  /** Its own, and that of node-gyp-build, which finds the binary. */
  readonly folders: readonly string[];
}

/** GHSA-864f-rcv7-6rh4 is fixed in 6.2.0 and in 7.0.1. */
const SAFE_VERSIONS = '>=6.2.0 <7.0.0 || >=7.0.1';

export function isSafeIsolatedVm(version: string): boolean {
  return semver.satisfies(version, SAFE_VERSIONS);
}

/** The isolated-vm that the module at `from` would load. Throws an IsolatedVmError when there is none, or an unsafe one. */
export function findIsolatedVm(from: string = import.meta.url): IsolatedVmPackage {
  const folders = packageFolders(['isolated-vm'], dirname(fileURLToPath(from)));
  const [folder] = folders;
  if (folder === undefined) throw new IsolatedVmError('isolated-vm is not installed. Run npm install.');
  const parsed: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const version =
    typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : 'unknown';
  if (isSafeIsolatedVm(version)) return { version, folders };
  throw new IsolatedVmError(
    `isolated-vm ${version} lets plugins escape (GHSA-864f-rcv7-6rh4). Install 7.0.1 or newer, or 6.2.0 or newer of version 6.`,
  );
}
