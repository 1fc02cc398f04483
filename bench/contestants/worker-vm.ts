/**
 * The same tool by node:vm in one thread of worker_threads: a context for each instance, JSON over postMessage, a timeout
 * on each call. node:vm says of itself that it is no security boundary, and a loop of one plugin stops them all.
 */
import { Worker } from 'node:worker_threads';
import { ownMemory } from '../load/resident-memory.ts';
import { TOOL_MS, type Instance } from '../load/subject.ts';
import { GUEST, parse, wantedKind } from './guest.ts';
import { serveLoads } from './serve-loads.ts';

/** What the thread runs. */
const THREAD = `
const { parentPort } = require('node:worker_threads');
const { createContext, Script } = require('node:vm');
const contexts = new Map();
const call = new Script(${JSON.stringify(`${wantedKind()}(input)`)});
parentPort.on('message', async ({ id, instance, open, close, text }) => {
  if (open) {
    const context = createContext({ input: '' });
    new Script(${JSON.stringify(GUEST)}).runInContext(context, { timeout: ${TOOL_MS} });
    contexts.set(instance, context);
    return parentPort.postMessage({ id, answer: 'null' });
  }
  if (close) return parentPort.postMessage({ id, answer: String(contexts.delete(instance)) });
  const context = contexts.get(instance);
  context.input = text;
  parentPort.postMessage({ id, answer: await call.runInContext(context, { timeout: ${TOOL_MS} }) });
});
`;

interface ThreadAnswer {
  readonly id: number;
  readonly answer: string;
}

serveLoads({
  async subject() {
    const worker = new Worker(THREAD, { eval: true });
    const waiting = new Map<number, (answer: string) => void>();
    let lastId = 0;
    let lastInstance = 0;
    worker.on('message', ({ id, answer }: ThreadAnswer) => {
      waiting.get(id)?.(answer);
      waiting.delete(id);
    });
    const ask = (message: object) =>
      new Promise<string>((resolve) => {
        const id = (lastId += 1);
        waiting.set(id, resolve);
        worker.postMessage({ id, ...message });
      });
    return {
      async open(): Promise<Instance> {
        const instance = (lastInstance += 1);
        await ask({ instance, open: true });
        return {
          call: async (params) => parse(await ask({ instance, text: JSON.stringify(params) })),
          close: async () => void (await ask({ instance, close: true })),
        };
      },
      memory: () => Promise.resolve(ownMemory()),
      [Symbol.asyncDispose]: async () => void (await worker.terminate()),
    };
  },
});
