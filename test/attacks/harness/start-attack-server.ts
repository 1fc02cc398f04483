import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { SandboxProfile } from '../../../src/sandbox/process-flags.ts';
import { PLANTED_ENV } from './secrets.ts';
import type { ServerAnswers, ServerReady, ServerReply, ServerRequest } from './server-messages.ts';

export interface AttackServer extends AsyncDisposable {
  readonly profile: SandboxProfile;
  readonly pid: number;
  readonly url: string;
  readonly dataDir: string;
  /** Null while it runs. */
  ended(): string | null;
  /** What it logged since the start, a line of JSON each; grows. */
  readonly log: readonly string[];
  ask<T extends ServerRequest['type']>(request: Extract<ServerRequest, { type: T }>): Promise<ServerAnswers[T]>;
}

const ENTRY = fileURLToPath(new URL('./attack-server.ts', import.meta.url));

/** Starts the server with secrets planted in its environment; it ends when this process does. */
export async function startAttackServer(profile: SandboxProfile): Promise<AttackServer> {
  const child = fork(ENTRY, [profile], {
    execArgv: ['--no-warnings'],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_ENV: 'test', ...PLANTED_ENV },
  });
  const log: string[] = [];
  createInterface({ input: child.stderr! }).on('line', (line) => log.push(line));
  let end: string | null = null;
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  child.on('exit', (code, signal) => {
    end = `the server ended with ${signal ?? code}:\n${log.slice(-20).join('\n')}`;
    for (const { reject } of waiting.values()) reject(new Error(end));
  });
  child.on('message', (reply: ServerReply) => {
    const asked = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.error === undefined) asked?.resolve(reply.answer);
    else asked?.reject(new Error(reply.error));
  });
  const [ready] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error(end ?? 'it ended'))),
  ])) as [ServerReady];
  let lastId = 0;
  return {
    profile,
    pid: child.pid!,
    url: ready.url,
    dataDir: ready.dataDir,
    log,
    ended: () => end,
    ask(request) {
      const id = (lastId += 1);
      const asked = Promise.withResolvers<unknown>();
      waiting.set(id, asked);
      child.send({ id, request });
      return asked.promise as Promise<never>;
    },
    async [Symbol.asyncDispose]() {
      if (end !== null) return;
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}
