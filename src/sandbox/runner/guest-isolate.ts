/** One isolate: the only file that knows isolated-vm. Strings and numbers go in and come out, nothing else. */
import { randomBytes } from 'node:crypto';
import ivm from 'isolated-vm';
import type { HostMessage } from '../guest/host.ts';
import { resolveSpecifier, SDK_SPECIFIER, type GuestModules } from './guest-modules.ts';

export interface GuestIsolateOptions {
  readonly heapMb: number;
  readonly modules: GuestModules;
  /** What the guest is told of its limits, as JSON. */
  readonly limits: string;
  readonly onMessage: (message: HostMessage, id: number, text: string) => void;
  /** V8 has lost control of this isolate; the process must end. */
  readonly onCatastrophe: () => void;
}

/** What V8 refuses, or an import that leads nowhere. */
export class CompileFailure extends Error {
  override readonly name = 'CompileFailure';
}

/** Why a run gave no answer, by what the host saw. */
export type RunFailure =
  | { readonly failed: 'memory' | 'disposed' }
  | { readonly failed: 'timeout'; readonly clock: 'wall' | 'processor'; readonly limitMs: number }
  | { readonly failed: 'thrown'; readonly message: string };

export type GuestEntry = 'describe' | 'load' | 'call' | 'callNow' | 'abort' | 'answered' | 'timer' | 'unload';

const ENTRIES: readonly GuestEntry[] = ['describe', 'load', 'call', 'callNow', 'abort', 'answered', 'timer', 'unload'];

/** What isolated-vm says then. */
const TIMED_OUT = 'Script execution timed out.';

type Told = Parameters<GuestIsolateOptions['onMessage']>;

export class GuestIsolate {
  readonly #isolate: ivm.Isolate;
  readonly #context: ivm.Context;
  readonly #linker: Linker;
  readonly #entries: ReadonlyMap<GuestEntry, ivm.Reference>;
  readonly #onMessage: GuestIsolateOptions['onMessage'];
  /** What was told during a run on this thread. */
  readonly #told: Told[];
  #plugin: ivm.Module | undefined;
  #ended = false;

  private constructor(
    isolate: ivm.Isolate,
    context: ivm.Context,
    linker: Linker,
    entries: ReadonlyMap<GuestEntry, ivm.Reference>,
    onMessage: GuestIsolateOptions['onMessage'],
    told: Told[],
  ) {
    this.#isolate = isolate;
    this.#context = context;
    this.#linker = linker;
    this.#entries = entries;
    this.#onMessage = onMessage;
    this.#told = told;
  }

  /** All of it on this thread: what runs is ours, and with a turn to another and back for each module it takes half as long again. */
  static open(options: GuestIsolateOptions): GuestIsolate {
    const isolate = new ivm.Isolate({ memoryLimit: options.heapMb, onCatastrophicError: options.onCatastrophe });
    try {
      return GuestIsolate.#bootstrap(isolate, options);
    } catch (error) {
      if (!isolate.isDisposed) isolate.dispose();
      throw error;
    }
  }

  static #bootstrap(isolate: ivm.Isolate, options: GuestIsolateOptions): GuestIsolate {
    const context = isolate.createContextSync();
    const linker = new Linker(isolate, options.modules);
    const bootstrap = linker.load(options.modules.bootstrap);
    // Now, while nothing but ours is in the heap.
    linker.load(options.modules.sdk);
    bootstrap.instantiateSync(context, linker.resolve);
    bootstrap.evaluateSync();
    const tell = new ivm.Callback(options.onMessage, { ignored: true });
    // On this thread it is quicker not to come back later. Only kept, because what throws or disposes would do so inside.
    const told: Told[] = [];
    const tellNow = new ivm.Callback((...message: Told) => void told.push(message));
    const start = bootstrap.namespace.getSync('start', { reference: true });
    start.applySync(undefined, [tell, tellNow, options.limits, randomBytes(32).toString('hex')]);
    const entries = new Map<GuestEntry, ivm.Reference>();
    for (const entry of ENTRIES) entries.set(entry, bootstrap.namespace.getSync(entry, { reference: true }));
    return new GuestIsolate(isolate, context, linker, entries, options.onMessage, told);
  }

  get disposed(): boolean {
    return this.#ended || this.#isolate.isDisposed;
  }

  /** Compiles and runs the plugin's module. Throws a CompileFailure; a throw of the module itself is a RunFailure. */
  async evaluate(code: string, timeoutMs: number): Promise<RunFailure | undefined> {
    const plugin = await this.#compile(code);
    const answer = await this.#outcome(timeoutMs, () => plugin.evaluate({ timeout: timeoutMs }));
    if (typeof answer === 'object') return answer;
    this.#plugin = plugin;
    return undefined;
  }

  /** Runs one entry of the bootstrap. An answer of `undefined` comes later, through `onMessage`. */
  run(
    entry: GuestEntry,
    values: readonly (string | number)[],
    timeoutMs: number,
  ): Promise<string | undefined | RunFailure> {
    const target = this.#entry(entry);
    return this.#outcome(timeoutMs, () => target.apply(undefined, [...values], { timeout: timeoutMs }));
  }

  /** A call, on this thread: quicker, and nothing else happens meanwhile. What it tells comes before it returns. */
  callNow(id: number, text: string, timeoutMs: number): string | undefined | RunFailure {
    const startedAt = performance.now();
    try {
      return toAnswer(this.#entry('callNow').applySync(undefined, [id, text], { timeout: timeoutMs }));
    } catch (error) {
      return this.#failure(error, performance.now() - startedAt, timeoutMs);
    } finally {
      if (this.#told.length > 0) for (const message of this.#told.splice(0)) this.#onMessage(...message);
    }
  }

  /** Runs `describe` or `load`, which take the plugin's module. */
  runWithModule(
    entry: 'describe' | 'load',
    values: readonly (string | number)[],
    timeoutMs: number,
  ): Promise<string | undefined | RunFailure> {
    const plugin = this.#plugin;
    if (!plugin) throw new Error('The plugin was not evaluated.');
    const target = this.#entry(entry);
    const module = plugin.namespace.derefInto();
    const [id, ...rest] = values;
    const all = id === undefined ? [module] : [id, module, ...rest];
    return this.#outcome(timeoutMs, () => target.apply(undefined, all, { timeout: timeoutMs }));
  }

  /** Ends whatever runs in it, unless V8 cannot be interrupted: then only the end of the process helps. */
  dispose(): void {
    this.#ended = true;
    if (!this.#isolate.isDisposed) this.#isolate.dispose();
  }

  async #compile(code: string): Promise<ivm.Module> {
    try {
      const plugin = await this.#isolate.compileModule(code, { filename: 'plugin' });
      for (const specifier of plugin.dependencySpecifiers) {
        if (specifier !== SDK_SPECIFIER)
          throw new CompileFailure(`A plugin can import ${SDK_SPECIFIER} only, not "${specifier}".`);
      }
      await plugin.instantiate(this.#context, this.#linker.resolve);
      return plugin;
    } catch (error) {
      if (error instanceof CompileFailure) throw error;
      throw new CompileFailure(error instanceof Error ? error.message : 'V8 refuses it.');
    }
  }

  async #outcome(timeoutMs: number, work: () => Promise<unknown>): Promise<string | undefined | RunFailure> {
    const startedAt = performance.now();
    try {
      return toAnswer(await work());
    } catch (error) {
      return this.#failure(error, performance.now() - startedAt, timeoutMs);
    }
  }

  /** By state and clock first: the text of an error may be the plugin's own, and the clock counts a wait for the isolate too. */
  #failure(error: unknown, elapsedMs: number, timeoutMs: number): RunFailure {
    if (this.#isolate.isDisposed) return { failed: this.#ended ? 'disposed' : 'memory' };
    if (elapsedMs >= timeoutMs && error instanceof Error && error.message === TIMED_OUT)
      return { failed: 'timeout', clock: 'wall', limitMs: timeoutMs };
    return {
      failed: 'thrown',
      message:
        error instanceof Error ? String(error.message).slice(0, 1_000) : 'It threw something that is not an Error.',
    };
  }

  #entry(entry: GuestEntry): ivm.Reference {
    const found = this.#entries.get(entry);
    if (!found) throw new Error(`The bootstrap has no "${entry}".`);
    return found;
  }
}

/** Compiles the modules of the bootstrap and the SDK, each once per isolate, and finds them for whoever imports them. */
class Linker {
  readonly #modules: GuestModules;
  readonly #isolate: ivm.Isolate;
  readonly #compiled = new Map<string, ivm.Module>();
  readonly #paths = new Map<ivm.Module, string>();

  constructor(isolate: ivm.Isolate, modules: GuestModules) {
    this.#isolate = isolate;
    this.#modules = modules;
  }

  /** The module at `path`, once it and all it imports are compiled. */
  load(path: string): ivm.Module {
    const known = this.#compiled.get(path);
    if (known) return known;
    const text = this.#modules.texts.get(path);
    if (text === undefined) throw new Error(`There is no guest module "${path}".`);
    const module = this.#isolate.compileModuleSync(text, { filename: `hookline/${path}` });
    this.#compiled.set(path, module);
    this.#paths.set(module, path);
    for (const specifier of module.dependencySpecifiers) this.load(resolveSpecifier(specifier, path));
    return module;
  }

  readonly resolve = (specifier: string, referrer: ivm.Module): ivm.Module => {
    const from = this.#paths.get(referrer);
    const path = from === undefined ? this.#modules.sdk : resolveSpecifier(specifier, from);
    const module = this.#compiled.get(path);
    if (!module) throw new Error(`"${specifier}" cannot be imported.`);
    return module;
  };
}

function toAnswer(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
