/** A network of its own for each child, with nothing in it, where the system lets an ordinary user have one. */
import { spawnSync } from 'node:child_process';

export interface Namespaces {
  /** Put before a command line, for a shell; empty where there are none. */
  readonly prefix: string;
  /** Why there are none, in words. */
  readonly missing: string | undefined;
}

const UNSHARE = '/usr/bin/unshare';
const PROBE_MS = 2_000;

/** Tries it: many systems have the command and refuse what it asks for. */
export function findNamespaces(unshare: string = UNSHARE): Namespaces {
  const args = ['--user', '--map-current-user', '--net', '--ipc', '--'];
  if (process.platform !== 'linux') return { prefix: '', missing: `${WHAT} (only Linux has them)` };
  const { status, error, stderr } = spawnSync(unshare, [...args, '/bin/true'], {
    env: {},
    encoding: 'utf8',
    timeout: PROBE_MS,
  });
  if (status === 0) return { prefix: `${[unshare, ...args].join(' ')} `, missing: undefined };
  const why = error ? `${unshare} cannot be run` : (stderr.trim().split('\n').at(-1) ?? 'it is refused');
  return { prefix: '', missing: `${WHAT} (${why})` };
}

const WHAT = 'a network namespace for each child, besides the permission model of Node';
