/** What a request asks of a runner that has a clock of its own; a request of a runner has the same type. */
export type TimedWork = 'call' | 'open' | 'close' | 'describe';

interface Clock {
  /** As its author or an operator sets it. */
  readonly limit: string;
  readonly advice: string;
}

const WALL: Readonly<Record<TimedWork, Clock>> = {
  call: {
    limit: 'timeoutMs of the tool or hook, else callMs',
    advice: 'Do less in one call, or name a longer timeoutMs.',
  },
  open: { limit: 'initMs', advice: 'Do less in the module and in onLoad, or wish for more in metadata.limits.' },
  close: { limit: 'unloadMs', advice: 'Do less in onUnload, or wish for more in metadata.limits.' },
  describe: {
    limit: 'describeMs',
    advice: 'Do less in the module and the constructor; only an operator can give more.',
  },
};

// What is no call may use a processor for all of its time.
const PROCESSOR: Readonly<Record<TimedWork, Clock>> = {
  ...WALL,
  call: { limit: 'cpuMs', advice: 'Do less in one call, or wish for more in metadata.limits.' },
};

/** Which clock ended something, which limit that is, and what to do, in words for whoever reads its outcome. */
export function timeoutMessage(clock: 'wall' | 'processor', limitMs: number, work: TimedWork = 'call'): string {
  const { limit, advice } = (clock === 'wall' ? WALL : PROCESSOR)[work];
  return `It did not end within ${limitMs} ms of ${clock} time (${limit}). ${advice}`;
}
