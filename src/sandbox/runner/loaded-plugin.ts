/** A plugin's isolate as the runner keeps it: what runs in it, in which order, on whose account, and what of it is still to be answered. */
import type { HostMessage } from '../guest/host.ts';
import type { CpuWatch, Watched } from './cpu-watch.ts';
import { GuestIsolate, type GuestEntry, type RunFailure } from './guest-isolate.ts';
import type { GuestModules } from './guest-modules.ts';
import type { GuestSettings } from './messages.ts';
import type { ProcessorClock } from './processor-clock.ts';
import { RunQueue } from './run-queue.ts';
import { beginWork, type Work } from './work.ts';
import { Works } from './works.ts';

/** The `call` of each is the request that answers for it, which may have been answered already; 0 is nobody. */
export interface LoadedPluginEvents {
  /** A call's answer: the bootstrap's text, or why there is none. */
  onAnswer(id: number, answer: string | RunFailure): void;
  onLog(call: number, text: string): void;
  /** `part`: its number, for a part of the result. */
  onProgress(call: number, text: string, part?: number): void;
  onAsk(call: number, ask: number, method: string, args: string): void;
  /** The plugin called the host too often, or told too much progress. */
  onBudget(call: number, of: Budget): void;
  /** It ran out of memory or of time. */
  onBreach(failure: RunFailure, call: number): void;
  onCatastrophe(call: number): void;
  /** It begins to run for no call that is under way, or has ceased to. */
  onBackground(runs: boolean): void;
}

export type Budget = 'calls' | 'progress';

export interface LoadedPluginDeps {
  readonly modules: GuestModules;
  readonly cpuWatch: CpuWatch;
  readonly clock: ProcessorClock;
  /** No other tenant's instance is in this process, so a call may run on its thread. */
  readonly isAlone: () => boolean;
}

/** How long a run may hold the runner's own thread, on which nothing else happens meanwhile. */
const RUN_NOW_MS = 800;
/** Of its processor time: the clock of a run that never waits is a little ahead of what it used. */
const NEARLY_ALL = 0.9;
/** Answers of the host on their way into the isolate, which may be busy, are outside of its heap; so many of the longest. */
const MAX_ANSWERS_WAITING = 16;

interface HeldCall {
  readonly work: Work;
  readonly text: string;
  /** What it is to be told once it has begun. */
  aborted?: 'cancelled' | 'deadline';
}

export class LoadedPlugin implements Watched {
  readonly owner: string;
  readonly isolate: GuestIsolate;
  readonly #settings: GuestSettings;
  readonly #events: LoadedPluginEvents;
  readonly #cpuWatch: CpuWatch;
  readonly #isAlone: () => boolean;
  readonly #queue: RunQueue;
  readonly #works: Works;
  readonly #timers = new Map<number, NodeJS.Timeout>();
  #answerCharsWaiting = 0;
  /** Calls for the runner's own thread, once the isolate has left the other one. */
  readonly #held: HeldCall[] = [];
  #inBackground = false;

  private constructor(
    { cpuWatch, clock, isAlone }: LoadedPluginDeps,
    owner: string,
    settings: GuestSettings,
    isolate: GuestIsolate,
    events: LoadedPluginEvents,
  ) {
    this.owner = owner;
    this.isolate = isolate;
    this.#settings = settings;
    this.#events = events;
    this.#cpuWatch = cpuWatch;
    this.#isAlone = isAlone;
    this.#queue = new RunQueue(clock);
    this.#works = new Works(settings);
  }

  static open(
    deps: LoadedPluginDeps,
    owner: string,
    settings: GuestSettings,
    events: LoadedPluginEvents,
  ): LoadedPlugin {
    const isolate = GuestIsolate.open({
      heapMb: settings.heapMb,
      modules: deps.modules,
      limits: JSON.stringify(settings),
      onMessage: (message, id, text) => opened.receive(message, id, text),
      onCatastrophe: () => events.onCatastrophe(opened.#queue.running?.id ?? 0),
    });
    const opened: LoadedPlugin = new LoadedPlugin(deps, owner, settings, isolate, events);
    return opened;
  }

  get busy(): boolean {
    return this.#queue.running !== undefined;
  }

  call(id: number, text: string, timeoutMs: number): void {
    const work = this.#works.begin(id, timeoutMs, this.#settings.cpuMs);
    this.#works.leftovers.renew();
    this.#start(work, text);
  }

  /** Compiles and runs the plugin's module. Throws a CompileFailure. */
  evaluate(id: number, code: string, timeoutMs: number): Promise<RunFailure | undefined> {
    return this.#queue.follow(beginWork(id, timeoutMs, timeoutMs), this.isolate.evaluate(code, timeoutMs));
  }

  describe(id: number, timeoutMs: number): Promise<string | undefined | RunFailure> {
    const run = this.isolate.runWithModule('describe', [], timeoutMs);
    return this.#queue.follow(beginWork(id, timeoutMs, timeoutMs), run);
  }

  /** Runs `load`, which takes the module, or `unload`; both have as much processor time as time. */
  step(id: number, entry: 'load' | 'unload', values: readonly string[], timeoutMs: number): void {
    const work = this.#works.begin(id, timeoutMs, timeoutMs);
    const run =
      entry === 'load'
        ? this.isolate.runWithModule('load', [id, ...values], timeoutMs)
        : this.isolate.run('unload', [id], timeoutMs);
    void this.#follow(work, run, (answer) => this.#settle(work, answer));
  }

  abort(call: number, why: 'cancelled' | 'deadline'): void {
    const work = this.#works.unanswered(call);
    if (!work) return;
    const held = this.#held.find((waiting) => waiting.work === work);
    // It would come before the call itself, and be lost.
    if (held) held.aborted = why;
    else void this.#resume(work, 'abort', [call, why]);
  }

  /** The host's answer to what was asked in a call; an answer for a call that has ended meanwhile is dropped. */
  answered(call: number, ask: number, text: string): void {
    const work = this.#works.unanswered(call);
    if (!work) return;
    const tooMuch = this.#answerCharsWaiting + text.length > this.#settings.inputBytes * MAX_ANSWERS_WAITING;
    const taken = tooMuch ? 'rToo many long answers were on their way to this plugin at once.' : text;
    this.#answerCharsWaiting += taken.length;
    void this.#resume(work, 'answered', [ask, taken]).then(() => (this.#answerCharsWaiting -= taken.length));
  }

  /** Milliseconds that a call has had the isolate, or waited for something else than the isolate; null before it began. */
  elapsedMs(call: number): number | null {
    const work = this.#works.unanswered(call);
    return work?.startedAt === undefined ? null : this.#queue.elapsedMs(work, work.startedAt);
  }

  spend(cpuMs: number): void {
    const { running } = this.#queue;
    // Its call may have been answered while it ran.
    if (running && !this.#works.isUnanswered(running)) this.#setBackground(true);
    const work = this.#queue.spend(cpuMs);
    if (!work || this.isolate.disposed) return;
    if (work === this.#works.leftovers.work) this.#endLeftovers();
    else this.#events.onBreach({ failed: 'timeout', clock: 'processor', limitMs: work.cpuMs }, work.id);
  }

  get runsSince(): number | undefined {
    return this.#queue.runningSince;
  }

  endForMemory(): void {
    if (!this.isolate.disposed) this.#events.onBreach({ failed: 'memory' }, this.#queue.running?.id ?? 0);
  }

  /** Ends the isolate; resolves when its thread has left it, which for some loops is never. */
  async end(): Promise<void> {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#works.abandon();
    this.#held.length = 0;
    this.isolate.dispose();
    await this.#queue.drained();
  }

  /** A string that came through the isolate's one way out. */
  receive(message: HostMessage, id: number, text: string): void {
    if (this.isolate.disposed) return;
    switch (message) {
      case 'answer': {
        const work = this.#works.unanswered(id);
        return work && this.#settle(work, text);
      }
      case 'ask':
        return this.#takeAsk(id, text);
      case 'log':
        return this.#takeLog(id, text);
      case 'progress':
        return this.#takeProgress(id, text);
      case 'part':
        return this.#takeProgress(id, text, this.#works.takePart(id));
      case 'timer':
        return this.#setTimer(id, text);
      case 'clear':
        clearTimeout(this.#timers.get(id));
        return void this.#timers.delete(id);
      case 'budget':
        return this.#events.onBudget(id, text === 'progress' ? text : 'calls');
    }
  }

  #start(work: Work, text: string): void {
    if (!this.#queue.trusted || !this.#isAlone()) {
      const run = this.isolate.run('call', [work.id, text], work.timeoutMs);
      return void this.#follow(work, run, (answer) => this.#settle(work, answer));
    }
    // Behind a run on another thread it would go there, too, and the next one behind it, for as long as calls overlap.
    if (this.busy) this.#held.push({ work, text });
    else this.#callNow(work, text);
  }

  #callHeld(): void {
    for (const { work, text, aborted } of this.#held.splice(0)) {
      this.#start(work, text);
      if (aborted) this.abort(work.id, aborted);
    }
  }

  #callNow(work: Work, text: string): void {
    const timeoutMs = Math.min(work.timeoutMs, work.cpuMs, RUN_NOW_MS);
    const startedAt = (work.startedAt = performance.now());
    const answer = this.isolate.callNow(work.id, text, timeoutMs);
    const goesOn = answer === undefined && this.#works.isUnanswered(work);
    const used = this.#queue.ranNow(work, performance.now() - startedAt, goesOn);
    const stopped = typeof answer === 'object' && answer.failed === 'timeout';
    if (!stopped || timeoutMs === work.timeoutMs) return this.#settle(work, answer);
    if (used >= work.cpuMs * NEARLY_ALL)
      return this.#settle(work, { failed: 'timeout', clock: 'processor', limitMs: work.cpuMs });
    // It had broken no limit; only this thread cannot be given away for longer. It may run elsewhere.
    this.#events.onBreach({ failed: 'disposed' }, 0);
  }

  async #follow(
    work: Work,
    run: Promise<string | undefined | RunFailure>,
    take: (answer: string | undefined | RunFailure) => void,
  ): Promise<void> {
    this.#cpuWatch.follow(this);
    take(await this.#queue.follow(work, run));
    if (this.busy) return;
    this.#setBackground(false);
    this.#callHeld();
  }

  #settle(work: Work, answer: string | undefined | RunFailure): void {
    if (answer === undefined) return;
    if (this.#works.answer(work)) return this.#events.onAnswer(work.id, answer);
    // It had been answered, and did not come to an end.
    if (typeof answer === 'object') this.#takeFailure(work, answer);
  }

  /** Comes back to work that waited for something: an answer of the host, a clock, a signal. */
  #resume(work: Work, entry: GuestEntry, values: readonly (string | number)[]): Promise<void> {
    const { leftovers } = this.#works;
    if (work === leftovers.work) {
      if (!leftovers.refill()) return Promise.resolve(this.#endLeftovers());
      this.#setBackground(true);
    }
    const leftMs = Math.ceil(work.timeoutMs - (this.elapsedMs(work.id) ?? 0));
    const run = this.isolate.run(entry, values, Math.max(leftMs, 1));
    return this.#follow(work, run, (answer) => {
      if (typeof answer === 'object') this.#takeFailure(work, answer);
    });
  }

  /** Of a run that was not the first of its work, and so answers nothing. */
  #takeFailure(work: Work, failure: RunFailure): void {
    switch (failure.failed) {
      case 'disposed':
        return;
      case 'timeout':
        return this.#events.onBreach({ ...failure, limitMs: work.timeoutMs }, work.id);
      case 'memory':
        return this.#events.onBreach(failure, work.id);
      case 'thrown': {
        const message = `Outside of a call: ${failure.message}`;
        return this.#takeLog(work.id, JSON.stringify({ level: 'error', message }));
      }
    }
  }

  /** It is opened again for the next call; only what was left behind is gone. */
  #endLeftovers(): void {
    if (this.isolate.disposed) return;
    const { id, cpuMs } = this.#works.leftovers.work;
    const message = `What answered calls left behind used more than ${cpuMs} ms of processor time, and was ended.`;
    this.#takeLog(id, JSON.stringify({ level: 'error', message }));
    this.#events.onBreach({ failed: 'timeout', clock: 'processor', limitMs: cpuMs }, id);
  }

  #setBackground(runs: boolean): void {
    if (runs === this.#inBackground) return;
    this.#inBackground = runs;
    this.#events.onBackground(runs);
  }

  #takeAsk(call: number, text: string): void {
    if (!this.#takeHostCall(call)) return;
    const [, ask = '', method = '', args = ''] = /^(\d+) (\S+) (.*)$/s.exec(text) ?? [];
    const underWay = this.#works.unanswered(call) !== undefined;
    if (underWay && args.length <= this.#settings.inputBytes)
      return this.#events.onAsk(call, Number(ask), method, args);
    const why = underWay ? 'The arguments are too long.' : 'The call in which it was asked has ended.';
    void this.#resume(this.#works.payerOf(call), 'answered', [Number(ask), `r${why}`]);
  }

  #takeProgress(call: number, text: string, part?: number): void {
    if (!this.#takeHostCall(call)) return;
    if (!this.#works.takeProgress(call, text)) return this.#events.onBudget(call, 'progress');
    if (this.#works.unanswered(call)) this.#events.onProgress(call, text, part);
  }

  #takeLog(call: number, text: string): void {
    if (this.#works.takeLogLine(call, text)) this.#events.onLog(call, text);
  }

  /** False when that was one too many. */
  #takeHostCall(call: number): boolean {
    if (this.#works.takeHostCall(call)) return true;
    this.#events.onBudget(call, 'calls');
    return false;
  }

  /** `CALL DELAY`, in milliseconds. */
  #setTimer(id: number, text: string): void {
    const [call = 0, delayMs = 0] = text.split(' ').map(Number);
    if (!this.#takeHostCall(call)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(id);
      void this.#resume(this.#works.payerOf(call), 'timer', [id]);
    }, delayMs);
    this.#timers.set(id, timer);
  }
}
