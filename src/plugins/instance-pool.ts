/**
 * The live instances: at most one of each enabled plugin of each tenant, opened when first needed and again after it is
 * gone. A plugin that does not load is not tried again at every call: the wait between tries doubles.
 */
import { executionError, type ExecutionError } from '../errors/execution-error.ts';
import type { Json } from '../json/json.ts';
import type { Outcome, PluginInstance, SandboxLogLine } from '../sandbox/sandbox.ts';
import type { AnswerFor } from './capabilities/answer-host-requests.ts';
import { problem, type SoundEntry } from './catalog-entry.ts';
import type { PluginProblem, RegistrationView } from './plugin-view.ts';

/** What an instance is made of: any difference makes it another instance. */
export interface InstanceSpec {
  /** UUID. */
  readonly tenantId: string;
  readonly entry: SoundEntry;
  readonly registration: Pick<RegistrationView, 'config' | 'grants' | 'configRevision'>;
  /** Equal for equal config and grants. */
  readonly key: string;
}

export interface InstancePool extends AsyncDisposable {
  /** The live instance, or undefined when one would have to be opened. */
  current(spec: InstanceSpec): PluginInstance | undefined;
  acquire(spec: InstanceSpec): Promise<Outcome<PluginInstance>>;
  /** Opens an instance beside the one in use; `install` swaps them and drains the old one. */
  prepare(spec: InstanceSpec): Promise<Outcome<PreparedInstance>>;
  /** Lets the calls under way end, then unloads. */
  drop(tenantId: string, pluginName: string): void;
  /** As `drop`, for each of a tenant's plugins that is not wanted any more. */
  keepOnly(tenantId: string, wanted: (pluginName: string) => boolean): void;
  /** As `drop`, for every tenant: the plugin has left the catalog. */
  dropEntry(entry: Pick<SoundEntry, 'name' | 'tenantId'>): void;
  /** Why the plugin did not load when it was last tried. */
  problemOf(tenantId: string, pluginName: string): PluginProblem | null;
}

export interface PreparedInstance {
  install(): void;
  discard(): void;
}

export interface InstancePoolDeps {
  /** What answers an instance, for as long as it lives: what is granted later is for the next one. */
  readonly answerFor: AnswerFor;
  readonly onLog: (line: SandboxLogLine) => void;
  /** A plugin that was fine does not load any more, or loads again (null). */
  readonly onHealthChange: (spec: InstanceSpec, problem: PluginProblem | null) => void;
}

interface Slot {
  live: { readonly spec: InstanceSpec; readonly instance: PluginInstance } | undefined;
  opening: { readonly spec: InstanceSpec; readonly done: Promise<Outcome<PluginInstance>> } | undefined;
  failure: Failure | undefined;
}

interface Failure {
  readonly spec: InstanceSpec;
  readonly error: ExecutionError;
  readonly problem: PluginProblem;
  readonly tries: number;
  readonly retryAt: number;
}

const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 60_000;

export function specKey(registration: Pick<RegistrationView, 'config' | 'grants'>): string {
  return JSON.stringify([registration.config, registration.grants] satisfies Json);
}

export function createInstancePool(deps: InstancePoolDeps): InstancePool {
  const { onHealthChange } = deps;
  const slots = new Map<string, Slot>();
  const closing = new Set<Promise<void>>();

  const slotOf = ({ tenantId, entry }: InstanceSpec): Slot => {
    const key = `${tenantId}/${entry.name}`;
    const slot = slots.get(key) ?? { live: undefined, opening: undefined, failure: undefined };
    slots.set(key, slot);
    return slot;
  };

  function retire(instance: PluginInstance): void {
    const closed = instance.close().finally(() => closing.delete(closed));
    closing.add(closed);
  }

  function dropSlot(key: string): void {
    const live = slots.get(key)?.live;
    slots.delete(key);
    if (live) retire(live.instance);
  }

  function install(slot: Slot, spec: InstanceSpec, instance: PluginInstance): void {
    if (slot.live && slot.live.instance !== instance) retire(slot.live.instance);
    const recovered = slot.failure !== undefined;
    slot.live = { spec, instance };
    slot.failure = undefined;
    if (recovered) onHealthChange(spec, null);
  }

  function fail(slot: Slot, spec: InstanceSpec, error: ExecutionError): Outcome<never> {
    const before = slot.failure && same(slot.failure.spec, spec) ? slot.failure : undefined;
    const tries = (before?.tries ?? 0) + 1;
    const wait = Math.min(RETRY_FIRST_MS * 2 ** (tries - 1), RETRY_MAX_MS);
    slot.failure = { spec, error, problem: loadProblem(error), tries, retryAt: Date.now() + wait };
    if (!before) onHealthChange(spec, slot.failure.problem);
    return { success: false, error: notLoaded(error) };
  }

  async function open(slot: Slot, spec: InstanceSpec): Promise<Outcome<PluginInstance>> {
    const opened = await openInstance(deps, spec);
    const superseded = slot.opening?.spec !== spec;
    if (!superseded) slot.opening = undefined;
    const dropped = slots.get(`${spec.tenantId}/${spec.entry.name}`) !== slot;
    const installed = usable(slot, spec);
    if (!dropped && !installed && !superseded) {
      if (!opened.success) return fail(slot, spec, opened.error);
      install(slot, spec, opened.value);
      return opened;
    }
    // While this one opened, the plugin was disabled, or an instance of a newer registration took its place.
    if (opened.success) retire(opened.value);
    if (installed && !dropped) return { success: true, value: installed };
    if (slot.opening && !dropped) return slot.opening.done;
    return {
      success: false,
      error: executionError('SANDBOX_UNAVAILABLE', 'The plugin was disabled while it was loading.'),
    };
  }

  return {
    current(spec) {
      return usable(slots.get(`${spec.tenantId}/${spec.entry.name}`), spec);
    },
    async acquire(spec) {
      const slot = slotOf(spec);
      const live = usable(slot, spec);
      if (live) return { success: true, value: live };
      if (slot.opening && same(slot.opening.spec, spec)) return slot.opening.done;
      const { failure } = slot;
      if (failure && same(failure.spec, spec) && Date.now() < failure.retryAt)
        return { success: false, error: notLoaded(failure.error) };
      if (slot.live) {
        retire(slot.live.instance);
        slot.live = undefined;
      }
      const done = open(slot, spec);
      slot.opening = { spec, done };
      return done;
    },
    async prepare(spec) {
      const opened = await openInstance(deps, spec);
      if (!opened.success) return opened;
      const value = { install: () => install(slotOf(spec), spec, opened.value), discard: () => retire(opened.value) };
      return { success: true, value };
    },
    drop: (tenantId, pluginName) => dropSlot(`${tenantId}/${pluginName}`),
    keepOnly(tenantId, wanted) {
      const prefix = `${tenantId}/`;
      const own = [...slots.keys()].filter((key) => key.startsWith(prefix));
      for (const key of own) if (!wanted(key.slice(prefix.length))) dropSlot(key);
    },
    dropEntry({ name, tenantId }) {
      const ended =
        tenantId === null ? [...slots.keys()].filter((key) => key.endsWith(`/${name}`)) : [`${tenantId}/${name}`];
      for (const key of ended) dropSlot(key);
    },
    problemOf: (tenantId, pluginName) => slots.get(`${tenantId}/${pluginName}`)?.failure?.problem ?? null,
    async [Symbol.asyncDispose]() {
      for (const { live } of slots.values()) if (live) retire(live.instance);
      slots.clear();
      await Promise.allSettled(closing);
    },
  };
}

/** The slot's instance when it may serve `spec`: made of the same, or of a newer registration than the caller has seen. */
function usable(slot: Slot | undefined, spec: InstanceSpec): PluginInstance | undefined {
  if (!slot?.live || slot.live.instance.gone) return undefined;
  const { spec: own, instance } = slot.live;
  return same(own, spec) || own.registration.configRevision > spec.registration.configRevision ? instance : undefined;
}

function same(a: InstanceSpec, b: InstanceSpec): boolean {
  return a === b || (a.entry === b.entry && a.key === b.key);
}

function openInstance(
  { onLog, answerFor }: InstancePoolDeps,
  { tenantId, entry, registration }: InstanceSpec,
): Promise<Outcome<PluginInstance>> {
  const grants = registration.grants ?? entry.parsed.requiredPermissions;
  const answerHostRequest = answerFor({ tenantId, pluginName: entry.name, granted: grants });
  return entry.open({ tenantId: `Tenant:${tenantId}`, config: registration.config, grants, answerHostRequest, onLog });
}

function notLoaded(error: ExecutionError): ExecutionError {
  return { ...executionError(error.code, `The plugin did not load: ${error.message}`), retryable: error.retryable };
}

function loadProblem(error: ExecutionError): PluginProblem {
  return problem('PLUGIN_LOAD_FAILED', `The plugin did not load: ${error.message}`, { details: { cause: error.code } });
}
