/** One call while it is under way: its clocks, the signals it is given, and how it ends by what the server saw. */
import type { Json } from '../json/json.ts';
import { HostAccount } from './host-account.ts';
import type { SandboxLimits } from './limits.ts';
import { afterDenial, failure, toOutcome, type Failure } from './outcomes.ts';
import type { CallOptions, HookCall, Outcome, ToolCall } from './sandbox.ts';
import type { Seat } from './seat.ts';
import { timeoutMessage } from './timeout-message.ts';

export interface CallDeps {
  readonly seat: Seat;
  readonly limits: SandboxLimits;
  /** Others are under way, so it may have to wait for them in the isolate. */
  readonly hasCompany: boolean;
  /** It did not end; the instance has to. */
  onStop(call: CallUnderWay, why: Failure): void;
  onEnd(call: CallUnderWay): void;
}

/** The call was not to blame, nothing of it was seen, and it may run once more elsewhere. */
export const AGAIN = 'again';
export type Ended = Outcome<Json> | typeof AGAIN;

/** Who had the plugin told that its call is to end; the first one counts. */
type AbortedBy = 'caller' | 'deadline' | 'closing';

/** How long a runner may take to say how far a call is; then it counts as over. */
const ELAPSED_GRACE_MS = 100;
/** Of a call's time, at most, that is left when its plugin is told so. */
const WARNING_SHARE = 0.1;

export class CallUnderWay {
  /** Of the request by which it was sent. */
  readonly id: number;
  readonly account: HostAccount;
  readonly #deps: CallDeps;
  readonly #options: CallOptions;
  readonly #ended = Promise.withResolvers<Ended>();
  #clock: NodeJS.Timeout;
  #graceClock: NodeJS.Timeout | undefined;
  #abortedBy: AbortedBy | undefined;

  /** Sends it. `text` is the call as JSON. */
  constructor(deps: CallDeps, { context }: ToolCall | HookCall, text: string, options: CallOptions) {
    const { place } = deps.seat;
    const { wallMs, signal } = options;
    this.#deps = deps;
    this.#options = options;
    this.account = new HostAccount(context);
    this.id = place.runner.child.call(place.number, wallMs, text, (answer) => {
      // Without an answer the runner has ended, or soon will: that tells why.
      if (answer) this.finish(toOutcome(answer));
    });
    const warningMs = wallMs - Math.min(deps.limits.abortGraceMs, wallMs * WARNING_SHARE);
    this.#clock = setTimeout(() => void this.#warn(warningMs), warningMs);
    signal?.addEventListener('abort', this.#onCancel, { once: true });
  }

  /** Never rejects. */
  get ended(): Promise<Ended> {
    return this.#ended.promise;
  }

  /** Nothing of it was seen, and somebody still waits for it. */
  get mayRunAgain(): boolean {
    return !this.account.told && this.#abortedBy !== 'caller' && this.#abortedBy !== 'closing';
  }

  progress(data: Json, part?: number): void {
    this.account.told = true;
    this.#options.onProgress?.(data, part);
  }

  /** Tells the plugin that it is to end, because everything does. */
  close(): void {
    this.#abort('closing');
  }

  finish(ended: Ended): void {
    if (this.account.ended) return;
    this.account.end();
    clearTimeout(this.#clock);
    clearTimeout(this.#graceClock);
    this.#options.signal?.removeEventListener('abort', this.#onCancel);
    this.#deps.seat.place.runner.child.forget(this.id);
    this.#deps.onEnd(this);
    this.#ended.resolve(ended === AGAIN || ended.success ? ended : this.#judge(ended));
  }

  readonly #onCancel = (): void => {
    if (this.account.ended) return;
    this.#abort('caller');
    this.#graceClock = setTimeout(() => void this.#stopCancelled(), this.#deps.limits.abortGraceMs);
  };

  #abort(by: AbortedBy): void {
    this.#abortedBy ??= by;
    const { runner, number } = this.#deps.seat.place;
    const why = by === 'deadline' ? by : 'cancelled';
    runner.child.send({ type: 'abort', instance: number, call: this.id, why });
  }

  /** The deadline is near: a plugin that listens can still end well. */
  async #warn(warningMs: number): Promise<void> {
    const askedAt = performance.now();
    const leftMs = await this.#leftOf(warningMs);
    if (this.account.ended) return;
    if (leftMs > 0) {
      this.#clock = setTimeout(() => void this.#warn(warningMs), leftMs);
      return;
    }
    if (this.#abortedBy === undefined) this.#abort('deadline');
    // The wait for an answer that did not come is the runner's, not the caller's.
    const restMs = Math.max(this.#options.wallMs - warningMs - (performance.now() - askedAt), 0);
    this.#clock = setTimeout(() => void this.#expire(), restMs);
  }

  /** The call's clock has run down. */
  async #expire(): Promise<void> {
    const { wallMs } = this.#options;
    const leftMs = await this.#leftOf(wallMs);
    if (this.account.ended) return;
    if (leftMs > 0) this.#clock = setTimeout(() => void this.#expire(), leftMs);
    else this.#deps.onStop(this, failure('TIMEOUT', timeoutMessage('wall', wallMs)));
  }

  /** Whoever called has gone. The plugin has the grace from then on, or from its own start if that came later. */
  async #stopCancelled(): Promise<void> {
    const { abortGraceMs } = this.#deps.limits;
    const leftMs = await this.#leftOf(abortGraceMs);
    if (this.account.ended) return;
    if (leftMs > 0) this.#graceClock = setTimeout(() => void this.#stopCancelled(), leftMs);
    else this.#deps.onStop(this, failure('CANCELLED', `It was cancelled, and did not end within ${abortGraceMs} ms.`));
  }

  /** What is left of `ms` for a call that may have had to wait for others: that time is given back. */
  async #leftOf(ms: number): Promise<number> {
    if (!this.#deps.hasCompany) return 0;
    const { runner, number } = this.#deps.seat.place;
    const late = Promise.withResolvers<undefined>();
    const clock = setTimeout(() => late.resolve(undefined), ELAPSED_GRACE_MS);
    const asked = runner.child.ask({ type: 'elapsed', instance: number, call: this.id });
    const answer = await Promise.race([asked, late.promise]);
    clearTimeout(clock);
    if (!answer) return 0;
    const elapsedMs = answer.head['elapsedMs'];
    return typeof elapsedMs === 'number' ? ms - elapsedMs : ms;
  }

  /** A failure that came after a signal is of whoever gave it; one that came after a denial, of that. */
  #judge(why: Failure): Outcome<Json> {
    const { code } = why.error;
    const thrown = code === 'PLUGIN_ERROR';
    if (this.#abortedBy === 'caller' && (thrown || code === 'TIMEOUT' || code.startsWith('SANDBOX_')))
      return failure('CANCELLED', 'The caller cancelled it.');
    if (this.#abortedBy === 'closing' && (thrown || code === 'TIMEOUT'))
      return failure('SANDBOX_UNAVAILABLE', 'The sandbox was closed.');
    if (this.#abortedBy === 'deadline' && thrown)
      return failure('TIMEOUT', timeoutMessage('wall', this.#options.wallMs));
    return afterDenial(why, this.account.denied);
  }
}
