/** The plugins, each of one tenant, that ended a runner: for a while they get one to themselves. */
export class Quarantine {
  readonly #until = new Map<string, number>();

  add(plugin: string): void {
    this.#until.delete(plugin);
    this.#until.set(plugin, performance.now() + QUARANTINE_MS);
    const [oldest] = this.#until.keys();
    if (this.#until.size > MAX_KNOWN && oldest !== undefined) this.#until.delete(oldest);
  }

  holds(plugin: string): boolean {
    const until = this.#until.get(plugin);
    if (until === undefined) return false;
    if (performance.now() < until) return true;
    this.#until.delete(plugin);
    return false;
  }
}

const QUARANTINE_MS = 600_000;
const MAX_KNOWN = 10_000;
