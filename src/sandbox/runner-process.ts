/** One runner as the server sees it: a supervised process, the instances in it, and the heap they may use in all. */
import type { Json, JsonObject } from '../json/json.ts';
import { toExecutionErrorCode, toMessage } from './outcomes.ts';
import type { ChildCommand } from './process-flags.ts';
import type { RunnerTenant } from './runner-tenant.ts';
import { isPluginsDoing, SupervisedChild, type ChildEnd } from './supervised-child.ts';

export interface RunnerProcessOptions {
  readonly command: ChildCommand;
  readonly heapMb: number;
  /** `culprit`: the instance that ended it, when that is known. */
  onEnd(runner: RunnerProcess, end: ChildEnd, culprit: RunnerTenant | undefined): void;
}

/** An answer of the longest allowed kind, and its frame. */
const MAX_FRAME_CHARS = 2 * 1024 * 1024;

/** How long a runner may take to end an instance before it is ended itself: some loops end in no other way. */
const END_GRACE_MS = 100;

export class RunnerProcess {
  readonly child: SupervisedChild;
  /** On the clock of `performance.now()`; undefined until it is up. */
  upSince: number | undefined;
  /** What the instances in it have in common; set by the first one. */
  group: string | undefined;
  readonly #capacityMb: number;
  readonly #instances = new Map<number, RunnerTenant>();
  readonly #ending = new Set<Promise<unknown>>();
  #reservedMb = 0;
  #culprit: RunnerTenant | undefined;
  #lastInstance = 0;

  constructor(options: RunnerProcessOptions) {
    this.#capacityMb = options.heapMb;
    this.child = new SupervisedChild({
      command: options.command,
      maxFrameChars: MAX_FRAME_CHARS,
      onEvent: (head, body) => this.#take(head, body),
      onEnd: (end) => {
        const culprit = isPluginsDoing(end) ? this.#findCulprit() : undefined;
        options.onEnd(this, end, culprit);
        this.#tellEnd(end, culprit);
      },
    });
    void this.child.ready.then((ready) => (this.upSince = ready ? performance.now() : undefined));
  }

  get instances(): readonly RunnerTenant[] {
    return [...this.#instances.values()];
  }

  get freeMb(): number {
    return this.child.ended ? 0 : this.#capacityMb - this.#reservedMb;
  }

  /** Takes the instance in and gives its number; its heap is held until `release`. */
  admit(instance: RunnerTenant): number {
    const number = ++this.#lastInstance;
    this.#instances.set(number, instance);
    this.#reservedMb += instance.heapMb;
    return number;
  }

  release(number: number): void {
    const instance = this.#instances.get(number);
    if (!instance) return;
    this.#instances.delete(number);
    this.#reservedMb -= instance.heapMb;
  }

  /**
   * Ends an instance whatever it does. When it cannot be stopped within the grace the whole process is ended, and with it
   * whatever else was in it.
   */
  async end(number: number): Promise<void> {
    const clock = setTimeout(() => {
      this.#culprit ??= this.#instances.get(number);
      this.child.kill('a plugin in it could not be stopped');
    }, END_GRACE_MS);
    const ended = this.child.ask({ type: 'end', instance: number });
    this.#ending.add(ended);
    await ended;
    clearTimeout(clock);
    this.#ending.delete(ended);
    this.release(number);
  }

  /** Resolves when it is known of each instance being ended whether it could be, and so whether this process goes on. */
  async settled(): Promise<void> {
    while (this.#ending.size > 0) await Promise.all(this.#ending);
  }

  /** What could not be stopped, or had just gone over its memory, or was alone at work. */
  #findCulprit(): RunnerTenant | undefined {
    const atWork = this.instances.filter((instance) => !instance.idle);
    return this.#culprit ?? (atWork.length === 1 ? atWork[0] : undefined);
  }

  #tellEnd(end: ChildEnd, culprit: RunnerTenant | undefined): void {
    const instances = this.instances;
    this.#instances.clear();
    this.#reservedMb = 0;
    for (const instance of instances) instance.onRunnerEnd(end, instance === culprit);
  }

  #take(head: JsonObject, body: string | undefined): void {
    const number = head['instance'];
    const instance = typeof number === 'number' ? this.#instances.get(number) : undefined;
    if (typeof number !== 'number' || !instance) return;
    switch (head['event']) {
      case 'log':
        return instance.onLog(toNumber(head['call']) ?? 0, body ?? '');
      case 'ask':
        return instance.onAsk(toNumber(head['call']) ?? 0, toNumber(head['ask']) ?? 0, head['method'], body ?? '');
      case 'progress':
        return instance.onProgress(toNumber(head['call']) ?? 0, body ?? '');
      case 'gone':
        instance.onGone(toExecutionErrorCode(head['code']), toMessage(head['message']), toNumber(head['call']));
        return void this.end(number);
      default:
        return this.child.kill('it broke the protocol');
    }
  }
}

function toNumber(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
