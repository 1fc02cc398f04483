/** What the rows share: a real app, in-process plugins that live as long as a row, and a second app whose invocations are short. */
import type { TenantActor } from '../../../src/auth/actor.ts';
import type { JournalEvent } from '../../../src/events/records.ts';
import type { JsonObject } from '../../../src/json/json.ts';
import { createRegistry, type Registry } from '../../../src/plugins/registry.ts';
import {
  definePlugin,
  PLUGIN_HOOKS,
  type HookSpec,
  type PluginDefinition,
  type PluginHook,
} from '../../../src/sdk/index.ts';
import { createTestApp, type TestApp } from '../../rig/create-test-app.ts';

export type HookSpecs = { readonly [H in PluginHook]?: HookSpec };

export interface HookApp {
  readonly app: TestApp;
  readonly actor: TenantActor;
  /** Registers and enables these, and takes away those of before. */
  plugins(definitions: Readonly<Record<string, HookSpecs | Partial<PluginDefinition>>>): Promise<void>;
  /** Takes the plugin out of the catalog and puts another one of its name into it; the registration stays as it is. */
  replace(name: string, definition: Partial<PluginDefinition>): void;
  invoke(hook: PluginHook, data?: JsonObject, agentId?: string): ReturnType<TestApp['useCases']['invokeHook']>;
  /** Of the tenant, from the oldest on. */
  events(): Promise<readonly JournalEvent[]>;
}

export interface SemanticsRig extends HookApp, AsyncDisposable {
  /** An app whose invocations have `HURRIED_MS`. */
  hurried(): Promise<HookApp>;
}

/** One sentence of docs/PROTOCOL.md, shown. */
export type Row = (rig: SemanticsRig) => Promise<void> | void;

export const HURRIED_MS = 400;

/** In a real isolate; each hook misbehaves in its own way. */
const SANDBOXED = `import { definePlugin } from 'hookline/sdk';
const namesOf = (object, depth = 0) => object === null || typeof object !== 'object' || depth > 3 ? [] : [
  ...Object.entries(Object.getOwnPropertyDescriptors(object)).flatMap(([name, { value }]) => [name, ...namesOf(value, depth + 1)]),
  ...namesOf(Object.getPrototypeOf(object), depth + 1),
];
export default definePlugin({
  name: 'sandboxed', version: '1.0.0', author: 'Ada', description: 'Misbehaves.',
  hooks: {
    ON_REASONING_STEP: {
      timeoutMs: 150,
      handle(data, context) {
        if (data.step === 'loop') for (;;) {}
        if (data.step === 'hang') return new Promise(() => {});
        if (data.step === 'given') return { ...data, step: namesOf(context).join(' ') };
        return { ...data, step: 'done' };
      },
    },
    BEFORE_AGENT_RUN: {
      timeoutMs: 30_000,
      handle(data) {
        if (data.input === 'loop') for (;;) {}
        if (data.input === 'work') for (const end = Date.now() + 600; Date.now() < end;);
      },
    },
    AFTER_AGENT_RUN: { mode: 'observe', timeoutMs: 100, handle() {} },
  },
});`;

export async function createSemanticsRig(): Promise<SemanticsRig> {
  const main = await createHookApp();
  let hurried: Promise<HookApp> | undefined;
  return {
    ...main,
    hurried: () => (hurried ??= createHookApp(HURRIED_MS)),
    async [Symbol.asyncDispose]() {
      await main.app.close();
      await (await hurried)?.app.close();
    },
  };
}

async function createHookApp(hookInvocationMs?: number): Promise<HookApp> {
  const registry: Registry = createRegistry();
  const app = await createTestApp({
    registry,
    plugins: { 'sandboxed.ts': SANDBOXED, 'broken.ts': 'export default {' },
    ...(hookInvocationMs === undefined ? {} : { settings: { hookInvocationMs } }),
  });
  const actor = await app.actor();
  const undo = new Map<string, () => void>();
  function register(name: string, definition: Partial<PluginDefinition>): void {
    const about = { name, version: '1.0.0', author: 'Ada', description: 'For one row.' };
    undo.set(name, registry.register(definePlugin({ ...about, ...definition })));
  }
  return {
    app,
    actor,
    async plugins(definitions) {
      for (const leave of undo.values()) leave();
      undo.clear();
      for (const [name, definition] of Object.entries(definitions)) {
        register(name, isHooks(definition) ? { hooks: definition } : definition);
        await app.enable(name);
      }
    },
    replace(name, definition) {
      undo.get(name)?.();
      register(name, definition);
    },
    invoke: (hook, data = {}, agentId) =>
      app.useCases.invokeHook(actor, { hook, data, ...(agentId === undefined ? {} : { agentId }) }),
    events: () => app.journal.read(actor.tenant.id, 0, 100_000),
  };
}

function isHooks(definition: HookSpecs | Partial<PluginDefinition>): definition is HookSpecs {
  return Object.keys(definition).every((key) => key in PLUGIN_HOOKS);
}
