/**
 * Reads one thing for many who ask at the same time: what is asked for before the event loop turns is one call of
 * `read`. Nothing is kept, so a subscription that lives for hours never sees an old answer.
 */
export function batch<Key, Value>(
  read: (keys: readonly Key[]) => Promise<(key: Key) => Value>,
): (key: Key) => Promise<Value> {
  let waiting: { readonly keys: Set<Key>; readonly answers: Promise<(key: Key) => Value> } | undefined;

  function begin() {
    const keys = new Set<Key>();
    // Resolvers that are ready at the same time ask from promise reactions, and all of those come before an immediate.
    const asked = new Promise<void>((resolve) => setImmediate(resolve));
    const answers = asked.then(() => {
      waiting = undefined;
      return read([...keys]);
    });
    return { keys, answers };
  }

  return async (key) => {
    waiting ??= begin();
    waiting.keys.add(key);
    return (await waiting.answers)(key);
  };
}
