/**
 * What runs in an isolate before a plugin does, and stands between it and the runner. Strings come in, strings go out;
 * the plugin never sees the function by which they go.
 */
import { describePlugin, isPlugin } from '../../sdk/describe.ts';
import type { BasePlugin } from '../../sdk/plugin.ts';
import { readHookReturn } from '../../sdk/verdict.ts';
import { GuestAbortController } from './abort.ts';
import { messageOf, thrownAnswer, valueAnswer } from './answer.ts';
import { settleGlobals } from './globals.ts';
import { connect, log, progress, refill, sendAnswer, type GuestLimits, type HostFunction } from './host.ts';
import { fireTimer } from './timers.ts';

const { parse } = JSON;
const { apply, construct: build, get: read, ownKeys } = Reflect;
const { freeze } = Object;
const { get, set, delete: remove } = Map.prototype;

/** The contexts that calls share, made once by `load`. */
let shared: object = {};
let plugin: BasePlugin | undefined;
const controllers = new Map<number, GuestAbortController>();

const pluginLog = freeze({
  debug: (message: unknown, fields?: unknown) => log('debug', message, fields),
  info: (message: unknown, fields?: unknown) => log('info', message, fields),
  warn: (message: unknown, fields?: unknown) => log('warn', message, fields),
  error: (message: unknown, fields?: unknown) => log('error', message, fields),
});

/** Before the plugin's module is evaluated. */
export function start(host: HostFunction, limitsText: string, keyHex: string): void {
  connect(host, parse(limitsText) as GuestLimits);
  settleGlobals(keyHex);
}

/** Constructs the plugin and tells what it says of itself. */
export function describe(module: object): string {
  const made = construct(module);
  if (typeof made === 'string') return made;
  try {
    return valueAnswer(describePlugin(made));
  } catch (error) {
    return thrownAnswer(error);
  }
}

/** Constructs the plugin and runs `onLoad`. Like `call` and `unload`: gives the answer, or undefined and sends it later. */
export function load(id: number, module: object, contextText: string): string | undefined {
  const made = construct(module);
  if (typeof made === 'string') return made;
  const loaded = made;
  const context = parse(contextText) as { config: unknown };
  shared = { ...context, config: deepFreeze(context.config), log: pluginLog };
  return answerWith(
    id,
    () => loaded.onLoad(freeze({ ...shared }) as never),
    () => {
      plugin = loaded;
      return 'vnull';
    },
  );
}

export function unload(id: number): string | undefined {
  const unloaded = plugin;
  if (!unloaded) return 'vnull';
  return answerWith(
    id,
    () => unloaded.onUnload(),
    () => 'vnull',
  );
}

interface GuestCall {
  readonly kind: 'tool' | 'hook';
  readonly toolName: string;
  readonly params: never;
  readonly hook: never;
  readonly data: never;
  readonly context: object;
}

export function call(id: number, text: string): string | undefined {
  refill();
  const request = parse(text) as GuestCall;
  const controller = new GuestAbortController();
  apply(set, controllers, [id, controller]);
  const context = { ...shared, ...request.context, signal: controller.signal };
  const answer =
    request.kind === 'tool'
      ? answerWith(
          id,
          () => executeTool(request, { ...context, progress: (data: never) => progress(id, data) }),
          valueAnswer,
        )
      : answerWith(
          id,
          () => plugin?.handleHook(request.hook, request.data, context as never),
          (value) => valueAnswer(readHookReturn(value)),
        );
  if (answer !== undefined) apply(remove, controllers, [id]);
  return answer;
}

/** Tells the plugin that nobody waits for call `id` any more. */
export function abort(id: number): void {
  const controller: unknown = apply(get, controllers, [id]);
  if (controller instanceof GuestAbortController) controller.abort();
}

export function timer(id: number): void {
  fireTimer(id);
}

function executeTool(request: GuestCall, context: object): unknown {
  const execute: unknown = plugin && 'execute' in plugin ? plugin.execute : undefined;
  if (typeof execute !== 'function') throw new TypeError('This plugin has no execute method.');
  return apply(execute, plugin, [request.toolName, request.params, context]) as unknown;
}

/** Runs `work`; answers at once unless it gave a promise, which is followed. */
function answerWith(id: number, work: () => unknown, finish: (value: unknown) => string): string | undefined {
  try {
    const value = work();
    if (isThenable(value)) return void follow(id, value, finish);
    return finish(value);
  } catch (error) {
    return thrownAnswer(error);
  }
}

async function follow(id: number, promise: unknown, finish: (value: unknown) => string): Promise<void> {
  let answer: string;
  try {
    // `await` looks no `then` up on a real promise, so a plugin that replaces Promise.prototype.then fools only itself.
    answer = finish(await promise);
  } catch (error) {
    answer = thrownAnswer(error);
  }
  apply(remove, controllers, [id]);
  sendAnswer(id, answer);
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** The plugin, or the answer that says why there is none. */
function construct(module: object): BasePlugin | string {
  try {
    const exported: unknown = 'default' in module ? module.default : undefined;
    if (typeof exported !== 'function') return `t${WHAT_TO_EXPORT}`;
    const made: unknown = build(exported, []);
    return isPlugin(made) ? made : `t${WHAT_TO_EXPORT}`;
  } catch (error) {
    return `tIts constructor failed: ${messageOf(error)}`;
  }
}

const WHAT_TO_EXPORT =
  'The default export is not a plugin. Export a class that extends BasePlugin or BaseToolPlugin, or what definePlugin(...) returns.';

function deepFreeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  for (const key of ownKeys(value)) deepFreeze(read(value, key));
  return freeze(value);
}
