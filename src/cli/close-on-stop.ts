import type { CliIo } from './cli-io.ts';

/** After this the server gives up being graceful. */
const GRACE_MS = 10_000;
/** Ctrl+C reaches a process twice when npm hands it on; what follows this closely is the same key press. */
const SAME_SIGNAL_MS = 500;
const FORCED = 130;

export interface Closable {
  close(): Promise<void>;
}

/** Listens for signals from now on; `close` waits for the first, then closes within the grace period. */
export function closeOnStop(io: CliIo): { close(app: Closable): Promise<number> } {
  const asked = Promise.withResolvers<void>();
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
    async close(app) {
      await asked.promise;
      try {
        return await closeWithin(io, app, GRACE_MS);
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
  return 1;
}
