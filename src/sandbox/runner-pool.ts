/** The runners in use: which one takes an instance, who makes room, and when one has served its time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { longestUnusedFirst, longestUnusedRoom, longestUnusedRunner } from './longest-unused.ts';
import { residentBytes } from './memory-watch.ts';
import type { ChildCommand } from './process-flags.ts';
import { Quarantine } from './quarantine.ts';
import type { Blame, RunnerProcess } from './runner-process.ts';
import { RunnerSupply } from './runner-supply.ts';
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
const SETTLE_MS = 100;
/** Of all the room that runners have; at least one runner's. */
const TENANT_SHARE = 0.5;
const RECYCLE: RecycleMarks = { calls: 5_000_000, ageMs: 3_600_000, residentMb: 224, everyMs: 10_000 };

export class RunnerPool {
  readonly #options: RunnerPoolOptions;
  readonly #recycle: RecycleMarks;
  readonly #runners = new Set<RunnerProcess>();
  /** Not in use any more, and not yet gone. */
  readonly #leaving = new Set<RunnerProcess>();
  readonly #quarantine = new Quarantine();
  readonly #sweep: NodeJS.Timeout;
  readonly #supply: RunnerSupply;
  #closed = false;

  constructor(options: RunnerPoolOptions) {
    this.#options = options;
    this.#recycle = { ...RECYCLE, ...options.recycle };
    this.#sweep = setInterval(() => this.#retireWornOut(), this.#recycle.everyMs).unref();
    this.#supply = new RunnerSupply({
      command: options.command,
      heapMb: options.heapMbPerRunner,
      mayGrow: () => this.#mayGrow(),
      onEnd: (runner, end, blame) => this.#onEnd(runner, end, blame),
      onRevival: () => this.#revive(),
      onTidy: () => this.#retireEmpty(),
      onSurplus: (runner) => this.#retire(runner),
    });
  }

  /** Those in use; not those in reserve. */
  get runners(): readonly RunnerProcess[] {
    return [...this.#runners];
  }

  /** How many are up and wait for the next that are needed. */
  get reserve(): number {
    return this.#supply.reserve.filter(({ upSince, child }) => upSince !== undefined && !child.ended).length;
  }

  /** Why no runner can be started at the moment, or undefined. */
  get problem(): string | undefined {
    return this.#closed ? 'the sandbox is closed' : this.#supply.problem;
  }

  /** Whether a plugin could be opened, as far as is known. */
  get ready(): boolean {
    // One in reserve will do: when nobody has a plugin open it is all there is.
    const all = [...this.#runners, ...this.#supply.reserve];
    const up = all.some(({ upSince, child }) => upSince !== undefined && !child.ended);
    return !this.#closed && (up || this.#supply.problem === undefined);
  }

  /** A place for the instance, or undefined when there is none: all is in use, or no runner starts. */
  async place(instance: RunnerTenant): Promise<Place | undefined> {
    for (let tries = 0; tries < PLACE_TRIES; tries += 1) {
      const place = await this.#choose(instance);
      if (!place) return undefined;
      const { runner, number } = place;
      if (await runner.child.ready) {
        // A description is read before anybody uses the plugin; there may never be a tenant who does.
        if (instance.tenantId !== '') this.#supply.keepReserve();
        return place;
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
    const all = this.runners.flatMap(({ instances }) => instances);
    const own = all.filter(({ tenantId }) => tenantId === instance.tenantId);
    for (const idle of longestUnusedFirst(own)) {
      if (!this.isBeyondShare(instance)) return;
      idle.evict();
    }
  }

  async #choose(instance: RunnerTenant): Promise<Place | undefined> {
    this.#keepToShare(instance);
    if (this.isBeyondShare(instance)) return undefined;
    await this.#settle(this.#find(instance, this.#groupOf(instance)));
    // Others of the tenant may have come in meanwhile.
    this.#keepToShare(instance);
    if (this.isBeyondShare(instance)) return undefined;
    // What ended meanwhile may have told who is to be apart.
    const group = this.#groupOf(instance);
    const sound = this.#find(instance, group, (runner) => !runner.settling);
    const runner = sound ?? this.#start() ?? this.#find(instance, group) ?? this.#makeRoom(instance.heapMb, group);
    if (!runner) return undefined;
    runner.group ??= group;
    // In the same turn, before anybody else finds the room that was made.
    return { runner, number: runner.admit(instance) };
  }

  /** Starts a runner ahead of need; true when it came up. */
  async warm(): Promise<boolean> {
    const runner = this.runners[0] ?? this.#start();
    return runner !== undefined && (await runner.child.ready);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweep);
    this.#supply.close();
    const all = [...this.#runners, ...this.#leaving, ...this.#supply.reserve];
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
    const another = this.#supply.reserve.length > 0 || this.#runners.size < this.#options.maxRunners;
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
    if (!this.#mayGrow()) return undefined;
    const runner = this.#supply.take();
    if (runner) this.#runners.add(runner);
    return runner;
  }

  #mayGrow(): boolean {
    return !this.#closed && this.#runners.size < this.#options.maxRunners;
  }

  /** Nobody may come and ask as long as this is not ready. */
  #revive(): void {
    if (this.#runners.size === 0) void this.warm();
    else this.#supply.keepReserve();
  }

  /** Ends those in use that nobody is in, as soon as others wait in reserve. */
  #retireEmpty(): void {
    const empty = this.runners.filter(({ instances, settling }) => instances.length === 0 && !settling);
    for (const runner of empty) if (this.#supply.reserve.length > 0) this.#retire(runner);
  }

  #onEnd(runner: RunnerProcess, end: ChildEnd, { culprit, suspects }: Blame): void {
    this.#runners.delete(runner);
    this.#leaving.delete(runner);
    if (culprit) this.#quarantine.convict(culprit.plugin);
    for (const { plugin } of suspects) this.#quarantine.suspect(plugin);
    this.#options.onEnd(end, culprit);
  }

  /** Closes those idle instances that are longest unused, in one runner until the heap is there; or replaces a runner of others. */
  #makeRoom(heapMb: number, group: string): RunnerProcess | undefined {
    if (this.#closed) return undefined;
    const room = longestUnusedRoom(
      this.runners.filter((runner) => runner.group === group),
      heapMb,
    );
    if (room) {
      for (const instance of room.leavers) instance.evict();
      return room.runner;
    }
    const unused = longestUnusedRunner(this.runners.filter((runner) => runner.group !== group));
    if (!unused || !this.#supply.hasOne) return undefined;
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
