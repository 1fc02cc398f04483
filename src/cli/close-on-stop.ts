import type { CliIo } from './cli-io.ts';

/** After this the server gives up being graceful. */
const GRACE_MS = 10_000;
/** Ctrl+C reaches a process twice when npm hands it on; what follows this closely is the same key press. */
const SAME_SIGNAL_MS = 500;
const FORCED = 130;
const FAILED = 1;

export interface Closable {
  close(): Promise<void>;
}

export interface Stop {
  /** Waits until it is asked for, then closes within the grace period; resolves with the exit code. */
  close(app: Closable): Promise<number>;
  /** Asks for it because something is wrong: the exit code will say so. */
  fail(): void;
}

/** Listens for signals from now on: the first asks for the stop. */
export function closeOnStop(io: CliIo): Stop {
  const asked = Promise.withResolvers<void>();
  let failed = false;
  let firstAt: number | undefined;
  const undo = io.onStopSignal((signal) => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      io.err(`${signal}: finishing what runs. Once more ends it at once.\n`);
      asked.resolve();
    } else if (now - firstAt > SAME_SIGNAL_MS) io.exit(FORCED);
  });
  return {
    fail() {
      failed = true;
      asked.resolve();
    },
    async close(app) {
      await asked.promise;
      try {
        const code = await closeWithin(io, app, GRACE_MS);
        return failed ? FAILED : code;
      } finally {
        undo();
      }
    },
  };
}

async function closeWithin(io: CliIo, app: Closable, graceMs: number): Promise<number> {
  const late = Promise.withResolvers<boolean>();
  const clock = setTimeout(() => late.resolve(false), graceMs);
  const closed = app.close().then(() => true);
  const inTime = await Promise.race([closed, late.promise]).finally(() => clearTimeout(clock));
  if (inTime) return 0;
  io.err(`Not everything ended within ${graceMs / 1000} s; ending it now.\n`);
  return FAILED;
}
