/** The runs of one isolate, in the order in which it takes them, and the processor time of each. */
import type { ProcessorClock } from './processor-clock.ts';
import type { Work } from './work.ts';

interface Run {
  readonly work: Work;
  readonly queuedAt: number;
  startedAt: number;
  /** What the watch saw of it, while it runs. */
  seenCpuMs: number;
}

/** So many short runs in a row, and no long one, earn an instance the runner's own thread; a long one there makes it dearer. */
const TRUSTED_AFTER_RUNS = 32;
const DEARER = 2;
const MOST_RUNS = 512;
const SHORT_RUN_MS = 2;
/** Not worth asking for its processor time. */
const TINY_RUN_MS = 0.5;

export class RunQueue {
  readonly #clock: ProcessorClock;
  /** Not yet settled; the first one runs. */
  readonly #runs: Run[] = [];
  readonly #drained: (() => void)[] = [];
  #shortRuns = 0;
  #trustedAfter = TRUSTED_AFTER_RUNS;

  constructor(clock: ProcessorClock) {
    this.#clock = clock;
  }

  /** Whose run the isolate is at. */
  get running(): Work | undefined {
    return this.#runs[0]?.work;
  }

  /** When that run began. */
  get runningSince(): number | undefined {
    return this.#runs[0]?.startedAt;
  }

  /** What ran was short for long. */
  get trusted(): boolean {
    return this.#shortRuns >= this.#trustedAfter;
  }

  async follow<T>(work: Work, result: Promise<T | undefined>): Promise<T | undefined> {
    const now = performance.now();
    const run: Run = { work, queuedAt: now, startedAt: now, seenCpuMs: 0 };
    if (this.#runs.push(run) === 1) begin(run, now);
    let value: T | undefined;
    try {
      value = await result;
      return value;
    } finally {
      this.#end(run, value === undefined);
    }
  }

  /** A run on the runner's own thread has ended. Gives the processor time that it used, at most. */
  ranNow(work: Work, elapsedMs: number, goesOn: boolean): number {
    const used = this.#judge(elapsedMs, goesOn, 'this thread');
    if (used > SHORT_RUN_MS) this.#trustedAfter = Math.min(this.#trustedAfter * DEARER, MOST_RUNS);
    work.usedCpuMs += used;
    return used;
  }

  /** What runs now may have used so much more. Gives its work once that is beyond the work's limit. */
  spend(cpuMs: number): Work | undefined {
    const run = this.#runs[0];
    if (!run) return undefined;
    run.seenCpuMs += Math.min(cpuMs, performance.now() - run.startedAt);
    return run.work.usedCpuMs + run.seenCpuMs >= run.work.cpuMs ? run.work : undefined;
  }

  /** Without the time that it had to wait for others. */
  elapsedMs(work: Work, startedAt: number): number {
    const now = performance.now();
    const waiting = this.#runs.findIndex((run) => run.work === work);
    const waitsSince = waiting > 0 ? this.#runs[waiting]?.queuedAt : undefined;
    return now - startedAt - work.waitedMs - (waitsSince === undefined ? 0 : now - waitsSince);
  }

  /** Resolves when nothing runs. */
  async drained(): Promise<void> {
    if (this.#runs.length > 0) await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  #end(run: Run, goesOn: boolean): void {
    const now = performance.now();
    run.work.usedCpuMs += this.#judge(now - run.startedAt, goesOn, 'elsewhere');
    this.#runs.splice(this.#runs.indexOf(run), 1);
    const next = this.#runs[0];
    if (next) begin(next, now);
    else for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** Counts a run as short or long. Gives its processor time, or a bound of it where nobody needs to know. */
  #judge(elapsedMs: number, goesOn: boolean, where: 'this thread' | 'elsewhere'): number {
    // A call that is answered has no use for what it cost.
    const counts = elapsedMs > SHORT_RUN_MS || (goesOn && elapsedMs > TINY_RUN_MS);
    if (!counts) this.#clock.passShortRun();
    const used = counts ? this.#clock.boundOf(elapsedMs, where) : elapsedMs;
    this.#shortRuns = used <= SHORT_RUN_MS ? this.#shortRuns + 1 : 0;
    return used;
  }
}

function begin(run: Run, now: number): void {
  run.startedAt = now;
  if (run.work.startedAt === undefined) run.work.startedAt = now;
  else run.work.waitedMs += now - run.queuedAt;
}
