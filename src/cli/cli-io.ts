/** What the command line touches of the world, so that a test can stand in for a terminal. */
export interface CliIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The answer: what a script would read. */
  out(text: string): void;
  /** The same, for an answer that is long: resolves once there is room for more. */
  write(text: string): Promise<void>;
  /** Whether a person sees the answer as it is printed. */
  readonly isTerminal: boolean;
  /** Calls `listener` when nobody reads the answer any more, until it is undone. */
  onReaderGone(listener: () => void): () => void;
  /** Everything said to a person beside the answer. */
  err(text: string): void;
  /** Calls `listener` for each of these signals until it is undone. */
  onStopSignal(listener: (signal: NodeJS.Signals) => void): () => void;
  /** Calls `listener` with what nothing caught, until it is undone; without one the process ends on it. */
  onBug(listener: (error: unknown) => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
}

/** A command says with which code the program ends; without a word it is 0. */
export type SetExitCode = (code: number) => void;
