/** Finds out what this machine offers, by starting Node in it: many systems have the commands and refuse what they ask for. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { SandboxTierChoice } from '../config/settings.ts';
import {
  confine,
  SANDBOX_TIERS,
  type ChildProgram,
  type Confinement,
  type SandboxTier,
  type SystemCommands,
} from './confinement.ts';
import { sharedLibraries } from './shared-libraries.ts';

/** A tier was demanded, and this machine does not offer it. */
export class SandboxTierError extends Error {
  override readonly name = 'SandboxTierError';
}

/**
 * Uid and gid of children where the server is root: one that no account of a usual system has, so that it owns no file and
 * no other process.
 */
export const OWN_ID = 64_990;

const PROBE_MS = 2_000;

export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly commands: SystemCommands;
  /** Whether the server may give children another user. */
  readonly isRoot: boolean;
}

export function thisMachine(): Machine {
  return {
    platform: process.platform,
    commands: {
      libraries: process.platform === 'linux' ? sharedLibraries() : [],
      bwrap: command('bwrap'),
      unshare: command('unshare'),
      setpriv: command('setpriv'),
      prlimit: command('prlimit'),
    },
    isRoot: process.getuid?.() === 0,
  };
}

function command(name: string): string | undefined {
  return ['/usr/bin', '/bin', '/usr/local/bin'].map((folder) => `${folder}/${name}`).find((path) => existsSync(path));
}

/**
 * The confinements that work here, the strongest first; each is tried when it is asked for. The last one of `auto` always
 * works. Throws a SandboxTierError when one was demanded and does not.
 */
export async function* findConfinements(
  choice: SandboxTierChoice,
  programs: readonly ChildProgram[],
  machine: Machine = thisMachine(),
): AsyncGenerator<Confinement> {
  const { commands } = machine;
  const readable = programs.flatMap(({ reads }) => reads).filter((path) => existsSync(path));
  const user = await ownUser(machine, readable);
  const missing: string[] = user.missing === undefined ? [] : [user.missing];
  for (const tier of Object.keys(SANDBOX_TIERS) as SandboxTier[]) {
    const chosen = choice === 'auto' || choice === tier;
    const candidate: Confinement = { tier, ownId: user.id, commands, missing: [...missing] };
    const problem = chosen ? await problemOf(candidate, machine, programs) : `HOOKLINE_SANDBOX_TIER is ${choice}`;
    if (problem === undefined) {
      yield candidate;
      if (choice !== 'auto') return;
    } else if (choice === tier) {
      throw new SandboxTierError(
        `HOOKLINE_SANDBOX_TIER is ${tier}, and this machine does not offer that: ${problem}. Make it possible, or choose auto.`,
      );
    }
    const lacks = LACKS[tier];
    if (lacks !== undefined) missing.push(`${lacks} (${problem ?? 'a runner did not start in it'})`);
  }
}

/** What a child lacks below a tier. */
const LACKS: Readonly<Record<SandboxTier, string | undefined>> = {
  strict: 'files of its own for each child, by bubblewrap',
  unshare: 'network and processes of its own for each child, by unshare',
  portable: undefined,
};

/** A user of their own for the children of a server that runs as root, when that user can read what they load. */
async function ownUser(
  { isRoot, commands: { setpriv } }: Machine,
  readable: readonly string[],
): Promise<{ readonly id: number | undefined; readonly missing: string | undefined }> {
  if (!isRoot) return { id: undefined, missing: undefined };
  const problem =
    setpriv === undefined
      ? 'there is no setpriv'
      : await run([
          ...[setpriv, '--reuid', `${OWN_ID}`, '--regid', `${OWN_ID}`, '--clear-groups', '--'],
          ...['/bin/sh', '-c', 'for f; do [ -r "$f" ] || { echo "it cannot read $f" >&2; exit 1; }; done', 'sh'],
          ...[process.execPath, ...readable],
        ]);
  return problem === undefined
    ? { id: OWN_ID, missing: undefined }
    : { id: undefined, missing: `a user of its own for each child, instead of root (${problem})` };
}

/** Why it does not work, or undefined. */
async function problemOf(
  confinement: Confinement,
  { platform, commands }: Machine,
  programs: readonly ChildProgram[],
): Promise<string | undefined> {
  const { tier } = confinement;
  if (tier === 'portable') return undefined;
  if (platform !== 'linux') return 'only Linux has it';
  if (tier === 'strict' && commands.bwrap === undefined) return 'bubblewrap is not installed';
  if (tier === 'unshare' && commands.unshare === undefined) return 'there is no unshare';
  const reads = programs.flatMap((program) => program.reads);
  return run(confine({ args: ['--version'], reads }, confinement));
}

/** Runs a command line; what it said when it failed, in a line. */
function run([file = '', ...args]: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(file, args, { env: {}, cwd: '/', timeout: PROBE_MS, killSignal: 'SIGKILL' }, (error, _stdout, stderr) => {
      if (!error) return resolve(undefined);
      const said = stderr.trim().split('\n').at(-1) ?? '';
      resolve(
        error.killed ? `it took more than ${PROBE_MS} ms` : said || error.message.split('\n')[0] || 'it is refused',
      );
    });
  });
}
