/**
 * The same tool by isolated-vm alone, in the process that calls it: what a program would write that trusts one V8 to
 * hold plugin and host apart. A process of its own, because isolated-vm needs `--no-node-snapshot`. `applySync` on the
 * command line: the call blocks this process until it has ended.
 */
import ivm from 'isolated-vm';
import { ownMemory } from '../load/resident-memory.ts';
import { HEAP_MB, TOOL_MS, type Instance } from '../load/subject.ts';
import { GUEST, parse, wantedKind } from './guest.ts';
import { keepRecent } from './keep-recent.ts';
import { serveLoads } from './serve-loads.ts';

const kind = wantedKind();
const blocking = process.argv.includes('applySync');
const memory = () => Promise.resolve(ownMemory());

serveLoads({
  subject: () => Promise.resolve({ open: openIsolate, memory, [Symbol.asyncDispose]: async () => {} }),
  tenants: () => Promise.resolve(keepRecent(openIsolate, memory)),
});

async function openIsolate(): Promise<Instance> {
  const isolate = new ivm.Isolate({ memoryLimit: HEAP_MB });
  const context = await isolate.createContext();
  await context.eval(GUEST);
  const tool = await context.global.get(kind, { reference: true });
  const options = { timeout: TOOL_MS, result: kind === 'async' ? ({ promise: true } as const) : {} };
  return {
    call: blocking
      ? async (params) => parse(tool.applySync(undefined, [JSON.stringify(params)], { timeout: TOOL_MS }))
      : async (params) => parse(await tool.apply(undefined, [JSON.stringify(params)], options)),
    close: async () => isolate.dispose(),
  };
}
