/** What one call, or a loading, has asked of the host and told it: counted here, whatever the isolate says of itself. */
import type { HostRequest } from './host-methods.ts';

/** A line that says that the rest was cut comes after the last one that fits. */
const LAST_LOG_LINE_CHARS = 256;

export interface Denial {
  readonly code: 'PERMISSION_DENIED' | 'HOST_CALL_BUDGET_EXCEEDED';
  readonly message: string;
}

export class HostAccount {
  readonly call: HostRequest['call'];
  /** Somebody may have noticed what it did, so it cannot be done again as if nothing had been. */
  told = false;
  /** What a call that does not get over it ends with: the host denied it something, in these words. */
  denied: Denial | undefined;
  /** Questions that are not answered yet. */
  pending = 0;
  ended = false;
  #hostCalls = 0;
  #logChars = 0;
  #progressBytes = 0;
  #controller: AbortController | undefined;

  /** `call`: null for a loading or unloading. */
  constructor(call: HostRequest['call']) {
    this.call = call;
  }

  /** Aborted by `end`. */
  get signal(): AbortSignal {
    if (this.ended) return AbortSignal.abort();
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  /** Nobody waits for answers any more. */
  end(): void {
    this.ended = true;
    this.#controller?.abort();
  }

  /** Whether it may call the host once more, out of so many times. */
  takeHostCall(hostCalls: number): boolean {
    this.#hostCalls += 1;
    return this.#hostCalls <= hostCalls;
  }

  /** Whether progress of such a length is still within what it may tell. */
  takeProgress(bytes: number, progressBytes: number): boolean {
    this.#progressBytes += bytes;
    return this.#progressBytes <= progressBytes;
  }

  /** Whether a line of such a length is still within what it may log. */
  takeLogLine(chars: number, logBytes: number): boolean {
    this.#logChars += chars;
    return this.#logChars <= logBytes + LAST_LOG_LINE_CHARS;
  }
}
