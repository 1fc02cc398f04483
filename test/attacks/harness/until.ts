import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until it is so, or the time is over; tells which. */
export async function until(isSo: () => boolean, deadlineMs: number): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  while (!isSo()) {
    if (performance.now() > end) return false;
    await sleep(10);
  }
  return true;
}
