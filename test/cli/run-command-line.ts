import { runCli } from '../../src/cli/run-cli.ts';

export interface CommandResult {
  readonly code: number;
  /** What a script would read. */
  readonly out: string;
  /** What a person is told beside it. */
  readonly err: string;
}

/** Runs `hookline ...` in this process; nothing but `env` reaches its settings. */
export async function runCommandLine(
  args: readonly string[],
  {
    env = {},
    cwd = process.cwd(),
    isTerminal = false,
  }: { env?: Record<string, string>; cwd?: string; isTerminal?: boolean } = {},
): Promise<CommandResult> {
  let [out, err] = ['', ''];
  const code = await runCli(
    {
      env,
      cwd,
      out: (text) => (out += text),
      err: (text) => (err += text),
      write: async (text) => void (out += text),
      isTerminal,
      onReaderGone: () => () => {},
      onStopSignal: () => () => {},
      onBug: () => () => {},
      exit: (forced) => {
        throw new Error(`The command ended the process with ${forced}.`);
      },
    },
    args,
  );
  return { code, out, err };
}
