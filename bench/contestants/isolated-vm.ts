/**
 * The same tool by isolated-vm alone, in the process that calls it: what a program would write that trusts one V8 to
 * hold plugin and host apart. A process of its own, because isolated-vm needs `--no-node-snapshot`. Each message names
 * a kind of tool and the length of a sample; the answer is the sample.
 */
import ivm from 'isolated-vm';
import { countInFlight, timeAlone } from '../load/time-calls.ts';
import { IN_FLIGHT, INSTANCES, TOOL_MS } from '../suites/sandbox-load.ts';
import type { ToolKind } from './add-plugin.ts';

const GUEST = `
const answer = (text) => { const { a, b } = JSON.parse(text); return { success: true, data: a + b }; };
globalThis.sync = (text) => JSON.stringify(answer(text));
globalThis.async = async (text) => JSON.stringify(await Promise.resolve(answer(text)));
`;

type Call = (params: { a: number; b: number }) => Promise<unknown>;

const callers = await Promise.all(Array.from({ length: INSTANCES }, openIsolate));

process.on('message', (message: { kind: ToolKind; sampleMs: number }) => {
  void measure(message.kind, message.sampleMs).then((sample) => process.send?.(sample));
});

async function measure(kind: ToolKind, sampleMs: number) {
  const lanes = Array.from({ length: IN_FLIGHT }, (_, lane) => callAdd(callers[lane % INSTANCES]?.[kind]));
  const [first] = lanes;
  if (!first) throw new Error('There is no lane.');
  return { alone: await timeAlone(first, sampleMs), inFlight: await countInFlight(lanes, sampleMs) };
}

function callAdd(call: Call | undefined): () => Promise<void> {
  if (!call) throw new Error('There is no isolate.');
  let a = 0;
  return async () => {
    a += 1;
    const result = await call({ a, b: 1 });
    if (typeof result !== 'object' || result === null || !('data' in result) || result.data !== a + 1) {
      throw new Error(`${a} + 1 was ${JSON.stringify(result)}`);
    }
  };
}

async function openIsolate(): Promise<Record<ToolKind, Call>> {
  const isolate = new ivm.Isolate({ memoryLimit: 32 });
  const context = await isolate.createContext();
  await context.eval(GUEST);
  const sync = await context.global.get('sync', { reference: true });
  const later = await context.global.get('async', { reference: true });
  return {
    sync: async (params) => parse(sync.applySync(undefined, [JSON.stringify(params)], { timeout: TOOL_MS })),
    async: async (params) =>
      parse(await later.apply(undefined, [JSON.stringify(params)], { timeout: TOOL_MS, result: { promise: true } })),
  };
}

function parse(answer: unknown): unknown {
  return JSON.parse(String(answer));
}
