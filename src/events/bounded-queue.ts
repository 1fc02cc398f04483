/** What waits for one subscriber: at most so many items and so many bytes. */
export interface BoundedQueue<T> {
  /** False when it does not fit: nothing was put in. */
  push(item: T, bytes: number): boolean;
  shift(): T | undefined;
  readonly length: number;
  readonly bytes: number;
  clear(): void;
}

export function createBoundedQueue<T>(maxItems: number, maxBytes: number): BoundedQueue<T> {
  let entries: { readonly item: T; readonly bytes: number }[] = [];
  // Taken from the front by index: Array.shift moves everything each time.
  let head = 0;
  let total = 0;
  return {
    push(item, bytes) {
      if (entries.length - head >= maxItems || total + bytes > maxBytes) return false;
      entries.push({ item, bytes });
      total += bytes;
      return true;
    },
    shift() {
      const entry = entries[head];
      if (!entry) return undefined;
      head += 1;
      total -= entry.bytes;
      if (head === entries.length) [entries, head] = [[], 0];
      return entry.item;
    },
    get length() {
      return entries.length - head;
    },
    get bytes() {
      return total;
    },
    clear() {
      [entries, head, total] = [[], 0, 0];
    },
  };
}
