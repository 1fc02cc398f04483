import { CommanderError } from 'commander';
import { buildProgram } from './build-program.ts';
import type { CliIo } from './cli-io.ts';
import { describeError } from './describe-error.ts';

const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/**
 * Runs one command line, such as `['token', '--tenant', 'demo']`.
 * @returns the exit code: 0 done, 1 failed (said on `err` in a sentence), 2 wrong usage.
 */
export async function runCli(io: CliIo, args: readonly string[]): Promise<number> {
  let code: number = EXIT.done;
  const program = buildProgram(io, (result) => (code = result));
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    // Commander has printed help, the version, or what is wrong with the arguments.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    io.err(`${describeError(error)}\n`);
    return EXIT.failed;
  }
}
