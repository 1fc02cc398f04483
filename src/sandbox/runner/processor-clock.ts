/**
 * What a run that has ended can have used of a processor, at most. isolated-vm's own `cpuTime` goes on while others have the
 * processor, so it says no more than a clock on the wall. The time of this thread, for runs on it, and of all threads of this
 * process, for runs elsewhere, stands then. Asking costs as much as a short run, so the clocks are looked at once in a while:
 * what else ran since then counts, too, and the time that the run took is the other bound.
 */
export class ProcessorClock {
  #noted = look();
  #shortRuns = 0;

  /** A run has ended of which nobody needs to know more. */
  passShortRun(): void {
    this.#shortRuns += 1;
    if (this.#shortRuns % NOTE_EVERY === 0) this.#noted = look();
  }

  /** Milliseconds. `elapsedMs`: how long the run took, until now. */
  boundOf(elapsedMs: number, where: 'this thread' | 'elsewhere'): number {
    const before = this.#noted;
    this.#noted = look();
    const used =
      where === 'this thread' ? this.#noted.threadMs - before.threadMs : this.#noted.processMs - before.processMs;
    return Math.min(elapsedMs, used);
  }
}

/** Short runs: about a millisecond of them, as calls usually are. */
const NOTE_EVERY = 64;

function look(): { readonly threadMs: number; readonly processMs: number } {
  const [thread, all] = [process.threadCpuUsage(), process.cpuUsage()];
  return { threadMs: (thread.user + thread.system) / 1_000, processMs: (all.user + all.system) / 1_000 };
}
