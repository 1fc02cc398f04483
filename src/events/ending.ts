/** How a stream ends: once, with or without an error, undoing what it had connected. */
export interface Ending {
  /** Aborted from the end on. */
  readonly signal: AbortSignal;
  end(error?: unknown): void;
  /** Runs at once when it has ended already. */
  onEnd(undo: () => void): void;
  /** Throws what it ended with; the second time, and without an error, does nothing. */
  throwOnce(): void;
}

export function createEnding(): Ending {
  const controller = new AbortController();
  const undo: (() => void)[] = [];
  let failure: { readonly error: unknown } | undefined;
  return {
    signal: controller.signal,
    end(error) {
      if (controller.signal.aborted) return;
      failure = error === undefined ? undefined : { error };
      controller.abort();
      for (const step of undo.splice(0)) step();
    },
    onEnd(step) {
      if (controller.signal.aborted) step();
      else undo.push(step);
    },
    throwOnce() {
      const thrown = failure;
      failure = undefined;
      if (thrown) throw thrown.error;
    },
  };
}
