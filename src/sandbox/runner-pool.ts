/** The runners: which one takes an instance, when another is started, and who makes room. */
import type { ChildCommand } from './process-flags.ts';
import { RunnerProcess } from './runner-process.ts';
import type { RunnerTenant } from './runner-tenant.ts';
import type { ChildEnd } from './supervised-child.ts';

export interface RunnerPoolOptions {
  readonly command: ChildCommand;
  /** Heap that one runner admits, in all its instances. */
  readonly heapMbPerRunner: number;
  readonly maxRunners: number;
  onEnd(end: ChildEnd): void;
}

export interface Place {
  readonly runner: RunnerProcess;
  readonly number: number;
}

const BACK_OFF_MS = { first: 100, most: 10_000 };

export class RunnerPool {
  readonly #options: RunnerPoolOptions;
  readonly #runners = new Set<RunnerProcess>();
  #closed = false;
  #failures = 0;
  #notBefore = 0;
  #problem: string | undefined;

  constructor(options: RunnerPoolOptions) {
    this.#options = options;
  }

  get runners(): readonly RunnerProcess[] {
    return [...this.#runners];
  }

  /** Why no runner can be started at the moment, or undefined. */
  get problem(): string | undefined {
    return this.#closed ? 'the sandbox is closed' : this.#problem;
  }

  /** A place for the instance, or undefined when there is none: all is in use, or no runner starts. */
  async place(instance: RunnerTenant): Promise<Place | undefined> {
    await this.#find(instance)?.settled();
    const runner = this.#find(instance) ?? this.#start() ?? this.#makeRoom(instance.heapMb);
    if (!runner) return undefined;
    const number = runner.admit(instance);
    if (await runner.child.ready) return { runner, number };
    runner.release(number);
    return undefined;
  }

  /** Starts a runner ahead of need; true when it came up. */
  async warm(): Promise<boolean> {
    const runner = this.runners[0] ?? this.#start();
    return runner !== undefined && (await runner.child.ready);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const ends = this.runners.map((runner) => runner.child.gone);
    for (const runner of this.#runners) runner.child.kill('the sandbox was closed', 'closed');
    await Promise.all(ends);
  }

  /** Among the runners with room, one where the tenant is already, else the fullest. */
  #find(instance: RunnerTenant): RunnerProcess | undefined {
    const withRoom = this.runners.filter((runner) => runner.freeMb >= instance.heapMb);
    const itsOwn = withRoom.find((runner) => runner.instances.some(({ tenantId }) => tenantId === instance.tenantId));
    return itsOwn ?? withRoom.sort((a, b) => a.freeMb - b.freeMb)[0];
  }

  #start(): RunnerProcess | undefined {
    if (this.#closed || this.#runners.size >= this.#options.maxRunners || performance.now() < this.#notBefore)
      return undefined;
    const runner = new RunnerProcess({
      command: this.#options.command,
      heapMb: this.#options.heapMbPerRunner,
      onEnd: (ended, end) => {
        this.#runners.delete(ended);
        this.#options.onEnd(end);
      },
    });
    this.#runners.add(runner);
    void runner.child.ready.then(async (ready) =>
      ready ? this.#started() : this.#failed((await runner.child.gone).reason),
    );
    return runner;
  }

  #started(): void {
    this.#failures = 0;
    this.#problem = undefined;
  }

  #failed(reason: string): void {
    if (this.#closed) return;
    this.#problem = `a runner did not start: ${reason}`;
    this.#notBefore = performance.now() + Math.min(BACK_OFF_MS.first * 2 ** this.#failures, BACK_OFF_MS.most);
    this.#failures += 1;
  }

  /** Closes idle instances of one runner, the longest unused first, until the heap is there. */
  #makeRoom(heapMb: number): RunnerProcess | undefined {
    for (const runner of this.#runners) {
      const idle = runner.instances.filter((instance) => instance.idle).sort((a, b) => a.lastUsedAt - b.lastUsedAt);
      const gain = idle.reduce((sum, instance) => sum + instance.heapMb, 0);
      if (runner.child.ended || runner.freeMb + gain < heapMb) continue;
      for (const instance of idle) {
        if (runner.freeMb >= heapMb) break;
        instance.evict();
      }
      return runner;
    }
    return undefined;
  }
}
