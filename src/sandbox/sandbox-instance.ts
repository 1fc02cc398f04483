/** One instance as the server sees it: its calls, their queue and their clocks. */
import type { ExecutionErrorCode } from '../errors/execution-error.ts';
import { isJsonObject, type Json } from '../json/json.ts';
import { CallSlots } from './call-slots.ts';
import { parseGuestJson } from './guest-json.ts';
import type { SandboxLimits } from './limits.ts';
import { failure, runnerEndFailure, toOutcome, type Failure } from './outcomes.ts';
import type { RunnerTenant } from './runner-tenant.ts';
import type { CallOptions, HookCall, Outcome, PluginInstance, SandboxLogLine, ToolCall } from './sandbox.ts';
import { type Seat } from './seat.ts';
import type { ChildEnd } from './supervised-child.ts';

export interface SandboxInstanceOptions {
  readonly tenantId: string;
  readonly pluginName: string;
  /** Of its text. */
  readonly hash: string;
  readonly limits: SandboxLimits;
  readonly onLog: ((line: SandboxLogLine) => void) | undefined;
  /** Opens the same plugin once more, for calls that a runner's end took with it; undefined where that was done already. */
  readonly reopen: (() => Promise<Outcome<PluginInstance>>) | undefined;
}

interface CallUnderWay {
  readonly options: CallOptions;
  /** Others were under way when it was sent, so it may have to wait for them in the isolate. */
  readonly hadCompany: boolean;
  clock: NodeJS.Timeout;
  /** Runs from the signal on. */
  abortClock: NodeJS.Timeout | undefined;
  /** Somebody has heard of what it did, so it cannot be done again as if nothing had been. */
  told: boolean;
  finish(outcome: Outcome<Json> | typeof AGAIN): void;
}

/** The call was not to blame, nothing of it was seen, and it may run once more elsewhere. */
const AGAIN = 'again';

/** How long a runner may take to say how far a call is. */
const ELAPSED_GRACE_MS = 150;

export class SandboxInstance implements PluginInstance, RunnerTenant {
  readonly tenantId: string;
  readonly plugin: string;
  readonly heapMb: number;
  opening = true;
  /** Its runner ended, and not because of it. */
  lost = false;
  lastUsedAt = performance.now();
  readonly #options: SandboxInstanceOptions;
  readonly #slots: CallSlots;
  readonly #calls = new Map<number, CallUnderWay>();
  #seat: Seat | undefined;
  #drained: (() => void) | undefined;
  #successor: Promise<Outcome<PluginInstance>> | undefined;
  #callsAgain = 0;
  #closing: Promise<void> | undefined;

  constructor(options: SandboxInstanceOptions) {
    this.#options = options;
    this.tenantId = options.tenantId;
    this.plugin = `${options.tenantId} ${options.hash}`;
    this.heapMb = options.limits.heapMb;
    this.#slots = new CallSlots(options.limits.callsAtOnce, options.limits.callsWaiting);
  }

  /** Before `onLoad`. */
  sit(seat: Seat): void {
    this.#seat = seat;
  }

  get gone(): boolean {
    return this.#closing !== undefined || this.#seat === undefined || this.#seat.failure !== undefined;
  }

  get idle(): boolean {
    return !this.gone && !this.opening && this.#slots.idle;
  }

  hasRoom(): boolean {
    return !this.gone && this.#slots.hasRoom;
  }

  async call(call: ToolCall | HookCall, options: CallOptions): Promise<Outcome<Json>> {
    const seat = this.#seat;
    if (!seat || this.gone) return this.#goneOutcome();
    const text = JSON.stringify(call);
    if (this.#isTooLong(text))
      return failure('PARAMS_INVALID', `The input is longer than ${this.#options.limits.inputBytes} bytes of JSON.`);
    if (!this.#slots.takeNow()) {
      if (!this.#slots.hasRoom)
        return failure('SANDBOX_UNAVAILABLE', 'Too many calls wait for this plugin; try again.');
      if (!(await this.#slots.take())) return this.#goneOutcome();
    }
    const answer = seat.failure ? this.#goneOutcome() : await this.#run(seat, text, options);
    const outcome = answer === AGAIN ? await this.#runAgain(call, options) : answer;
    this.#slots.release();
    this.lastUsedAt = performance.now();
    if (this.#slots.idle) this.#drained?.();
    return outcome;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  evict(): void {
    // Its heap is promised to another from now on, though `onUnload` may still run in it for a moment.
    const place = this.#seat?.place;
    place?.runner.release(place.number);
    void this.close();
  }

  onLog(text: string): void {
    const line = readLogLine(text);
    if (line) this.#options.onLog?.({ tenantId: this.tenantId, pluginName: this.#options.pluginName, ...line });
  }

  onProgress(call: number, text: string): void {
    const parsed = parseGuestJson(text);
    const underWay = this.#calls.get(call);
    if (!underWay || !('value' in parsed)) return;
    underWay.told = true;
    underWay.options.onProgress?.(parsed.value);
  }

  onGone(code: ExecutionErrorCode, message: string, call: number | undefined): void {
    this.#fail(failure(code, message), call);
  }

  onRunnerEnd(end: ChildEnd, guilty: boolean): void {
    const { reopen } = this.#options;
    const why = runnerEndFailure(end, guilty);
    this.#seat?.fail(why);
    this.lost = !guilty && end.cause !== 'closed';
    if (this.lost && reopen) {
      for (const call of [...this.#calls.values()]) {
        if (!call.told && !call.options.signal?.aborted) call.finish(AGAIN);
      }
    }
    this.#fail(why);
  }

  #isTooLong(text: string): boolean {
    const { inputBytes } = this.#options.limits;
    return text.length > inputBytes || (text.length * 3 > inputBytes && Buffer.byteLength(text) > inputBytes);
  }

  /** On an instance that is opened for the calls which the same end took, and closed when the last of them has ended. */
  async #runAgain(call: ToolCall | HookCall, options: CallOptions): Promise<Outcome<Json>> {
    const { wallMs, signal, onProgress } = options;
    this.#callsAgain += 1;
    this.#successor ??= this.#options.reopen?.();
    const opened = (await this.#successor) ?? this.#goneOutcome();
    // It has started before; that is not told twice.
    const again = { wallMs, ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) };
    const outcome = opened.success ? await opened.value.call(call, again) : opened;
    this.#callsAgain -= 1;
    if (opened.success && this.#callsAgain === 0) void opened.value.close();
    return outcome;
  }

  /** Runs one call under its clock. Never rejects. */
  #run(seat: Seat, text: string, options: CallOptions): Promise<Outcome<Json> | typeof AGAIN> {
    const { runner, number } = seat.place;
    const { signal, wallMs } = options;
    return new Promise((resolve) => {
      const onAbort = () => {
        runner.child.send({ type: 'abort', instance: number, call: id });
        this.#stopAfterGrace(seat, id, this.#options.limits.abortGraceMs);
      };
      const finish: CallUnderWay['finish'] = (outcome) => {
        const call = this.#calls.get(id);
        if (!call) return;
        this.#calls.delete(id);
        clearTimeout(call.clock);
        clearTimeout(call.abortClock);
        signal?.removeEventListener('abort', onAbort);
        resolve(outcome);
      };
      const id = runner.child.request({ type: 'call', instance: number, ms: wallMs }, text, (answer) => {
        // Without an answer the runner has ended, or soon will: that tells why.
        if (answer) finish(toOutcome(answer));
      });
      const clock = setTimeout(() => void this.#expire(seat, id), wallMs);
      const hadCompany = this.#calls.size > 0;
      this.#calls.set(id, { options, hadCompany, clock, abortClock: undefined, told: false, finish });
      signal?.addEventListener('abort', onAbort, { once: true });
      options.onStart?.();
      if (signal?.aborted) onAbort();
    });
  }

  /** A call's clock has run down. If it had to wait for others in the isolate, that time is given back. */
  async #expire(seat: Seat, id: number): Promise<void> {
    const call = this.#calls.get(id);
    if (!call) return;
    const { wallMs } = call.options;
    const leftMs = call.hadCompany ? wallMs - (await this.#elapsedMs(seat, id, wallMs)) : 0;
    if (!this.#calls.has(id)) return;
    if (leftMs > 0) {
      call.clock = setTimeout(() => void this.#expire(seat, id), leftMs);
      return;
    }
    const why = failure('TIMEOUT', `It did not end within ${wallMs} ms.`);
    this.#fail(why, id);
    await seat.end(why);
  }

  /** Whoever called has gone, and the plugin was told. It has until the grace is over, from its own start if that came later. */
  #stopAfterGrace(seat: Seat, id: number, ms: number): void {
    const call = this.#calls.get(id);
    if (!call) return;
    const { abortGraceMs } = this.#options.limits;
    const stop = async () => {
      const hadMs = call.hadCompany ? await this.#elapsedMs(seat, id, abortGraceMs) : abortGraceMs;
      if (!this.#calls.has(id)) return;
      if (hadMs < abortGraceMs) return this.#stopAfterGrace(seat, id, abortGraceMs - hadMs);
      const why = failure('TIMEOUT', `It was cancelled, and did not end within ${abortGraceMs} ms.`);
      this.#fail(why, id);
      await seat.end(why);
    };
    call.abortClock = setTimeout(() => void stop(), ms);
  }

  async #elapsedMs(seat: Seat, id: number, wallMs: number): Promise<number> {
    const { runner, number } = seat.place;
    const clock = setTimeout(() => runner.child.kill('it did not answer'), ELAPSED_GRACE_MS);
    const answer = await runner.child.ask({ type: 'elapsed', instance: number, call: id });
    clearTimeout(clock);
    const elapsedMs = answer?.head['elapsedMs'];
    return typeof elapsedMs === 'number' ? elapsedMs : answer ? 0 : wallMs;
  }

  /** The instance is gone. The call that did it gets the reason; the others were in the wrong place. */
  #fail(why: Failure, culprit?: number): void {
    this.#seat?.fail(why);
    const bystander = failure('SANDBOX_CRASHED', 'The instance was ended because of another call.');
    const known = culprit !== undefined && this.#calls.has(culprit);
    for (const [id, call] of [...this.#calls]) call.finish(!known || id === culprit ? why : bystander);
    this.#slots.abandon();
  }

  #goneOutcome(): Failure {
    return failure('SANDBOX_UNAVAILABLE', 'This instance of the plugin is gone; try again.');
  }

  async #close(): Promise<void> {
    const seat = this.#seat;
    if (!seat || seat.failure) return;
    this.#slots.close();
    if (!this.#slots.idle) await new Promise<void>((resolve) => (this.#drained = resolve));
    if (!seat.failure) await seat.ask({ type: 'close' }, this.#options.limits.unloadMs);
    if (!seat.failure) await seat.end(this.#goneOutcome());
  }
}

const LOG_LEVELS: readonly SandboxLogLine['level'][] = ['debug', 'info', 'warn', 'error'];

function readLogLine(text: string): Pick<SandboxLogLine, 'level' | 'message' | 'fields'> | undefined {
  const parsed = parseGuestJson(text);
  if (!('value' in parsed) || !isJsonObject(parsed.value)) return undefined;
  const { level, message, fields } = parsed.value;
  const known = LOG_LEVELS.find((candidate) => candidate === level);
  if (!known || typeof message !== 'string') return undefined;
  return { level: known, message, fields: isJsonObject(fields) ? fields : {} };
}
