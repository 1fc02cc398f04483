/** A plugin's isolate as the runner keeps it: what runs in it, in which order, and what of it is still to be answered. */
import type { HostMessage } from '../guest/host.ts';
import { GuestIsolate, type GuestEntry, type RunFailure } from './guest-isolate.ts';
import type { GuestModules } from './guest-modules.ts';
import type { GuestSettings } from './messages.ts';

export interface LoadedPluginEvents {
  /** A call's answer: the bootstrap's text, or why there is none. */
  onAnswer(id: number, answer: string | RunFailure): void;
  onLog(text: string): void;
  onProgress(call: number, text: string): void;
  /** The plugin called the host too often. */
  onBudget(call: number): void;
  /** It ran out of memory, or did not end, while no call waited for it. */
  onBreach(failure: RunFailure): void;
  onCatastrophe(): void;
}

interface Run {
  readonly id: number;
  startedAt: number;
}

/** Time for what runs outside of calls, such as a timer. */
const BACKGROUND_MS = 1_000;
const BACKGROUND_GRACE_MS = 100;

/** So many short runs in a row, and no long one, earn an instance the runner's own thread. */
const TRUSTED_AFTER_RUNS = 32;
const SHORT_RUN_MS = 2;

export class LoadedPlugin {
  readonly owner: string;
  readonly isolate: GuestIsolate;
  readonly #events: LoadedPluginEvents;
  readonly #unanswered = new Map<number, { startedAt: number | undefined }>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Not yet settled, in the order in which the isolate takes them; the first one runs. */
  readonly #runs: Run[] = [];
  readonly #idle: (() => void)[] = [];
  #shortRuns = 0;

  private constructor(owner: string, isolate: GuestIsolate, events: LoadedPluginEvents) {
    this.owner = owner;
    this.isolate = isolate;
    this.#events = events;
  }

  static async open(
    modules: GuestModules,
    owner: string,
    settings: GuestSettings,
    events: LoadedPluginEvents,
  ): Promise<LoadedPlugin> {
    const isolate = await GuestIsolate.open({
      heapMb: settings.heapMb,
      modules,
      limits: JSON.stringify(settings),
      onMessage: (message, id, text) => opened.receive(message, id, text),
      onCatastrophe: () => events.onCatastrophe(),
    });
    const opened: LoadedPlugin = new LoadedPlugin(owner, isolate, events);
    return opened;
  }

  /** `alone`: no other tenant's instance is in this process, so the call may run on its thread. */
  call(id: number, text: string, timeoutMs: number, alone: boolean): void {
    if (alone && this.#runs.length === 0 && this.#shortRuns >= TRUSTED_AFTER_RUNS)
      return this.#callNow(id, text, timeoutMs);
    this.#unanswered.set(id, { startedAt: undefined });
    void this.#track(id, this.isolate.run('call', [id, text], timeoutMs)).then((answer) => this.#settle(id, answer));
  }

  /** Runs `load`, which takes the module, or `unload`. */
  step(id: number, entry: 'load' | 'unload', values: readonly string[], timeoutMs: number): void {
    this.#unanswered.set(id, { startedAt: undefined });
    const run =
      entry === 'load'
        ? this.isolate.runWithModule('load', [id, ...values], timeoutMs)
        : this.isolate.run('unload', [id], timeoutMs);
    void this.#track(id, run).then((answer) => this.#settle(id, answer));
  }

  abort(call: number): void {
    if (this.#unanswered.has(call)) this.#runInBackground('abort', call);
  }

  /** Milliseconds since the plugin began to work on a call; null when it has not, because others are before it. */
  elapsedMs(call: number): number | null {
    const waiting = this.#runs.findIndex((run) => run.id === call);
    const startedAt =
      waiting === 0 ? this.#runs[0]?.startedAt : waiting > 0 ? undefined : this.#unanswered.get(call)?.startedAt;
    return startedAt === undefined ? null : performance.now() - startedAt;
  }

  get unanswered(): readonly number[] {
    return [...this.#unanswered.keys()];
  }

  /** Ends the isolate; resolves when its thread has left it, which for some loops is never. */
  async end(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#unanswered.clear();
    this.isolate.dispose();
    if (this.#runs.length > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #callNow(id: number, text: string, timeoutMs: number): void {
    const startedAt = performance.now();
    this.#unanswered.set(id, { startedAt });
    const answer = this.isolate.runNow('call', [id, text], timeoutMs);
    if (performance.now() - startedAt > SHORT_RUN_MS) this.#shortRuns = 0;
    this.#settle(id, answer);
  }

  async #track(id: number, work: Promise<string | undefined | RunFailure>): Promise<string | undefined | RunFailure> {
    const run: Run = { id, startedAt: performance.now() };
    this.#runs.push(run);
    const answer = await work;
    const now = performance.now();
    const call = this.#unanswered.get(id);
    if (call) call.startedAt = run.startedAt;
    this.#shortRuns = now - run.startedAt <= SHORT_RUN_MS ? this.#shortRuns + 1 : 0;
    this.#runs.splice(this.#runs.indexOf(run), 1);
    const next = this.#runs[0];
    if (next) next.startedAt = now;
    else for (const resolve of this.#idle.splice(0)) resolve();
    return answer;
  }

  #settle(id: number, answer: string | undefined | RunFailure): void {
    if (answer === undefined || !this.#unanswered.delete(id)) return;
    this.#events.onAnswer(id, answer);
  }

  #runInBackground(entry: GuestEntry, id: number): void {
    // No call's clock runs for it, and what V8 cannot interrupt would never settle.
    const clock = setTimeout(() => this.#events.onBreach({ failed: 'timeout' }), BACKGROUND_MS + BACKGROUND_GRACE_MS);
    void this.#track(0, this.isolate.run(entry, [id], BACKGROUND_MS)).then((answer) => {
      clearTimeout(clock);
      if (typeof answer === 'object' && answer.failed !== 'thrown' && answer.failed !== 'disposed')
        this.#events.onBreach(answer);
      if (typeof answer === 'object' && answer.failed === 'thrown') {
        this.#events.onLog(JSON.stringify({ level: 'error', message: `Outside of a call: ${answer.message}` }));
      }
    });
  }

  /** A string that came through the isolate's one way out. */
  receive(message: HostMessage, id: number, text: string): void {
    if (this.isolate.disposed) return;
    switch (message) {
      case 'answer':
        return this.#settle(id, text);
      case 'log':
        return this.#events.onLog(text);
      case 'progress':
        return this.#unanswered.has(id) ? this.#events.onProgress(id, text) : undefined;
      case 'timer':
        return this.#setTimer(id, Number(text));
      case 'budget':
        return this.#events.onBudget(id);
    }
  }

  #setTimer(id: number, delayMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#runInBackground('timer', id);
    }, delayMs);
    this.#timers.add(timer);
  }
}
