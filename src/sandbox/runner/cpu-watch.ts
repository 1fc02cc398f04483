/**
 * Watches the processor time of what runs in isolates. isolated-vm's own timeout counts elapsed time, which on a busy machine
 * ends work that was hardly let run, and so does its `cpuTime`. So while runs are under way this looks
 * every few milliseconds at two numbers of which each is an upper bound of what a run can have used: the time that passed,
 * and the processor time of the whole process. The smaller one counts.
 */
export interface Watched {
  /** Something runs in it now. */
  readonly busy: boolean;
  /** What runs in it may have used so many milliseconds of a processor more. */
  spend(cpuMs: number): void;
}

const EVERY_MS = 20;

export class CpuWatch {
  readonly #watched = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;
  #lookedAt = 0;
  #processMs = 0;

  /** Until it is not busy any more. */
  follow(watched: Watched): void {
    this.#watched.add(watched);
    if (this.#timer) return;
    this.#look();
    this.#timer = setInterval(() => this.#tick(), EVERY_MS);
  }

  #tick(): void {
    const used = this.#look();
    for (const watched of this.#watched) {
      if (watched.busy) watched.spend(used);
      else this.#watched.delete(watched);
    }
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Milliseconds of processor time since the last look, at most. */
  #look(): number {
    const now = performance.now();
    const { user, system } = process.cpuUsage();
    const processMs = (user + system) / 1000;
    const used = Math.min(now - this.#lookedAt, processMs - this.#processMs);
    this.#lookedAt = now;
    this.#processMs = processMs;
    return used;
  }
}
