/** `setTimeout` for isolates: the runner keeps the clock and comes back. */
import { sendCounted } from './host.ts';

type Callback = (...values: unknown[]) => void;

const MAX_TIMERS = 256;
const MAX_DELAY_MS = 60_000;

const pending = new Map<number, () => void>();
const { get, set, delete: remove } = Map.prototype;
const { apply } = Reflect;
let lastId = 0;

export function guestSetTimeout(callback: Callback, delayMs: unknown = 0, ...values: unknown[]): number {
  if (typeof callback !== 'function') throw new TypeError('setTimeout takes a function.');
  if (pending.size >= MAX_TIMERS) throw new RangeError(`There are ${MAX_TIMERS} timers already.`);
  const delay = Math.min(Math.max(Number(delayMs) || 0, 0), MAX_DELAY_MS);
  const id = ++lastId;
  apply(set, pending, [id, () => callback(...values)]);
  sendCounted('timer', id, `${delay}`);
  return id;
}

export function guestClearTimeout(id: unknown): void {
  apply(remove, pending, [id]);
}

/** The runner's clock has come to timer `id`. */
export function fireTimer(id: number): void {
  const callback: unknown = apply(get, pending, [id]);
  apply(remove, pending, [id]);
  if (typeof callback === 'function') apply(callback, undefined, []);
}
