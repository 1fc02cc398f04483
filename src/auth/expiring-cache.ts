/** Remembers values until a time, and at most so many: the one put in first goes first. */
export interface ExpiringCache<T> {
  get(key: string): T | undefined;
  /** `until` in milliseconds since the epoch. */
  set(key: string, value: T, until: number): void;
}

export function createExpiringCache<T>(maxEntries: number, now: () => number): ExpiringCache<T> {
  const entries = new Map<string, { readonly value: T; readonly until: number }>();
  return {
    get(key) {
      const entry = entries.get(key);
      if (!entry || entry.until > now()) return entry?.value;
      entries.delete(key);
      return undefined;
    },
    set(key, value, until) {
      entries.delete(key);
      entries.set(key, { value, until });
      const [oldest] = entries.keys();
      if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest);
    },
  };
}
