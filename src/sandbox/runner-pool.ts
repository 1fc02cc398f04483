/** The runners: which one takes an instance, when another is started, who makes room, and when one has served its time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { residentBytes } from './memory-watch.ts';
import type { ChildCommand } from './process-flags.ts';
import { Quarantine } from './quarantine.ts';
import { RunnerProcess, type RunnerProcessOptions } from './runner-process.ts';
import type { RunnerTenant } from './runner-tenant.ts';
import type { ChildEnd } from './supervised-child.ts';

/** Whose instances may be in one runner: everybody's as there is room, or those of one tenant. */
export type Cordon = 'shared' | 'tenant';

/** When a runner is replaced by a fresh one, though nothing is wrong with it. */
export interface RecycleMarks {
  readonly calls: number;
  readonly ageMs: number;
  readonly residentMb: number;
  /** How often that is looked at. */
  readonly everyMs: number;
}

export interface RunnerPoolOptions {
  readonly command: ChildCommand;
  /** Heap that one runner admits, in all its instances. */
  readonly heapMbPerRunner: number;
  readonly maxRunners: number;
  /** Default `shared`. */
  readonly cordon?: Cordon;
  readonly recycle?: Partial<RecycleMarks>;
  /** `culprit`: the instance that ended it, when that is known. */
  onEnd(end: ChildEnd, culprit?: RunnerTenant): void;
}

export interface Place {
  readonly runner: RunnerProcess;
  readonly number: number;
}

const QUARANTINE = 'quarantine ';
/** How often a runner may die before it is up until the caller is told. */
const PLACE_TRIES = 5;
/** How many wait in reserve; more for a while when something outside ends runners, which may go on. */
const SPARES = { usual: 1, uncertain: 3 };
const LOST_MS = 10_000;
/** How long a runner that nobody is in waits for somebody. */
const EMPTY_MS = 500;
const SETTLE_MS = 100;
/** Of all the room that runners have; at least one runner's. */
const TENANT_SHARE = 0.5;
const BACK_OFF_MS = { first: 100, most: 10_000 };
const RECYCLE: RecycleMarks = { calls: 5_000_000, ageMs: 3_600_000, residentMb: 224, everyMs: 10_000 };

export class RunnerPool {
  readonly #options: RunnerPoolOptions;
  readonly #recycle: RecycleMarks;
  readonly #runners = new Set<RunnerProcess>();
  /** Not in use any more, and not yet gone. */
  readonly #leaving = new Set<RunnerProcess>();
  readonly #quarantine = new Quarantine();
  readonly #sweep: NodeJS.Timeout;
  /** Empty, and up or soon so: they take the place of the next that are needed. */
  readonly #spares = new Set<RunnerProcess>();
  /** When a runner was last ended by something outside, on the clock of `performance.now()`. */
  #lostAt = -Infinity;
  #closed = false;
  #failures = 0;
  #notBefore = 0;
  #revival: NodeJS.Timeout | undefined;
  #problem: string | undefined;

  constructor(options: RunnerPoolOptions) {
    this.#options = options;
    this.#recycle = { ...RECYCLE, ...options.recycle };
    this.#sweep = setInterval(() => this.#retireWornOut(), this.#recycle.everyMs).unref();
  }

  /** Those in use; not the spare one. */
  get runners(): readonly RunnerProcess[] {
    return [...this.#runners];
  }

  /** Why no runner can be started at the moment, or undefined. */
  get problem(): string | undefined {
    return this.#closed ? 'the sandbox is closed' : this.#problem;
  }

  /** Whether a plugin could be opened, as far as is known. */
  get ready(): boolean {
    // One in reserve will do: when nobody has a plugin open it is all there is.
    const up = [...this.#runners, ...this.#spares].some(({ upSince, child }) => upSince !== undefined && !child.ended);
    return !this.#closed && (up || this.#problem === undefined);
  }

  /** A place for the instance, or undefined when there is none: all is in use, or no runner starts. */
  async place(instance: RunnerTenant): Promise<Place | undefined> {
    for (let tries = 0; tries < PLACE_TRIES; tries += 1) {
      const runner = await this.#choose(instance);
      if (!runner) return undefined;
      const number = runner.admit(instance);
      if (await runner.child.ready) {
        // A description is read before anybody uses the plugin; there may never be a tenant who does.
        if (instance.tenantId !== '') this.#keepSpare();
        return { runner, number };
      }
      // It died before it was up, a spare perhaps; the next one is started for this.
      runner.release(number);
    }
    return undefined;
  }

  /** Whether the tenant's plugins hold so much of the room already that this one would take what others are to find. */
  isBeyondShare({ tenantId, heapMb }: RunnerTenant): boolean {
    if (tenantId === '') return false;
    const { heapMbPerRunner, maxRunners } = this.#options;
    const share = Math.max(heapMbPerRunner, heapMbPerRunner * maxRunners * TENANT_SHARE);
    const held = [...this.#runners, ...this.#leaving].reduce((sum, runner) => sum + runner.heldMbOf(tenantId), 0);
    return held + heapMb > share;
  }

  /** Closes idle instances of its tenant, the longest unused first, as long as there is too much of it. */
  #keepToShare(instance: RunnerTenant): void {
    const own = this.runners.flatMap(({ instances }) => instances).filter(isIdleOf(instance.tenantId));
    for (const idle of own.sort((a, b) => a.lastUsedAt - b.lastUsedAt)) {
      if (!this.isBeyondShare(instance)) return;
      idle.evict();
    }
  }

  async #choose(instance: RunnerTenant): Promise<RunnerProcess | undefined> {
    this.#keepToShare(instance);
    if (this.isBeyondShare(instance)) return undefined;
    await this.#settle(this.#find(instance, this.#groupOf(instance)));
    // What ended meanwhile may have told who is to be apart.
    const group = this.#groupOf(instance);
    const sound = this.#find(instance, group, (runner) => !runner.settling);
    const runner = sound ?? this.#start() ?? this.#find(instance, group) ?? this.#makeRoom(instance.heapMb, group);
    if (runner) runner.group ??= group;
    return runner;
  }

  /** Starts a runner ahead of need; true when it came up. */
  async warm(): Promise<boolean> {
    const runner = this.runners[0] ?? this.#start();
    return runner !== undefined && (await runner.child.ready);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweep);
    clearTimeout(this.#revival);
    const all = [...this.#runners, ...this.#leaving, ...this.#spares];
    await Promise.all(all.flatMap(({ instances }) => instances.map((instance) => instance.cancel())));
    for (const runner of all) runner.child.kill('the sandbox was closed', 'closed');
    await Promise.all(all.map((runner) => runner.child.gone));
  }

  /** Instances of different groups never meet in a runner, nor one after the other. */
  #groupOf(instance: RunnerTenant): string {
    if (this.#quarantine.holds(instance.plugin)) return this.#quarantineGroup(instance.plugin);
    return this.#options.cordon === 'tenant' ? `tenant ${instance.tenantId}` : 'shared';
  }

  /** One of its own, unless those that ended runners would take them all: then they share. */
  #quarantineGroup(plugin: string): string {
    const own = `${QUARANTINE}${plugin}`;
    const groups = new Set(this.runners.flatMap(({ group }) => (group?.startsWith(QUARANTINE) ? [group] : [])));
    const most = Math.floor(this.#options.maxRunners / 2);
    if (groups.has(own) || groups.size < most) return own;
    const [first] = groups;
    return first ?? own;
  }

  /** Waits until it is known whether the runner goes on; not for long where another one can be had. */
  async #settle(runner: RunnerProcess | undefined): Promise<void> {
    if (!runner?.settling) return;
    const another = this.#spares.size > 0 || this.#runners.size < this.#options.maxRunners;
    const patience = another ? [sleep(SETTLE_MS, undefined, { ref: false })] : [];
    await Promise.race([runner.settled(), ...patience]);
  }

  /** Among the runners with room, one where the tenant is already, else the fullest. */
  #find(
    instance: RunnerTenant,
    group: string,
    fits: (runner: RunnerProcess) => boolean = () => true,
  ): RunnerProcess | undefined {
    const withRoom = this.runners.filter(
      (runner) => (runner.group ?? group) === group && runner.freeMb >= instance.heapMb && fits(runner),
    );
    const itsOwn = withRoom.find((runner) => runner.instances.some(({ tenantId }) => tenantId === instance.tenantId));
    return itsOwn ?? withRoom.sort((a, b) => a.freeMb - b.freeMb)[0];
  }

  #start(): RunnerProcess | undefined {
    if (this.#closed || this.#runners.size >= this.#options.maxRunners) return undefined;
    const spares = [...this.#spares];
    const runner = spares.find(({ upSince }) => upSince !== undefined) ?? spares[0] ?? this.#spawn();
    if (!runner) return undefined;
    this.#spares.delete(runner);
    this.#runners.add(runner);
    return runner;
  }

  get #sparesWanted(): number {
    return performance.now() - this.#lostAt < LOST_MS ? SPARES.uncertain : SPARES.usual;
  }

  #keepSpare(): void {
    while (!this.#closed && this.#spares.size < this.#sparesWanted && this.#runners.size < this.#options.maxRunners) {
      const spare = this.#spawn();
      if (!spare) return;
      this.#spares.add(spare);
    }
  }

  #tidyIn(ms: number): void {
    setTimeout(() => this.#tidy(), ms).unref();
  }

  /** Ends those in use that nobody is in, as soon as others wait in reserve; and of these the ones too many. */
  #tidy(): void {
    if (this.#closed) return;
    const empty = this.runners.filter(({ instances, settling }) => instances.length === 0 && !settling);
    for (const runner of empty) if (this.#spares.size > 0) this.#retire(runner);
    const [...spares] = this.#spares;
    for (const spare of spares.slice(this.#sparesWanted)) {
      this.#spares.delete(spare);
      this.#retire(spare);
    }
  }

  #spawn(): RunnerProcess | undefined {
    if (performance.now() < this.#notBefore) return undefined;
    const runner = this.#tryToSpawn({
      command: this.#options.command,
      heapMb: this.#options.heapMbPerRunner,
      onEnd: (ended, end, { culprit, suspects }) => {
        this.#runners.delete(ended);
        this.#leaving.delete(ended);
        this.#spares.delete(ended);
        if (end.cause === 'lost') {
          this.#lostAt = performance.now();
          this.#tidyIn(LOST_MS + EMPTY_MS);
        }
        if (culprit) this.#quarantine.convict(culprit.plugin);
        for (const { plugin } of suspects) this.#quarantine.suspect(plugin);
        this.#options.onEnd(end, culprit);
      },
      onEmpty: () => this.#tidyIn(EMPTY_MS),
    });
    void runner?.child.ready.then(async (ready) => (ready ? this.#started() : this.#failed(await runner.child.gone)));
    return runner;
  }

  /** A system without descriptors or memory left refuses at once. */
  #tryToSpawn(options: RunnerProcessOptions): RunnerProcess | undefined {
    try {
      return new RunnerProcess(options);
    } catch (error) {
      this.#failed({ cause: 'not started', reason: error instanceof Error ? error.message : 'unknown' });
      return undefined;
    }
  }

  #started(): void {
    this.#failures = 0;
    this.#problem = undefined;
  }

  #failed({ cause, reason }: Pick<ChildEnd, 'cause' | 'reason'>): void {
    // A signal from outside, or a reason of our own, says nothing about the next one.
    if (this.#closed || cause === 'lost' || cause === 'retired') return;
    this.#problem = `a runner did not start: ${reason}`;
    const waitMs = Math.min(BACK_OFF_MS.first * 2 ** this.#failures, BACK_OFF_MS.most);
    this.#notBefore = performance.now() + waitMs;
    this.#failures += 1;
    // Nobody may come and ask as long as this is not ready.
    clearTimeout(this.#revival);
    this.#revival = setTimeout(
      () => void (this.runners.length === 0 ? this.warm() : this.#keepSpare()),
      waitMs,
    ).unref();
  }

  /** Closes idle instances of one runner, the longest unused first, until the heap is there; or replaces a runner of others. */
  #makeRoom(heapMb: number, group: string): RunnerProcess | undefined {
    if (this.#closed) return undefined;
    for (const runner of this.#runners) {
      const idle = runner.instances.filter((instance) => instance.idle).sort((a, b) => a.lastUsedAt - b.lastUsedAt);
      const gain = idle.reduce((sum, instance) => sum + instance.heapMb, 0);
      if (runner.group !== group || runner.child.ended || runner.freeMb + gain < heapMb) continue;
      for (const instance of idle) {
        if (runner.freeMb >= heapMb) break;
        instance.evict();
      }
      return runner;
    }
    const unused = this.runners.find((runner) => runner.group !== group && runner.instances.every(({ idle }) => idle));
    if (!unused) return undefined;
    this.#retire(unused);
    return this.#start();
  }

  #retireWornOut(): void {
    for (const runner of this.runners)
      if (this.#isWornOut(runner) && !runner.instances.some(({ opening }) => opening)) this.#retire(runner);
  }

  #isWornOut({ child, upSince }: RunnerProcess): boolean {
    const { calls, ageMs, residentMb } = this.#recycle;
    if (upSince === undefined) return false;
    if (child.requests >= calls || performance.now() - upSince >= ageMs) return true;
    return residentBytes(child.pid) >= residentMb * 1024 * 1024;
  }

  /** Takes nobody in any more, lets what is under way end, and goes. */
  #retire(runner: RunnerProcess): void {
    this.#runners.delete(runner);
    this.#leaving.add(runner);
    void Promise.all(runner.instances.map((instance) => instance.close())).then(() =>
      runner.child.kill('it had served its time', 'retired'),
    );
  }
}

function isIdleOf(tenantId: string): (instance: RunnerTenant) => boolean {
  return (instance) => instance.tenantId === tenantId && instance.idle;
}
