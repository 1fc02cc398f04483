import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface RunningProgram extends AsyncDisposable {
  readonly pid: number;
  /** Everything it has printed so far. */
  printed(): string;
  /** Resolves with the first match in what it prints; rejects when it ends before. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  /** Closes what it prints to, as a terminal or a program that has gone. */
  stopReading(): void;
  kill(signal: NodeJS.Signals): void;
  /** To every process of its group; start it with `ownGroup`. */
  killGroup(signal: NodeJS.Signals): void;
  /** Its exit code, or the signal that ended it. */
  ended(): Promise<number | NodeJS.Signals | null>;
}

/** Starts a program as a user would; it is killed when the test is over. */
export function startProgram(
  command: readonly [string, ...string[]],
  { env = {}, cwd, ownGroup = false }: { env?: Record<string, string>; cwd?: string; ownGroup?: boolean } = {},
): RunningProgram {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: ownGroup,
  });
  let printed = '';
  const changed = new EventTarget();
  const tell = () => changed.dispatchEvent(new Event('change'));
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      tell();
    });
  }
  let end: number | NodeJS.Signals | null | undefined;
  const ended = once(child, 'close').then(([code, signal]: (number | NodeJS.Signals | null)[]) => {
    end = code ?? signal ?? null;
    tell();
    return end;
  });
  return {
    pid: child.pid!,
    printed: () => printed,
    async waitFor(pattern) {
      for (;;) {
        const match = pattern.exec(printed);
        if (match) return match;
        if (end !== undefined) throw new Error(`It ended with ${end} before ${pattern} was printed:\n${printed}`);
        await once(changed, 'change');
      }
    },
    stopReading() {
      child.stdout.destroy();
      child.stderr.destroy();
    },
    kill: (signal) => void child.kill(signal),
    killGroup: (signal) => void process.kill(-child.pid!, signal),
    ended: () => ended,
    async [Symbol.asyncDispose]() {
      if (end === undefined) child.kill('SIGKILL');
      await ended;
    },
  };
}
