/**
 * The lock on a data folder. PGlite has none of its own, and a second process on the same files loses acknowledged rows
 * without a word, so whoever opens the folder first holds it until its end, however that comes.
 *
 * Each process announces itself with a file of its own and only then looks for others. Of two that start at the same
 * moment at least one sees the other, so there are never two holders, and no file of a living process is ever removed.
 */
import { mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, thisProcess, type ProcessIdentity } from './process-identity.ts';

/** How often the holder shows that it lives, for those who cannot ask its operating system. */
const HEARTBEAT_MS = 5_000;
/** A holder on another machine or in another container counts as gone after this long without a sign of life. */
const SILENT_MS = 30_000;

/** The folder is in use. The message says by which process, and since when. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
}

export interface FolderLock extends Disposable {
  release(): void;
}

/** The lock of whoever works with the folder, and that of the process which has its database open. */
export type LockName = 'lock' | 'db.lock';

/** @throws FolderInUseError when another process, or this one, holds the folder. */
export function lockFolder(dataDir: string, lock: LockName = 'lock'): FolderLock {
  const folder = join(dataDir, lock);
  mkdirSync(folder, { recursive: true });
  const own = fileNameOf(thisProcess());
  announce(dataDir, folder, own);
  const file = join(folder, own);
  try {
    refuseIfHeld(dataDir, folder, own);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
  const heartbeat = setInterval(() => showLife(file), HEARTBEAT_MS);
  heartbeat.unref();
  const release = () => {
    clearInterval(heartbeat);
    rmSync(file, { force: true });
  };
  return { release, [Symbol.dispose]: release };
}

/**
 * As `lockFolder`, for as long as that may take: two that start at the same moment refuse each other, so each tries again after a
 * time of its own, and a process that is to end may be a moment behind.
 */
export async function lockPatiently(dataDir: string, lock: LockName, patienceMs: number): Promise<FolderLock> {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      return lockFolder(dataDir, lock);
    } catch (error) {
      if (performance.now() > until) throw error;
      await sleep(10 + Math.random() * 100);
    }
  }
}

function announce(dataDir: string, folder: string, own: string): void {
  try {
    writeFileSync(join(folder, own), `Process ${process.pid} uses this folder.\n`, { flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    throw inUse(dataDir, `by this process (${process.pid})`, join(folder, own));
  }
}

function refuseIfHeld(dataDir: string, folder: string, own: string): void {
  for (const name of readdirSync(folder)) {
    const holder = parseFileName(name);
    if (name === own || !holder) continue;
    const file = join(folder, name);
    const running = isRunning(holder) ?? heardOfRecently(file);
    if (running) throw inUse(dataDir, `by process ${holder.pid}`, file);
    rmSync(file, { force: true });
  }
}

function inUse(dataDir: string, holder: string, file: string): FolderInUseError {
  const since = statSync(file, { throwIfNoEntry: false })?.birthtime.toISOString() ?? 'a moment ago';
  return new FolderInUseError(
    `The data folder ${dataDir} is in use ${holder} since ${since}. ` +
      'Stop that process, or give this one another folder with HOOKLINE_DATA_DIR.',
  );
}

function heardOfRecently(file: string): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs < SILENT_MS;
}

function showLife(file: string): void {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // The folder was removed under a running server; the database itself will say so.
  }
}

function fileNameOf({ place, pid, startTicks }: ProcessIdentity): string {
  return `${place}-${pid}-${startTicks}`;
}

function parseFileName(name: string): ProcessIdentity | null {
  const [, place, pid, startTicks] = /^([0-9a-f]{12})-(\d+)-(\d+)$/.exec(name) ?? [];
  return place && pid && startTicks ? { place, pid: Number(pid), startTicks } : null;
}
