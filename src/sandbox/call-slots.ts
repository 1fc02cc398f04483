/** Places for calls: so many at once, so many waiting, in the order of their arrival. */
export class CallSlots {
  readonly #atOnce: number;
  readonly #waitingAtMost: number;
  readonly #waiting: ((granted: boolean) => void)[] = [];
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

  /** Waits for a place; false when there is no room to wait, or none will come. */
  take(): Promise<boolean> {
    if (this.takeNow()) return Promise.resolve(true);
    if (!this.hasRoom) return Promise.resolve(false);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next) next(true);
    else this.#taken -= 1;
  }

  /** Takes nobody new; whoever waits still gets a place. */
  close(): void {
    this.#closed = true;
  }

  /** Whoever waits is told that no place will come. */
  abandon(): void {
    this.#closed = true;
    for (const resolve of this.#waiting.splice(0)) resolve(false);
  }
}
