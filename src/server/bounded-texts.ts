/** Remembers what belongs to a text, for as many texts as fit: the one used longest ago goes first. */
export interface BoundedTexts<T> {
  get(text: string): T | undefined;
  set(text: string, value: T): void;
}

/** Never holds more than `entries` texts, nor texts of more than `chars` characters in all. */
export function createBoundedTexts<T>(most: { readonly entries: number; readonly chars: number }): BoundedTexts<T> {
  const kept = new Map<string, T>();
  let chars = 0;

  function forget(text: string): void {
    if (kept.delete(text)) chars -= text.length;
  }

  return {
    get(text) {
      const value = kept.get(text);
      if (value === undefined) return undefined;
      // Last in order: used just now.
      kept.delete(text);
      kept.set(text, value);
      return value;
    },
    set(text, value) {
      forget(text);
      kept.set(text, value);
      chars += text.length;
      for (const oldest of kept.keys()) {
        if (kept.size <= most.entries && chars <= most.chars) break;
        forget(oldest);
      }
    },
  };
}
