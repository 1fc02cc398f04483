/** One runner as the server sees it: a supervised process, the instances in it, and the heap they may use in all. */
import type { Json, JsonObject } from '../json/json.ts';
import { watchEnding, type Ending } from './end-watch.ts';
import { toExecutionErrorCode, toMessage } from './outcomes.ts';
import type { ChildCommand } from './process-flags.ts';
import type { RunnerTenant } from './runner-tenant.ts';
import { isPluginsDoing, SupervisedChild, type ChildEnd } from './supervised-child.ts';

export interface RunnerProcessOptions {
  readonly command: ChildCommand;
  readonly heapMb: number;
  onEnd(runner: RunnerProcess, end: ChildEnd, blame: Blame): void;
  /** The last instance in it has gone. */
  onEmpty(): void;
}

/** Who ended a runner: known, one of several, or nobody in it. */
export interface Blame {
  readonly culprit: RunnerTenant | undefined;
  readonly suspects: readonly RunnerTenant[];
}

/** An answer of the longest allowed kind, and its frame. */
const MAX_FRAME_CHARS = 2 * 1024 * 1024;
/** What ran without a call may leave memory full for so long, of which the process ends at the next one's need. */
const BACKGROUND_MS = 1_000;
/** A runner needs so long to tell that a call goes on after it was answered. */
const JUST_NOW_MS = 100;

export class RunnerProcess {
  readonly child: SupervisedChild;
  /** On the clock of `performance.now()`; undefined until it is up. */
  upSince: number | undefined;
  /** What the instances in it have in common; set by the first one. */
  group: string | undefined;
  readonly #capacityMb: number;
  readonly #onEmpty: () => void;
  readonly #instances = new Map<number, RunnerTenant>();
  readonly #endings = new Map<number, Ending & { readonly done: Promise<unknown> }>();
  /** The heap that each holds here. */
  readonly #heldMb = new Map<number, number>();
  /** Until when each counts as at work for what runs in it without a call, on the clock of `performance.now()`. */
  readonly #inBackground = new Map<number, number>();
  /** The runner has not come to them yet, so nothing of theirs has run. */
  readonly #outside = new Map<number, PromiseWithResolvers<undefined>>();
  #lastEnteredAt = -Infinity;
  #culprit: RunnerTenant | undefined;
  #lastInstance = 0;

  constructor(options: RunnerProcessOptions) {
    this.#capacityMb = options.heapMb;
    this.#onEmpty = () => options.onEmpty();
    this.child = new SupervisedChild({
      command: options.command,
      maxFrameChars: MAX_FRAME_CHARS,
      onEvent: (head, body) => this.#take(head, body),
      onNearlyFull: () => this.child.send({ type: 'full' }),
      onEnd: (end) => {
        // Before it is up nothing of a plugin has run in it, though some may wait for that.
        const mayBlame = this.upSince !== undefined && isPluginsDoing(end);
        const blame = mayBlame ? this.#blame() : { culprit: undefined, suspects: [] };
        options.onEnd(this, end, blame);
        this.#tellEnd(end, blame.culprit);
      },
    });
    void this.child.ready.then((ready) => (this.upSince = ready ? performance.now() : undefined));
  }

  get instances(): readonly RunnerTenant[] {
    return [...this.#instances.values()];
  }

  get freeMb(): number {
    if (this.child.ended) return 0;
    return [...this.#heldMb.values()].reduce((free, heapMb) => free - heapMb, this.#capacityMb);
  }

  /** Of its heap, what a tenant's instances hold. */
  heldMbOf(tenantId: string): number {
    const own = [...this.#heldMb].filter(([number]) => this.#instances.get(number)?.tenantId === tenantId);
    return own.reduce((sum, [, heapMb]) => sum + heapMb, 0);
  }

  /** Takes the instance in and gives its number; its heap is held until `release` or `giveBackHeap`. */
  admit(instance: RunnerTenant): number {
    const number = ++this.#lastInstance;
    this.#instances.set(number, instance);
    this.#heldMb.set(number, instance.heapMb);
    this.#outside.set(number, Promise.withResolvers());
    return number;
  }

  /** For another instance, though this one is here until it has ended, and answers for what it does until then. */
  giveBackHeap(number: number): void {
    this.#heldMb.delete(number);
  }

  release(number: number): void {
    if (!this.#instances.delete(number)) return;
    this.#heldMb.delete(number);
    this.#inBackground.delete(number);
    this.#outside.delete(number);
    if (this.#instances.size === 0) this.#onEmpty();
  }

  /**
   * Ends an instance whatever it does. When it cannot be stopped the whole process is ended, and with it whatever else was
   * in it.
   */
  async end(number: number): Promise<void> {
    const known = this.#endings.get(number);
    if (known) return void (await known.done);
    const done = this.child.ask({ type: 'end', instance: number });
    const ending = { taken: false, over: false, done };
    this.#endings.set(number, ending);
    void this.#endHung(number, ending);
    await done;
    ending.over = true;
    this.#endings.delete(number);
    this.release(number);
  }

  /** Resolves when the runner has come to it, after which its own clocks count; undefined when it has. */
  entering(number: number): Promise<undefined> | undefined {
    return this.#outside.get(number)?.promise;
  }

  /** When it last came to one of those who wait for that, on the clock of `performance.now()`. */
  get lastEnteredAt(): number {
    return this.#lastEnteredAt;
  }

  /** Somebody is at work, who may hold the thread that takes requests. */
  get atWork(): boolean {
    return this.#atWork().length > 0;
  }

  /** It is not yet known of an instance being ended whether it can be, and so whether this process goes on. */
  get settling(): boolean {
    return this.#endings.size > 0;
  }

  /** Resolves when that is known of each. */
  async settled(): Promise<void> {
    while (this.settling) await Promise.all([...this.#endings.values()].map(({ done }) => done));
  }

  async #endHung(number: number, ending: Ending): Promise<void> {
    const hung = await watchEnding(this.child.pid, ending);
    if (hung === undefined || this.child.ended) return;
    // Whose fault it is that its own thread does not answer is not known by that.
    if (hung === 'runner') return this.child.kill('it did not answer any more', 'silent');
    this.#culprit ??= this.#instances.get(number);
    this.child.kill('a plugin in it could not be stopped', 'hung');
  }

  /** V8 cannot go on in that process; it would end itself in a moment. */
  #endAfterCatastrophe(instance: RunnerTenant): void {
    this.#culprit ??= instance;
    this.child.kill('a plugin in it used up its memory', 'memory');
  }

  /** What could not be stopped, or was alone at work; else everything that was. */
  #blame(): Blame {
    const atWork = this.#atWork();
    const culprit = this.#culprit ?? (atWork.length === 1 ? atWork[0] : undefined);
    return { culprit, suspects: culprit ? [] : atWork };
  }

  /** With a call, or with what one has left behind, now or a moment ago: either may have ended the process. */
  #atWork(): readonly RunnerTenant[] {
    const now = performance.now();
    const isAtWork = ([number, instance]: readonly [number, RunnerTenant]) =>
      !instance.idle || now - instance.lastUsedAt < JUST_NOW_MS || (this.#inBackground.get(number) ?? -Infinity) > now;
    return [...this.#instances]
      .filter(([number]) => !this.#outside.has(number))
      .filter(isAtWork)
      .map(([, instance]) => instance);
  }

  #enter(number: number): void {
    this.#lastEnteredAt = performance.now();
    this.#outside.get(number)?.resolve(undefined);
    this.#outside.delete(number);
  }

  #tellEnd(end: ChildEnd, culprit: RunnerTenant | undefined): void {
    const instances = this.instances;
    this.#instances.clear();
    this.#heldMb.clear();
    for (const instance of instances) instance.onRunnerEnd(end, instance === culprit);
  }

  #take(head: JsonObject, body: string | undefined): void {
    const number = head['instance'];
    const ending = typeof number === 'number' ? this.#endings.get(number) : undefined;
    if (head['event'] === 'ending') return void (ending && (ending.taken = true));
    const instance = typeof number === 'number' ? this.#instances.get(number) : undefined;
    if (typeof number !== 'number' || !instance) return;
    switch (head['event']) {
      case 'entered':
        return this.#enter(number);
      case 'background':
        return void this.#inBackground.set(
          number,
          head['runs'] === true ? Infinity : performance.now() + BACKGROUND_MS,
        );
      case 'log':
        return instance.onLog(toNumber(head['call']) ?? 0, body ?? '');
      case 'ask':
        return instance.onAsk(toNumber(head['call']) ?? 0, toNumber(head['ask']) ?? 0, head['method'], body ?? '');
      case 'progress':
        return instance.onProgress(toNumber(head['call']) ?? 0, body ?? '', toNumber(head['part']));
      case 'gone':
        instance.onGone(toExecutionErrorCode(head['code']), toMessage(head['message']), toNumber(head['call']));
        return head['catastrophe'] === true ? this.#endAfterCatastrophe(instance) : void this.end(number);
      default:
        return this.child.kill('it broke the protocol');
    }
  }
}

function toNumber(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
