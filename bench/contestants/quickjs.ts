/** The same tool in QuickJS, compiled to WebAssembly, in the process that calls it: a runtime and a context for each instance. */
import { getQuickJS, type QuickJSContext, type QuickJSHandle } from 'quickjs-emscripten';
import { ownMemory } from '../load/resident-memory.ts';
import { HEAP_MB, TOOL_MS, type Instance } from '../load/subject.ts';
import { GUEST, parse, wantedKind } from './guest.ts';
import { serveLoads } from './serve-loads.ts';

const kind = wantedKind();
const quickJS = await getQuickJS();
const memory = () => Promise.resolve(ownMemory());

serveLoads({ subject: () => Promise.resolve({ open, memory, [Symbol.asyncDispose]: async () => {} }) });

async function open(): Promise<Instance> {
  const runtime = quickJS.newRuntime();
  runtime.setMemoryLimit(HEAP_MB * 1024 * 1024);
  let deadline = Infinity;
  runtime.setInterruptHandler(() => performance.now() > deadline);
  const context = runtime.newContext();
  context.unwrapResult(context.evalCode(GUEST)).dispose();
  const tool = context.getProp(context.global, kind);
  return {
    async call(params) {
      deadline = performance.now() + TOOL_MS;
      const text = context.newString(JSON.stringify(params));
      const returned = context.unwrapResult(context.callFunction(tool, context.undefined, text));
      text.dispose();
      const answer = kind === 'sync' ? returned : settled(context, returned);
      const json = context.getString(answer);
      answer.dispose();
      return parse(json);
    },
    async close() {
      tool.dispose();
      context.dispose();
      runtime.dispose();
    },
  };
}

function settled(context: QuickJSContext, promise: QuickJSHandle): QuickJSHandle {
  context.unwrapResult(context.runtime.executePendingJobs());
  const state = context.getPromiseState(promise);
  promise.dispose();
  if (state.type !== 'fulfilled') throw new Error(`The promise is ${state.type}.`);
  return state.value;
}
