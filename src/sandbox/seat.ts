/** What an instance, or the reading of a description, has in a runner: a number, until it fails or is given up. */
import type { Frame } from './frames.ts';
import { failure, type Failure } from './outcomes.ts';
import type { Place } from './runner-pool.ts';
import { timeoutMessage, type TimedWork } from './timeout-message.ts';

export interface SeatRequest {
  readonly type: TimedWork;
}

export class Seat {
  readonly #place: Place;
  readonly #gone = Promise.withResolvers<undefined>();
  #failure: Failure | undefined;
  #passedOver = false;

  constructor(place: Place) {
    this.#place = place;
  }

  /** Why there is nothing here any more, or undefined. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** The runner did not come to it, and no letter of the plugin has run: another runner may. */
  get passedOver(): boolean {
    return this.#passedOver;
  }

  /** Resolves when it is given up or gone. */
  get ended(): Promise<undefined> {
    return this.#gone.promise;
  }

  get place(): Place {
    return this.#place;
  }

  /** The instance is gone already; says so to whoever waits. */
  fail(why: Failure): void {
    this.#failure ??= why;
    this.#gone.resolve(undefined);
  }

  /** Ends the instance, and when it cannot be stopped, its runner. */
  end(why: Failure): Promise<void> {
    this.fail(why);
    return this.#place.runner.end(this.#place.number);
  }

  /**
   * Asks the runner something about this instance, `onSent` under which id; when `ms` pass without an answer the instance is
   * ended. They count from when the runner has come to the instance: before that it is others who take its time.
   */
  async ask(head: SeatRequest, ms: number, onSent: (id: number) => void = () => {}): Promise<Frame | undefined> {
    const request = { ...head, instance: this.#place.number, ms };
    const asked = Promise.withResolvers<Frame | undefined>();
    const { child } = this.#place.runner;
    const id = child.request(request, undefined, asked.resolve);
    onSent(id);
    const answered = Promise.race([asked.promise, this.#gone.promise]);
    await this.#enter(answered);
    const clock = setTimeout(() => void this.end(failure('TIMEOUT', timeoutMessage('wall', ms, head.type))), ms);
    const answer = await answered;
    child.forget(id);
    clearTimeout(clock);
    return answer;
  }

  /** Resolves when the runner has come to it, or is given up for holding it off, or when it has answered. */
  async #enter(answered: Promise<unknown>): Promise<void> {
    const { runner, number } = this.#place;
    const entering = runner.entering(number);
    if (!entering) return;
    const patienceMs = runner.atWork ? ENTER_MS.inCompany : ENTER_MS.alone;
    const look = (): void => {
      // It comes to one after the other: whoever came before took its time, and does not hold it.
      const leftMs = runner.lastEnteredAt + patienceMs - performance.now();
      if (leftMs > 0) clock = setTimeout(look, leftMs);
      else this.#passOver();
    };
    let clock = setTimeout(look, patienceMs);
    await Promise.race([entering, answered]);
    clearTimeout(clock);
  }

  #passOver(): void {
    this.#passedOver = true;
    void this.end(failure('SANDBOX_UNAVAILABLE', 'Its runner was busy with others; try again.'));
  }
}

/** Somebody who is trusted with a runner's own thread may keep it; alone, only a busy machine makes it slow. */
const ENTER_MS = { inCompany: 400, alone: 5_000 };
