/** Fresh runners: some wait in reserve, up before they are needed, and after one that does not start the next has to wait. */
import { RunnerProcess, type Blame, type RunnerProcessOptions } from './runner-process.ts';
import type { ChildEnd } from './supervised-child.ts';

export interface RunnerSupplyOptions extends Pick<RunnerProcessOptions, 'command' | 'heapMb'> {
  /** Whether there may be another one in use. */
  mayGrow(): boolean;
  /** Of any that came from here, whoever has it now. */
  onEnd(runner: RunnerProcess, end: ChildEnd, blame: Blame): void;
  /** None started, and the time to try again has come. */
  onRevival(): void;
  /** A moment after one was left empty, or ended by something outside. */
  onTidy(): void;
  /** One in reserve is not needed any more. */
  onSurplus(runner: RunnerProcess): void;
}

/**
 * How many wait in reserve: after an end, one for those who were in the wrong place and one for who is set apart. More for a
 * while when something outside ends runners, which may go on.
 */
const RESERVE = { usual: 2, uncertain: 3 };
/** A start takes the processor from those who have just been given what there was: until they have opened their plugin. */
const REFILL_MS = { none: 250, few: 1_000 };
const LOST_MS = 10_000;
/** How long a runner that nobody is in waits for somebody. */
const EMPTY_MS = 500;
const BACK_OFF_MS = { first: 100, most: 10_000 };

export class RunnerSupply {
  readonly #options: RunnerSupplyOptions;
  /** Empty, and up or soon so: they take the place of the next that are needed. */
  readonly #reserve = new Set<RunnerProcess>();
  /** When a runner was last ended by something outside, on the clock of `performance.now()`. */
  #lostAt = -Infinity;
  #closed = false;
  #failures = 0;
  #notBefore = 0;
  #revival: NodeJS.Timeout | undefined;
  #refill: NodeJS.Timeout | undefined;
  #problem: string | undefined;

  constructor(options: RunnerSupplyOptions) {
    this.#options = options;
  }

  get reserve(): readonly RunnerProcess[] {
    return [...this.#reserve];
  }

  /** Why no runner can be started at the moment, or undefined. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Whether `take` would give one, as far as is known. */
  get hasOne(): boolean {
    return this.#reserve.size > 0 || performance.now() >= this.#notBefore;
  }

  /** One from the reserve, that is up if one is, or a new one; undefined when none can be started now. */
  take(): RunnerProcess | undefined {
    const waiting = this.reserve;
    const runner = waiting.find(({ upSince }) => upSince !== undefined) ?? waiting[0] ?? this.#spawn();
    if (runner) this.#reserve.delete(runner);
    return runner;
  }

  /** Sees to it that as many as are wanted will be in reserve: one after the other, in a moment; at once when more may go. */
  keepReserve(): void {
    const uncertain = this.#wanted > RESERVE.usual;
    if (this.#refill && !uncertain && this.#reserve.size > 0) return;
    clearTimeout(this.#refill);
    const inMs = uncertain ? 0 : this.#reserve.size > 0 ? REFILL_MS.few : REFILL_MS.none;
    this.#refill = setTimeout(() => void this.#startSpare(), inMs).unref();
  }

  /** Nothing is started any more; those in reserve are the caller's to end. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#revival);
    clearTimeout(this.#refill);
  }

  async #startSpare(): Promise<void> {
    this.#refill = undefined;
    if (this.#closed || this.#reserve.size >= this.#wanted || !this.#options.mayGrow()) return;
    const spare = this.#spawn();
    if (!spare) return;
    this.#reserve.add(spare);
    if (await spare.child.ready) this.keepReserve();
  }

  get #wanted(): number {
    return performance.now() - this.#lostAt < LOST_MS ? RESERVE.uncertain : RESERVE.usual;
  }

  #tidyIn(ms: number): void {
    setTimeout(() => this.#tidy(), ms).unref();
  }

  #tidy(): void {
    if (this.#closed) return;
    this.#options.onTidy();
    for (const spare of this.reserve.slice(this.#wanted)) {
      this.#reserve.delete(spare);
      this.#options.onSurplus(spare);
    }
  }

  #spawn(): RunnerProcess | undefined {
    if (performance.now() < this.#notBefore) return undefined;
    const { command, heapMb } = this.#options;
    const runner = this.#tryToSpawn({
      command,
      heapMb,
      onEnd: (ended, end, blame) => {
        this.#reserve.delete(ended);
        if (end.cause === 'lost') {
          this.#lostAt = performance.now();
          this.#tidyIn(LOST_MS + EMPTY_MS);
        }
        this.#options.onEnd(ended, end, blame);
      },
      onEmpty: () => this.#tidyIn(EMPTY_MS),
    });
    void runner?.child.ready.then(async (ready) => (ready ? this.#started() : this.#failed(await runner.child.gone)));
    return runner;
  }

  /** A system without descriptors or memory left refuses at once. */
  #tryToSpawn(options: RunnerProcessOptions): RunnerProcess | undefined {
    try {
      return new RunnerProcess(options);
    } catch (error) {
      this.#failed({ cause: 'not started', reason: error instanceof Error ? error.message : 'unknown' });
      return undefined;
    }
  }

  #started(): void {
    this.#failures = 0;
    this.#problem = undefined;
  }

  #failed({ cause, reason }: Pick<ChildEnd, 'cause' | 'reason'>): void {
    if (this.#closed) return;
    // A signal from outside, or a reason of our own, says nothing about the next one; if none was up before, it is still needed.
    if (cause === 'lost' || cause === 'retired')
      return this.#problem === undefined ? undefined : this.#reviveIn(BACK_OFF_MS.first);
    this.#problem = `a runner did not start: ${reason}`;
    const waitMs = Math.min(BACK_OFF_MS.first * 2 ** this.#failures, BACK_OFF_MS.most);
    this.#notBefore = performance.now() + waitMs;
    this.#failures += 1;
    this.#reviveIn(waitMs);
  }

  #reviveIn(ms: number): void {
    clearTimeout(this.#revival);
    this.#revival = setTimeout(() => this.#revive(), ms).unref();
  }

  #revive(): void {
    // The timer counts whole milliseconds, and so may come a part of one before the time by this clock.
    this.#notBefore = 0;
    this.#options.onRevival();
  }
}
