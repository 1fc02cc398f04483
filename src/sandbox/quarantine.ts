/**
 * Who gets a runner apart from others, and for how long: what ended one for sure, and what only may have. A suspect is set
 * apart too, so that it is alone when it does it again; then it is known.
 */
export class Quarantine {
  readonly #records = new Map<string, { readonly until: number; readonly strikes: number }>();
  readonly #now: () => number;

  /** `plugin` below names a plugin of one tenant. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** It ended a runner. */
  convict(plugin: string): void {
    this.#set(plugin, QUARANTINE_MS, 0);
  }

  /** It was at work in a runner that one of several ended. Several times is no proof, and enough. */
  suspect(plugin: string): void {
    const strikes = (this.#live(plugin)?.strikes ?? 0) + 1;
    this.#set(plugin, strikes >= STRIKES ? QUARANTINE_MS : SUSPICION_MS, strikes);
  }

  holds(plugin: string): boolean {
    return this.#live(plugin) !== undefined;
  }

  #live(plugin: string) {
    const record = this.#records.get(plugin);
    if (record && this.#now() < record.until) return record;
    this.#records.delete(plugin);
    return undefined;
  }

  #set(plugin: string, ms: number, strikes: number): void {
    const until = Math.max(this.#now() + ms, this.#live(plugin)?.until ?? 0);
    this.#records.delete(plugin);
    this.#records.set(plugin, { until, strikes });
    const [oldest] = this.#records.keys();
    if (this.#records.size > MAX_KNOWN && oldest !== undefined) this.#records.delete(oldest);
  }
}

const QUARANTINE_MS = 600_000;
/** Long enough for a call to come again, short enough that the innocent are soon among others. */
const SUSPICION_MS = 60_000;
const STRIKES = 3;
const MAX_KNOWN = 10_000;
