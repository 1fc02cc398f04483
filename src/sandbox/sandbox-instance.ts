/** One instance as the server sees it: which calls are under way and which wait, and what its runner tells of it. */
import type { ExecutionErrorCode } from '../errors/execution-error.ts';
import type { Json } from '../json/json.ts';
import { answerAsk, isLonger, refusal } from './answer-ask.ts';
import { CallSlots } from './call-slots.ts';
import { AGAIN, CallUnderWay, type Ended } from './call-under-way.ts';
import { parseGuestJson } from './guest-json.ts';
import { HostAccount } from './host-account.ts';
import type { AnswerHostRequest } from './host-methods.ts';
import type { SandboxLimits } from './limits.ts';
import { failure, runnerEndFailure, type Failure } from './outcomes.ts';
import { overBudget } from './over-budget.ts';
import { readLogLine } from './read-log-line.ts';
import type { RunnerTenant } from './runner-tenant.ts';
import type { CallOptions, HookCall, Outcome, PluginInstance, SandboxLogLine, ToolCall } from './sandbox.ts';
import type { Seat, SeatRequest } from './seat.ts';
import type { SecondChance } from './second-chance.ts';
import type { ChildEnd } from './supervised-child.ts';

export interface SandboxInstanceOptions {
  readonly tenantId: string;
  readonly pluginName: string;
  /** Of its text. */
  readonly hash: string;
  readonly limits: SandboxLimits;
  readonly onLog: ((line: SandboxLogLine) => void) | undefined;
  readonly answerHostRequest: AnswerHostRequest | undefined;
  /** For calls that something else took with it; undefined where they are at their second already. */
  readonly secondChance: SecondChance | undefined;
}

export class SandboxInstance implements PluginInstance, RunnerTenant {
  readonly tenantId: string;
  readonly pluginName: string;
  readonly plugin: string;
  readonly heapMb: number;
  /** Its runner ended, and not because of it. */
  lost = false;
  lastUsedAt = performance.now();
  #opening = true;
  readonly #options: SandboxInstanceOptions;
  readonly #slots: CallSlots;
  readonly #calls = new Map<number, CallUnderWay>();
  /** The loading or unloading that is under way, and the request it is. */
  #step: { readonly id: number; readonly account: HostAccount } | undefined;
  /** What answered calls left behind, from one call to the next. */
  #leftovers: HostAccount | undefined;
  #seat: Seat | undefined;
  /** It ended, and not because of the calls that are left over. */
  #failedOthers = false;
  #drained: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SandboxInstanceOptions) {
    this.#options = options;
    this.tenantId = options.tenantId;
    this.pluginName = options.pluginName;
    this.plugin = `${options.tenantId} ${options.hash}`;
    this.heapMb = options.limits.heapMb;
    this.#slots = new CallSlots(options.limits.callsAtOnce, options.limits.callsWaiting);
  }

  /** Before `onLoad`. */
  sit(seat: Seat): void {
    this.#seat = seat;
  }

  /** However that went. */
  endOpening(): void {
    this.#opening = false;
    this.lastUsedAt = performance.now();
  }

  get opening(): boolean {
    return this.#opening;
  }

  get gone(): boolean {
    return this.#closing !== undefined || this.#seat === undefined || this.#seat.failure !== undefined;
  }

  get idle(): boolean {
    return !this.gone && !this.#opening && this.#slots.idle;
  }

  hasRoom(): boolean {
    return !this.gone && this.#slots.hasRoom;
  }

  async call(call: ToolCall | HookCall, options: CallOptions): Promise<Outcome<Json>> {
    const seat = this.#seat;
    if (!seat || this.gone) return goneOutcome();
    if (options.signal?.aborted) return cancelledBefore();
    const text = JSON.stringify(call);
    const { inputBytes } = this.#options.limits;
    if (isLonger(text, inputBytes))
      return failure('PARAMS_INVALID', `The input is longer than ${inputBytes} bytes of JSON.`);
    if (!this.#slots.takeNow()) {
      if (!this.#slots.hasRoom)
        return failure('SANDBOX_UNAVAILABLE', 'Too many calls wait for this plugin; try again.');
      const place = await this.#slots.take(options.signal);
      if (place === 'cancelled') return cancelledBefore();
      if (place === 'none') return this.#again(call, options, false);
    }
    const outcome = seat.failure ? await this.#again(call, options, false) : await this.#run(seat, call, text, options);
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
    place?.runner.giveBackHeap(place.number);
    void this.close();
  }

  async cancel(): Promise<void> {
    const calls = [...this.#calls.values()];
    for (const call of calls) call.close();
    const { promise: over, resolve } = Promise.withResolvers<undefined>();
    const clock = setTimeout(() => resolve(undefined), this.#options.limits.abortGraceMs);
    await Promise.race([Promise.all(calls.map((call) => call.ended)), over]);
    clearTimeout(clock);
  }

  /** Runs `onLoad` or `onUnload` as a request of this shape. Gives the runner's answer, and what the host denied meanwhile. */
  async step(seat: Seat, request: SeatRequest, ms: number) {
    const account = new HostAccount(null);
    const answer = await seat.ask(request, ms, (id) => (this.#step = { id, account }));
    account.end();
    this.#step = undefined;
    return { answer, account };
  }

  onLog(call: number, text: string): void {
    const account = this.#accountOf(call) ?? (this.#leftovers ??= new HostAccount(null));
    if (!account.takeLogLine(text.length, this.#options.limits.logBytes)) return;
    const line = readLogLine(text);
    if (line) this.#options.onLog?.({ tenantId: this.tenantId, pluginName: this.#options.pluginName, ...line });
  }

  onProgress(call: number, text: string, part?: number): void {
    const underWay = this.#calls.get(call);
    if (!underWay || !this.#takeHostCall(call, underWay.account)) return;
    const { progressBytes } = this.#options.limits;
    if (!underWay.account.takeProgress(Buffer.byteLength(text), progressBytes)) return this.#endOver('progress', call);
    const parsed = parseGuestJson(text);
    if ('value' in parsed) underWay.progress(parsed.value, part);
  }

  onAsk(call: number, ask: number, method: Json | undefined, args: string): void {
    const account = this.#accountOf(call);
    if (!account) return this.#answer(call, ask, refusal('The call in which it was asked has ended.'));
    if (this.#takeHostCall(call, account)) void this.#takeAsk(account, call, ask, { method, args });
  }

  onGone(code: ExecutionErrorCode, message: string, call: number | undefined): void {
    this.#breach(failure(code, message), call ?? 0);
  }

  onRunnerEnd(end: ChildEnd, guilty: boolean): void {
    // It has not begun here; whoever places it tries the next runner.
    if (!this.#seat) return;
    const why = runnerEndFailure(end, guilty);
    this.#seat.fail(why);
    this.lost = !guilty && end.cause !== 'closed';
    this.#failedOthers ||= this.lost;
    for (const call of [...this.#calls.values()]) call.finish(this.lost ? this.#lostOutcome(call, why) : why);
    this.#slots.abandon();
  }

  async #run(seat: Seat, call: ToolCall | HookCall, text: string, options: CallOptions): Promise<Outcome<Json>> {
    this.#leftovers = undefined;
    const underWay = new CallUnderWay(
      {
        seat,
        limits: this.#options.limits,
        hasCompany: this.#calls.size > 0,
        onStop: ({ id }, why) => this.#stop(seat, why, id),
        onEnd: ({ id }) => this.#calls.delete(id),
      },
      call,
      text,
      options,
    );
    this.#calls.set(underWay.id, underWay);
    options.onStart?.();
    const startedAt = performance.now();
    const ended = await underWay.ended;
    if (ended !== AGAIN) return ended;
    // Whoever called has waited for a part of the time already.
    const leftMs = options.wallMs - (performance.now() - startedAt);
    const wallMs = Math.ceil(Math.max(leftMs, Math.min(options.wallMs, LEAST_SECOND_MS)));
    return this.#again(call, { ...options, wallMs }, true);
  }

  /** The instance is gone, and not because of this call. `started`: it was told that it has begun. */
  #again(call: ToolCall | HookCall, options: CallOptions, started: boolean): Promise<Outcome<Json>> {
    const { secondChance } = this.#options;
    if (!secondChance || !this.#failedOthers) return Promise.resolve(goneOutcome());
    return secondChance.run(call, options, started);
  }

  /** What a call did ends the instance: it gets the reason, the others were in the wrong place. */
  #breach(why: Failure, culprit: number): void {
    this.#seat?.fail(why);
    this.#failedOthers = true;
    for (const [id, call] of [...this.#calls])
      call.finish(id === culprit ? why : this.#lostOutcome(call, ENDED_BY_ANOTHER));
    this.#slots.abandon();
  }

  #stop(seat: Seat, why: Failure, culprit: number): void {
    this.#breach(why, culprit);
    void seat.end(why);
  }

  /** A call that was not to blame runs once more if it can. */
  #lostOutcome(call: CallUnderWay, why: Failure): Ended {
    if (!this.#options.secondChance) return why;
    if (call.mayRunAgain) return AGAIN;
    return call.account.told ? failure(why.error.code, `${why.error.message} ${TOLD}`) : why;
  }

  #accountOf(call: number): HostAccount | undefined {
    return this.#calls.get(call)?.account ?? (this.#step?.id === call ? this.#step.account : undefined);
  }

  /** False when that was one too many; then the instance ends. */
  #takeHostCall(call: number, account: HostAccount): boolean {
    if (account.takeHostCall(this.#options.limits.hostCalls)) return true;
    this.#endOver('calls', call);
    return false;
  }

  #endOver(budget: 'calls' | 'progress', call: number): void {
    const { code, message } = overBudget(budget, this.#options.limits);
    if (this.#seat) this.#stop(this.#seat, failure(code, message), call);
  }

  async #takeAsk(account: HostAccount, call: number, ask: number, asked: Parameters<typeof answerAsk>[2]) {
    const { answerHostRequest: answer, limits } = this.#options;
    const text = await answerAsk({ answer, inputBytes: limits.inputBytes }, account, asked);
    if (!account.ended) this.#answer(call, ask, text);
  }

  #answer(call: number, ask: number, text: string): void {
    if (!this.#seat || this.#seat.failure) return;
    const { runner, number } = this.#seat.place;
    runner.child.send({ type: 'answered', instance: number, call, ask }, text);
  }

  async #close(): Promise<void> {
    const seat = this.#seat;
    if (!seat || seat.failure) return;
    this.#slots.close();
    if (!this.#slots.idle) await new Promise<void>((resolve) => (this.#drained = resolve));
    if (!seat.failure) await this.step(seat, { type: 'close' }, this.#options.limits.unloadMs);
    if (!seat.failure) await seat.end(goneOutcome());
  }
}

/** What a call has at least that runs once more. */
const LEAST_SECOND_MS = 200;

const ENDED_BY_ANOTHER = failure('SANDBOX_CRASHED', 'The instance was ended because of another call; try again.');
const TOLD =
  'It was not run once more by itself, because others may have seen what it had done by then; whoever called may try again.';

function goneOutcome(): Failure {
  return failure('SANDBOX_UNAVAILABLE', 'This instance of the plugin is gone; try again.');
}

function cancelledBefore(): Failure {
  return failure('CANCELLED', 'The caller cancelled it before it had begun.');
}
