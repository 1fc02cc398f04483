/** The process of the embedded database, seen from the server. When it ends although nobody asked it to, the next request starts another. */
import { fork, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { fromPlainError } from './plain-error.ts';
import {
  FIRST_ANSWER,
  UPKEEP_FAILED,
  type Answer,
  type Asked,
  type EmbeddedOptions,
  type RequestTo,
  type Results,
} from './requests.ts';

export interface DatabaseProcess {
  /** Requests are begun in the order in which they are made. */
  ask<Kind extends keyof Results>(request: RequestTo<Kind>): Promise<Results[Kind]>;
  /** The database first, then the process. */
  close(): Promise<void>;
}

/** In a checkout it is TypeScript, which Node strips; in the published package JavaScript. */
const here = fileURLToPath(import.meta.url);
const PROGRAM = fileURLToPath(new URL(`./main${here.slice(here.lastIndexOf('.'))}`, import.meta.url));

export interface DatabaseTrouble {
  /** Told why the process ended, when nobody asked it to. */
  readonly onLost?: ((reason: string) => void) | undefined;
  /** Told what of its upkeep failed, and why. */
  readonly onUpkeepFailed?: ((reason: string) => void) | undefined;
}

/** Resolves once the database is open. */
export async function startDatabaseProcess(
  options: EmbeddedOptions,
  trouble: DatabaseTrouble = {},
): Promise<DatabaseProcess> {
  let connection = await connect(options, trouble);
  let opening: Promise<void> | undefined;
  let closed = false;

  async function reopen(): Promise<void> {
    // What was in memory is gone with its process.
    if (closed || options.dataDir === undefined) throw new Error('PGlite is closed.');
    opening ??= connect(options, trouble)
      .then((next) => void (connection = next), cannotReopen)
      .finally(() => (opening = undefined));
    await opening;
  }

  function cannotReopen(error: unknown): never {
    const reason = `it could not be started again: ${error instanceof Error ? error.message : String(error)}`;
    trouble.onLost?.(reason);
    throw new Error(`PGlite is closed: ${reason}`, { cause: error });
  }

  return {
    ask(request) {
      return connection.alive ? connection.ask(request) : reopen().then(() => connection.ask(request));
    },
    async close() {
      closed = true;
      await opening?.catch(() => {});
      if (connection.alive) await connection.ask<'close'>({ do: 'close' }).finally(() => connection.end());
    },
  };
}

interface Connection extends Pick<DatabaseProcess, 'ask'> {
  readonly alive: boolean;
  end(): Promise<void>;
}

async function connect(options: EmbeddedOptions, trouble: DatabaseTrouble): Promise<Connection> {
  const child = start();
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = FIRST_ANSWER;
  let ended: Error | undefined;
  let lastWords = '';
  let wanted = false;

  /** Like a socket, it keeps the server up while somebody waits for an answer. */
  function expect(id: number): Promise<unknown> {
    const asked = Promise.withResolvers<unknown>();
    if (waiting.size === 0) hold(child);
    waiting.set(id, asked);
    return asked.promise;
  }

  function take({ id, ...told }: Answer): void {
    if (id === UPKEEP_FAILED && 'error' in told) return trouble.onUpkeepFailed?.(told.error.message);
    const asked = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) letGo(child);
    if ('error' in told) asked?.reject(fromPlainError(told.error));
    else asked?.resolve(told.value);
  }

  const exited = new Promise<void>((resolve) => {
    function over(how: string): void {
      if (ended) return;
      const reason = `its process ${how}${lastWords && `: ${lastWords}`}`;
      ended = new Error(`PGlite is closed: ${reason}.`);
      if (wanted) trouble.onLost?.(reason);
      for (const { reject } of waiting.values()) reject(ended);
      waiting.clear();
      resolve();
    }
    child.on('error', ({ message }) => over(`could not be started or reached (${message})`));
    child.on('exit', (code, signal) => over(`ended with ${signal ?? `code ${code}`}`));
  });
  child.on('message', take);
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (lastWords = (lastWords + text).trim().slice(-500)));

  async function end(): Promise<void> {
    wanted = false;
    hold(child);
    child.kill('SIGKILL');
    await exited;
  }

  const open = expect(FIRST_ANSWER);
  send(child, options);
  await open.catch(async (error: unknown) => {
    await end();
    throw error;
  });
  wanted = true;
  return {
    get alive() {
      return ended === undefined;
    },
    ask(request) {
      if (ended) return Promise.reject(ended);
      const id = ++lastId;
      const answer = expect(id);
      send(child, { id, request } satisfies Asked);
      // It answers each request with what its kind has in `Results`.
      return answer as Promise<never>;
    },
    end,
  };
}

/** In a process group of its own: Ctrl+C in a terminal reaches the whole group, and the server has things to write before it ends. */
function start(): ChildProcess {
  return fork(PROGRAM, {
    serialization: 'advanced',
    execArgv: ['--no-warnings'],
    env: {},
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    detached: process.platform !== 'win32',
  });
}

/** What cannot be sent any more is answered by the end of the process. */
function send(child: ChildProcess, message: EmbeddedOptions | Asked): void {
  // A child that could not be started has no channel; it tells so by an event.
  if (child.connected) child.send(message, () => {});
}

function hold(child: ChildProcess): void {
  child.ref();
  child.channel?.ref();
}

function letGo(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
  if (child.stderr instanceof Socket) child.stderr.unref();
}
