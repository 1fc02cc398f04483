/** `AbortController` and `AbortSignal` for isolates, which have no events of their own: as much of them as a plugin can use. */

type Listener = ((event: { readonly type: 'abort'; readonly target: GuestAbortSignal }) => void) | null;

class GuestAbortSignal {
  #aborted = false;
  #reason: unknown = undefined;
  readonly #listeners = new Set<NonNullable<Listener>>();
  onabort: Listener = null;

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  addEventListener(type: string, listener: Listener): void {
    if (type === 'abort' && listener) this.#listeners.add(listener);
  }

  removeEventListener(type: string, listener: Listener): void {
    if (type === 'abort' && listener) this.#listeners.delete(listener);
  }

  static fire(signal: GuestAbortSignal, reason: unknown): void {
    if (signal.#aborted) return;
    signal.#aborted = true;
    signal.#reason = reason;
    const event = { type: 'abort', target: signal } as const;
    signal.onabort?.(event);
    for (const listener of signal.#listeners) listener(event);
    signal.#listeners.clear();
  }
}

/** Captured before a plugin can see, and change, the class. */
const fire = GuestAbortSignal.fire;
Reflect.deleteProperty(GuestAbortSignal, 'fire');

export class GuestAbortController {
  readonly signal = new GuestAbortSignal();

  abort(reason: unknown = abortError()): void {
    fire(this.signal, reason);
  }
}

function abortError(): Error {
  const error = new Error('This operation was aborted');
  error.name = 'AbortError';
  return error;
}

Object.defineProperty(GuestAbortSignal, 'name', { value: 'AbortSignal' });
Object.defineProperty(GuestAbortController, 'name', { value: 'AbortController' });

export { GuestAbortSignal };
