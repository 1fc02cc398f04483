/** What an instance, or the reading of a description, has in a runner: a number, until it fails or is given up. */
import type { Frame } from './frames.ts';
import { failure, type Failure } from './outcomes.ts';
import type { Place } from './runner-pool.ts';
import { timeoutMessage } from './timeout-message.ts';

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

  /** Asks the runner something about this instance, `onSent` under which id; when `ms` pass without an answer the instance is ended. */
  async ask(head: object, ms: number, onSent: (id: number) => void = () => {}): Promise<Frame | undefined> {
    const clock = setTimeout(() => void this.end(failure('TIMEOUT', timeoutMessage('wall', ms))), ms);
    const request = { ...head, instance: this.#place.number, ms };
    const asked = Promise.withResolvers<Frame | undefined>();
    const { child } = this.#place.runner;
    const id = child.request(request, undefined, asked.resolve);
    onSent(id);
    const answer = await Promise.race([asked.promise, this.#gone.promise]);
    child.forget(id);
    clearTimeout(clock);
    return answer;
  }
}
