interface Entry<T> {
  readonly item: T;
  readonly bytes: number;
}

/** What waits for one subscriber: at most so many items and so many bytes. */
export class BoundedQueue<T> {
  readonly #maxItems: number;
  readonly #maxBytes: number;
  /** Undefined while nothing waits: of those who wait for nothing there are many. */
  #entries: Entry<T>[] | undefined;
  // Taken from the front by index: Array.shift moves everything each time.
  #head = 0;
  #bytes = 0;

  constructor(maxItems: number, maxBytes: number) {
    this.#maxItems = maxItems;
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return (this.#entries?.length ?? 0) - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** False when it does not fit: nothing was put in. */
  push(item: T, bytes: number): boolean {
    if (this.length >= this.#maxItems || this.#bytes + bytes > this.#maxBytes) return false;
    (this.#entries ??= []).push({ item, bytes });
    this.#bytes += bytes;
    return true;
  }

  shift(): T | undefined {
    const entry = this.#entries?.[this.#head];
    if (!entry) return undefined;
    this.#head += 1;
    this.#bytes -= entry.bytes;
    if (this.length === 0) this.clear();
    return entry.item;
  }

  clear(): void {
    this.#entries = undefined;
    this.#head = 0;
    this.#bytes = 0;
  }
}
