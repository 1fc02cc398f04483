/** What an instance, or the reading of a description, has in a runner: a number, until it fails or is given up. */
import type { Frame } from './frames.ts';
import { failure, type Failure } from './outcomes.ts';
import type { Place } from './runner-pool.ts';

export class Seat {
  readonly #place: Place;
  readonly #gone = Promise.withResolvers<undefined>();
  #failure: Failure | undefined;

  constructor(place: Place) {
    this.#place = place;
  }

  /** Why there is nothing here any more, or undefined. */
  get failure(): Failure | undefined {
    return this.#failure;
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

  /** Asks the runner something about this instance; when `ms` pass without an answer the instance is ended. */
  async ask(head: object, ms: number): Promise<Frame | undefined> {
    const clock = setTimeout(() => void this.end(failure('TIMEOUT', `It did not end within ${ms} ms.`)), ms);
    const request = { ...head, instance: this.#place.number, ms };
    const answer = await Promise.race([this.#place.runner.child.ask(request), this.#gone.promise]);
    clearTimeout(clock);
    return answer;
  }
}
