/** What one instance has under way, and who pays for what it tells: the call, while it is not answered, else what calls left behind. */
import { Leftovers } from './leftovers.ts';
import type { GuestSettings } from './messages.ts';
import { beginWork, type Work } from './work.ts';

/** A line that says that the rest was cut comes after the last one that fits. */
const LAST_LOG_LINE_CHARS = 256;

export class Works {
  /** What answered calls left behind counts here, from one call to the next. */
  readonly leftovers: Leftovers;
  readonly #settings: GuestSettings;
  readonly #unanswered = new Map<number, Work>();

  constructor(settings: GuestSettings) {
    this.#settings = settings;
    this.leftovers = new Leftovers(settings.cpuMs);
  }

  begin(id: number, timeoutMs: number, cpuMs: number): Work {
    const work = beginWork(id, timeoutMs, cpuMs);
    this.#unanswered.set(id, work);
    return work;
  }

  /** The work of a call that is not answered yet. */
  unanswered(call: number): Work | undefined {
    return this.#unanswered.get(call);
  }

  isUnanswered({ id }: Work): boolean {
    return this.#unanswered.has(id);
  }

  /** True when it was unanswered until now. */
  answer({ id }: Work): boolean {
    return this.#unanswered.delete(id);
  }

  /** Nobody is answered any more. */
  abandon(): void {
    this.#unanswered.clear();
  }

  payerOf(call: number): Work {
    return this.#unanswered.get(call) ?? this.leftovers.work;
  }

  /** Counts; false when that was too much. So do the next two. */
  takeHostCall(call: number): boolean {
    const payer = this.payerOf(call);
    payer.hostCalls += 1;
    return payer.hostCalls <= this.#settings.hostCalls;
  }

  takeProgress(call: number, text: string): boolean {
    const payer = this.payerOf(call);
    payer.progressBytes += Buffer.byteLength(text);
    return payer.progressBytes <= this.#settings.progressBytes;
  }

  takeLogLine(call: number, text: string): boolean {
    const payer = this.payerOf(call);
    payer.logChars += text.length;
    return payer.logChars <= this.#settings.logBytes + LAST_LOG_LINE_CHARS;
  }

  /** The number of its next part, from 0. */
  takePart(call: number): number {
    const payer = this.payerOf(call);
    payer.parts += 1;
    return payer.parts - 1;
  }
}
