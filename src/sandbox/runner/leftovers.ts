/** What answered calls left behind in one instance, such as timers: it all counts as one work, for as long as the instance lives. */
import { leftoverWork, type Work } from './work.ts';

/**
 * Of a processor, that comes back to it: enough to look after a cache now and then. A timer that starts itself again would
 * otherwise have the whole of it each time, and so a processor to itself.
 */
const REFILL_SHARE = 0.05;

export class Leftovers {
  readonly work: Work;
  #refilledAt = performance.now();

  constructor(cpuMs: number) {
    this.work = leftoverWork(0, cpuMs);
  }

  /** Another call came: what is told is counted anew. Processor time is not, or calls would buy it. */
  renew(): void {
    this.work.hostCalls = 0;
    this.work.logChars = 0;
    this.work.progressBytes = 0;
  }

  /** Gives back what time has earned; false when nothing is left to run on. */
  refill(): boolean {
    const now = performance.now();
    this.work.usedCpuMs = Math.max(0, this.work.usedCpuMs - (now - this.#refilledAt) * REFILL_SHARE);
    this.#refilledAt = now;
    return this.work.usedCpuMs < this.work.cpuMs;
  }
}
