/** Before a runner takes plugins: whether what it promises holds in this process, on this machine. */
import { GuestIsolate } from './guest-isolate.ts';
import type { GuestModules } from './guest-modules.ts';

const PROBE_HEAP_MB = 8;
const PROBE_MS = 20;
const PROBE_LIMITS = JSON.stringify({
  heapMb: PROBE_HEAP_MB,
  outputBytes: 1_024,
  inputBytes: 1_024,
  logBytes: 0,
  hostCalls: 0,
});

/** What does not hold, in words, or undefined. Takes about as long as opening one instance. */
export async function selfTest(modules: GuestModules): Promise<string | undefined> {
  return processProblem() ?? (await isolateProblem(modules));
}

function processProblem(): string | undefined {
  if (!process.execArgv.includes('--no-node-snapshot'))
    return 'it was started without --no-node-snapshot, which isolated-vm needs';
  if (process.execArgv.includes('--jitless') && 'WebAssembly' in globalThis) return '--jitless has no effect';
  const { permission } = process;
  const permitted = ['fs.write', 'child', 'worker', 'net'].filter((scope) => !permission || permission.has(scope));
  if (permitted.length > 0) return `Node's permission model allows it ${permitted.join(', ')}`;
  return permission.has('fs.read', '/') ? 'it may read every file' : undefined;
}

async function isolateProblem(modules: GuestModules): Promise<string | undefined> {
  const isolate = GuestIsolate.open({
    heapMb: PROBE_HEAP_MB,
    modules,
    limits: PROBE_LIMITS,
    onMessage: () => {},
    onCatastrophe: () => {},
  });
  try {
    const looped = await isolate.evaluate('for (;;);', PROBE_MS);
    if (looped?.failed !== 'timeout') return 'an endless loop in an isolate is not stopped';
    const grown = await isolate.evaluate(`new ArrayBuffer(${8 * PROBE_HEAP_MB * 1024 * 1024});`, 10 * PROBE_MS);
    return grown ? undefined : `an isolate of ${PROBE_HEAP_MB} MB may take more`;
  } finally {
    isolate.dispose();
  }
}
