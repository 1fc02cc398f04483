/** `setTimeout` and `setInterval` for isolates: the runner keeps the clock and comes back. */
import { currentWork, enter, sendClear, sendCounted, type Work } from './host.ts';

type Callback = (...values: unknown[]) => void;

interface Timer {
  readonly callback: Callback;
  readonly values: readonly unknown[];
  readonly delayMs: number;
  readonly repeats: boolean;
  /** In which it was set: it answers for what the callback does. */
  readonly work: Work;
}

const MAX_TIMERS = 256;
const MAX_DELAY_MS = 60_000;

const pending = new Map<number, Timer>();
/** Not `pending.size`, which a plugin can make say anything. */
let count = 0;
let lastId = 0;

const { get, set, delete: remove } = Map.prototype;
const { apply } = Reflect;
const { max, min, trunc } = Math;
const toNumber = Number;

export function guestSetTimeout(callback: Callback, delayMs: unknown = 0, ...values: unknown[]): number {
  return start('setTimeout', { callback, values, delayMs: inRange(delayMs), repeats: false, work: currentWork() });
}

/** The next time is counted from the end of the last, so that slow work does not pile up. */
export function guestSetInterval(callback: Callback, delayMs: unknown = 0, ...values: unknown[]): number {
  return start('setInterval', {
    callback,
    values,
    delayMs: max(inRange(delayMs), 1),
    repeats: true,
    work: currentWork(),
  });
}

/** Both `clearTimeout` and `clearInterval`. */
export function guestClearTimer(id: unknown): void {
  if (typeof id === 'number' && forget(id)) sendClear(id);
}

/** The runner's clock has come to timer `id`. */
export function fireTimer(id: number): void {
  const timer = apply(get, pending, [id]) as Timer | undefined;
  if (!timer) return;
  enter(timer.work);
  if (!timer.repeats) forget(id);
  try {
    apply(timer.callback, undefined, timer.values);
  } finally {
    if (apply(get, pending, [id]) === timer) setClock(id, timer);
  }
}

function start(name: string, timer: Timer): number {
  if (typeof timer.callback !== 'function') throw new TypeError(`${name} takes a function.`);
  if (count >= MAX_TIMERS) throw new RangeError(`There are ${MAX_TIMERS} timers already.`);
  const id = ++lastId;
  setClock(id, timer);
  apply(set, pending, [id, timer]);
  count += 1;
  return id;
}

function forget(id: number): boolean {
  const known = apply(remove, pending, [id]);
  if (known) count -= 1;
  return known;
}

function setClock(id: number, { work, delayMs }: Timer): void {
  sendCounted('timer', `${work.id} ${delayMs}`, work, id);
}

function inRange(delayMs: unknown): number {
  return max(min(trunc(toNumber(delayMs)) || 0, MAX_DELAY_MS), 0);
}
