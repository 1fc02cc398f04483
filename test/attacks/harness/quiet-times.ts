/** What the machine gives when no attack runs: the measure for what may be asked of it while one does. */
import { p99, type Samples } from './probe.ts';

export interface Quiet {
  readonly canaryP99Ms: number;
  readonly loopDelayMs: number;
}

interface QuietTime {
  readonly from: number;
  readonly to: number;
  readonly loopDelayMs: number;
}

const KEPT = 12;

export class QuietTimes {
  readonly #canary: Samples;
  readonly #times: QuietTime[] = [];

  constructor(canary: Samples) {
    this.#canary = canary;
  }

  add(time: QuietTime): void {
    this.#times.push(time);
    if (this.#times.length > KEPT) this.#times.shift();
  }

  get quiet(): Quiet {
    const samples = this.#times.flatMap(({ from, to }) => this.#canary.between(from, to));
    return {
      canaryP99Ms: p99(samples.map(({ ms }) => ms)),
      loopDelayMs: p99(this.#times.map(({ loopDelayMs }) => loopDelayMs)),
    };
  }
}
