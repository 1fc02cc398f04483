/** `none`: there is no room to wait, or none will come. */
export type SlotAnswer = 'taken' | 'none' | 'cancelled';

/** Places for calls: so many at once, so many waiting, in the order of their arrival. */
export class CallSlots {
  readonly #atOnce: number;
  readonly #waitingAtMost: number;
  readonly #waiting: ((place: SlotAnswer) => void)[] = [];
  #taken = 0;
  #closed = false;

  constructor(atOnce: number, waitingAtMost: number) {
    this.#atOnce = atOnce;
    this.#waitingAtMost = waitingAtMost;
  }

  get hasRoom(): boolean {
    return !this.#closed && (this.#taken < this.#atOnce || this.#waiting.length < this.#waitingAtMost);
  }

  /** Nothing is under way and nothing waits. */
  get idle(): boolean {
    return this.#taken === 0;
  }

  /** True when the place is there now. */
  takeNow(): boolean {
    if (this.#closed || this.#taken >= this.#atOnce) return false;
    this.#taken += 1;
    return true;
  }

  /** Waits for a place, until `signal` says that nobody needs it any more. */
  take(signal?: AbortSignal): Promise<SlotAnswer> {
    if (this.takeNow()) return Promise.resolve('taken');
    if (!this.hasRoom) return Promise.resolve('none');
    return new Promise((resolve) => {
      const answer = (place: SlotAnswer) => {
        signal?.removeEventListener('abort', leave);
        resolve(place);
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(answer), 1);
        answer('cancelled');
      };
      this.#waiting.push(answer);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next) next('taken');
    else this.#taken -= 1;
  }

  /** Takes nobody new; whoever waits still gets a place. */
  close(): void {
    this.#closed = true;
  }

  /** Whoever waits is told that no place will come. */
  abandon(): void {
    this.#closed = true;
    for (const resolve of this.#waiting.splice(0)) resolve('none');
  }
}
