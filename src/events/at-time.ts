/** The longest delay setTimeout takes; a longer one would fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

export interface Expiring {
  /** The moment has come. */
  expire(): void;
}

interface Moment {
  readonly waiting: Set<Expiring>;
  timer: NodeJS.Timeout;
}

/** All that wait for the same moment share a timer: what follows by one token ends with it. */
const moments = new Map<number, Moment>();

/** Tells it at a moment (milliseconds since the epoch), however far away. Does not keep the process alive. */
export function expireAt(moment: number, who: Expiring): void {
  const known = moments.get(moment);
  if (known) return void known.waiting.add(who);
  moments.set(moment, { waiting: new Set([who]), timer: wait(moment) });
}

export function forgetExpiry(moment: number, who: Expiring): void {
  const known = moments.get(moment);
  if (!known?.waiting.delete(who) || known.waiting.size > 0) return;
  clearTimeout(known.timer);
  moments.delete(moment);
}

function wait(moment: number): NodeJS.Timeout {
  const left = Math.max(0, moment - Date.now());
  return setTimeout(() => look(moment), Math.min(left, TIMER_MAX_MS)).unref();
}

function look(moment: number): void {
  const known = moments.get(moment);
  if (!known) return;
  if (Date.now() < moment) {
    known.timer = wait(moment);
    return;
  }
  moments.delete(moment);
  for (const who of known.waiting) who.expire();
}
