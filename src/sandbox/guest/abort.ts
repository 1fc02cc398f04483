/**
 * `AbortController` and `AbortSignal` for isolates, which have no events of their own: as much of them as a plugin can use.
 * https://dom.spec.whatwg.org/#aborting-ongoing-activities
 */
import { namedError } from './named-error.ts';
import { guestSetTimeout } from './timers.ts';

export interface AbortEvent {
  readonly type: 'abort';
  readonly target: GuestAbortSignal;
  readonly currentTarget: GuestAbortSignal;
}
type Callback = (this: GuestAbortSignal, event: AbortEvent) => void;
type Listener = Callback | { handleEvent(event: AbortEvent): void };

interface Registered {
  readonly listener: Listener;
  readonly once: boolean;
}

const { apply } = Reflect;
const { freeze } = Object;

/** Only this module makes signals: `new AbortSignal()` is not for plugins. */
const KEY = Symbol('AbortSignal');

class GuestAbortSignal {
  #aborted = false;
  #reason: unknown = undefined;
  /** In order; what is taken away leaves a hole. */
  #listeners: (Registered | undefined)[] = [];
  /** The signals that `any` made of this one. */
  readonly #dependents: GuestAbortSignal[] = [];
  #onabort: Callback | null = null;

  constructor(key?: symbol) {
    if (key !== KEY) throw new TypeError('Use an AbortController, or AbortSignal.timeout(ms).');
  }

  /** One that is aborted already. */
  static abort(reason?: unknown): GuestAbortSignal {
    const signal = new GuestAbortSignal(KEY);
    fire(signal, reason === undefined ? abortError() : reason);
    return signal;
  }

  /** One that is aborted with a TimeoutError. */
  static timeout(ms: number): GuestAbortSignal {
    if (typeof ms !== 'number' || !(ms >= 0)) throw new RangeError('AbortSignal.timeout takes milliseconds.');
    const signal = new GuestAbortSignal(KEY);
    guestSetTimeout(() => fire(signal, namedError('TimeoutError', 'The operation timed out')), ms);
    return signal;
  }

  /** One that is aborted with the first of `signals`, for its reason. */
  static any(signals: Iterable<GuestAbortSignal>): GuestAbortSignal {
    const all = new GuestAbortSignal(KEY);
    const followed: GuestAbortSignal[] = [];
    for (const signal of signals) {
      if (typeof signal !== 'object' || !(#aborted in signal)) throw new TypeError('AbortSignal.any takes signals.');
      followed[followed.length] = signal;
    }
    for (let index = 0; index < followed.length; index += 1) {
      const signal = followed[index];
      if (signal && signal.#aborted) fire(all, signal.#reason);
    }
    for (let index = 0; index < followed.length && !all.#aborted; index += 1) {
      const signal = followed[index];
      if (signal) signal.#dependents[signal.#dependents.length] = all;
    }
    return all;
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  get onabort(): Callback | null {
    return this.#onabort;
  }

  set onabort(callback: unknown) {
    this.#onabort = typeof callback === 'function' ? (callback as Callback) : null;
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  addEventListener(type: unknown, listener: Listener | null, options?: boolean | AddOptions | null): void {
    if (type !== 'abort' || !isListener(listener) || this.#aborted) return;
    const { once = false, signal } = typeof options === 'object' && options !== null ? options : {};
    if (signal && #aborted in signal && signal.#aborted) return;
    for (let index = 0; index < this.#listeners.length; index += 1)
      if (this.#listeners[index]?.listener === listener) return;
    this.#listeners[this.#listeners.length] = { listener, once: !!once };
    if (signal && #aborted in signal) signal.addEventListener('abort', () => this.removeEventListener(type, listener));
  }

  removeEventListener(type: unknown, listener: Listener | null): void {
    if (type !== 'abort') return;
    for (let index = 0; index < this.#listeners.length; index += 1)
      if (this.#listeners[index]?.listener === listener) this.#listeners[index] = undefined;
  }

  static fire(signal: GuestAbortSignal, reason: unknown): void {
    if (signal.#aborted) return;
    signal.#aborted = true;
    signal.#reason = reason;
    const dependents = signal.#dependents;
    const event = freeze({ type: 'abort', target: signal, currentTarget: signal } as const);
    if (signal.#onabort) run(signal, signal.#onabort, event);
    const listeners = signal.#listeners;
    signal.#listeners = [];
    for (let index = 0; index < listeners.length; index += 1) {
      const { listener } = listeners[index] ?? {};
      if (listener) run(signal, listener, event);
    }
    for (let index = 0; index < dependents.length; index += 1) {
      const dependent = dependents[index];
      if (dependent) fire(dependent, reason);
    }
  }
}

interface AddOptions {
  readonly once?: boolean;
  readonly signal?: GuestAbortSignal;
}

/** Captured before a plugin can see, and change, the class. */
const { fire } = GuestAbortSignal;
Reflect.deleteProperty(GuestAbortSignal, 'fire');

export class GuestAbortController {
  readonly #signal = new GuestAbortSignal(KEY);

  get signal(): GuestAbortSignal {
    return this.#signal;
  }

  abort(reason?: unknown): void {
    fire(this.#signal, reason === undefined ? abortError() : reason);
  }
}

function isListener(listener: unknown): listener is Listener {
  return typeof listener === 'function' || (typeof listener === 'object' && listener !== null);
}

/** What one listener throws keeps no other from being told. */
function run(signal: GuestAbortSignal, listener: Listener, event: AbortEvent): void {
  try {
    if (typeof listener === 'function') apply(listener, signal, [event]);
    else listener.handleEvent(event);
  } catch (error) {
    // As elsewhere what nobody catches is told in the log, after all are told.
    guestSetTimeout(() => {
      throw error;
    });
  }
}

function abortError(): Error {
  return namedError('AbortError', 'This operation was aborted');
}

export { GuestAbortSignal };
