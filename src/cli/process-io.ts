import { once } from 'node:events';
import process from 'node:process';
import type { CliIo } from './cli-io.ts';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The command line's world when it is a process of its own. */
export function processIo(): CliIo {
  // Whoever read what is written here may have gone. That is no bug, and logging it as one would be the next.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  return {
    env: process.env,
    cwd: process.cwd(),
    out: (text) => void process.stdout.write(text),
    async write(text) {
      if (process.stdout.write(text) || process.stdout.destroyed) return;
      // Ended as well by the end of whoever reads.
      await Promise.race([once(process.stdout, 'drain'), once(process.stdout, 'close')]).catch(() => {});
    },
    isTerminal: process.stdout.isTTY,
    onReaderGone(listener) {
      process.stdout.on('error', listener);
      return () => void process.stdout.off('error', listener);
    },
    err: (text) => void process.stderr.write(text),
    onStopSignal(listener) {
      for (const signal of STOP_SIGNALS) process.on(signal, listener);
      return () => {
        for (const signal of STOP_SIGNALS) process.off(signal, listener);
      };
    },
    onBug(listener) {
      // Also brings promises that are rejected and that nobody handles.
      process.on('uncaughtException', listener);
      return () => void process.off('uncaughtException', listener);
    },
    exit: (code) => process.exit(code),
  };
}
