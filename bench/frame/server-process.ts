/** A server in a process (or a family of processes) of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface ServerProcess extends AsyncDisposable {
  /** What it said it listens on: the first address it printed. */
  readonly url: Promise<string>;
  /** Rejects when it ends unasked. */
  readonly died: Promise<never>;
}

const ENDS_WITHIN_MS = 20_000;

export function startServerProcess({ command, args, env = {} }: ServerCommand): ServerProcess {
  // A group of its own, so that npm's children end with it.
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const url = Promise.withResolvers<string>();
  let output = '';
  const read = (chunk: Buffer) => {
    output = `${output}${chunk.toString()}`.slice(-16_384);
    const said = /(http:\/\/[\d.]+:\d+)/.exec(output)?.[1];
    if (said !== undefined) url.resolve(said);
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  let stopping = false;
  const died = new Promise<never>((_resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      const error = new Error(`${command} ${args.join(' ')} ended (${signal ?? code}):\n${output}`);
      url.reject(error);
      if (!stopping) reject(error);
    });
  });
  died.catch(() => {});
  url.promise.catch(() => {});
  return {
    url: url.promise,
    died,
    async [Symbol.asyncDispose]() {
      stopping = true;
      await end(child);
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exit = once(child, 'exit');
  const pid = child.pid;
  process.kill(-pid, 'SIGTERM');
  const kill = setTimeout(() => process.kill(-pid, 'SIGKILL'), ENDS_WITHIN_MS);
  await exit;
  clearTimeout(kill);
}
