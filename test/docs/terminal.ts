/** Terminals as a reader of the docs has them: one that takes commands, and one that a single long command fills. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Longer than a start takes on a busy machine. */
const WAIT_MS = 60_000;

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Terminal extends AsyncDisposable {
  /** What the commands printed to standard output. @throws Error with what they printed when the last of them fails. */
  run(commands: string): Promise<string>;
}

/** A shell that keeps its variables and functions from one command to the next. */
export function openTerminal(cwd: string, env: Environment): Terminal {
  const shell = spawn('bash', { cwd, env });
  const end = '--- the end of a command, with code ';
  const output = collect(shell);
  return {
    async run(commands) {
      const from = output.stdout().length;
      shell.stdin.write(`${commands}\nprintf '%s%s\\n' '${end}' "$?"\n`);
      await output.until(() => output.stdout().slice(from).includes(end) && output.stdout().endsWith('\n'));
      const [printed = '', code = ''] = output.stdout().slice(from).split(end);
      if (code.trim() !== '0') throw new Error(`${commands}\nended with code ${code}${printed}${output.stderr()}`);
      return printed;
    },
    async [Symbol.asyncDispose]() {
      if (shell.exitCode !== null) return;
      shell.stdin.end();
      await once(shell, 'exit');
    },
  };
}

export interface LongCommand extends AsyncDisposable {
  /** Resolves with standard output, once `text` was printed to it or to standard error. @throws Error when the command ends before. */
  printed(text: string): Promise<string>;
  /** Ctrl+C; resolves when all that was started with it is gone. */
  stop(): Promise<void>;
}

/** Starts a command that does not end by itself, in a process group of its own, as a terminal does. */
export function startLongCommand(command: string, cwd: string, env: Environment): LongCommand {
  const child = spawn('bash', ['-c', command], { cwd, env, detached: true });
  const output = collect(child);
  // Not 'exit': npm may be gone before what it started has closed.
  const gone = once(child, 'close');
  async function stop(): Promise<void> {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      process.kill(-child.pid, 'SIGINT');
    }
    await gone;
  }
  return {
    async printed(text) {
      await output.until(() => output.all().includes(text) || child.exitCode !== null);
      if (!output.all().includes(text)) throw new Error(`${command}\nended. It printed:\n${output.all()}`);
      return output.stdout();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function collect(child: ReturnType<typeof spawn>) {
  let [stdout, stderr, all] = ['', '', ''];
  const waiting = new Set<() => void>();
  const look = () => {
    for (const check of [...waiting]) check();
  };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    all += text;
    look();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    all += text;
    look();
  });
  child.on('close', look);
  return {
    stdout: () => stdout,
    stderr: () => stderr,
    all: () => all,
    /** Looks again whenever something is printed, and when the command ends. @throws Error after a minute. */
    until: (holds: () => boolean) =>
      new Promise<void>((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`It printed no more than this:\n${all}`)), WAIT_MS);
        const check = () => {
          if (!holds()) return;
          clearTimeout(late);
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
  };
}
