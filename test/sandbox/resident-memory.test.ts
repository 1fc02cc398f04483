/** Memory of a runner that the operating system does not bound: who fills it is ended, and nobody else. */
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { RUNNER_RESIDENT_MB } from '../../src/sandbox/measured.ts';
import { residentBytes } from '../../src/sandbox/memory-watch.ts';
import { childrenOf } from './processes.ts';
import { openPlugin, openSandbox, run, toolPlugin } from './rig.ts';

const KIND = toolPlugin('return new Promise((done) => setTimeout(() => done("done"), 10));');

/** Overshoot of the mark by what fills memory fastest. */
const OVERSHOOT_MB = 36;

test.runIf(process.platform === 'linux').each([
  [
    'one buffer that grew, at once',
    'const b = new ArrayBuffer(1, { maxByteLength: 2 ** 30 }); b.resize(2 ** 30); new Uint8Array(b).fill(1); return 1;',
  ],
  [
    'one buffer that grows in steps',
    'const b = new ArrayBuffer(1, { maxByteLength: 2 ** 30 }); for (let n = 2 ** 20; n <= 2 ** 30; n += 2 ** 20) { b.resize(n); new Uint8Array(b, n - 2 ** 20).fill(1); } return 1;',
  ],
  [
    'many buffers that grew',
    'const all = []; for (;;) { const b = new ArrayBuffer(0, { maxByteLength: 2 ** 24 }); b.resize(2 ** 24); new Uint8Array(b).fill(1); all.push(b); }',
  ],
  ['what V8 does not interrupt', "return encodeURIComponent('\u00e9'.repeat(60e6)).length;"],
])('of the jit profile, filled by %s', async (_how, body) => {
  await using sandbox = await openSandbox({ profile: 'jit' });
  let neighbour = await openPlugin(sandbox, KIND, { tenantId: 'neighbour' });
  const hostile = await openPlugin(sandbox, toolPlugin(body), { tenantId: 'hostile', limits: { cpuMs: 20_000 } });
  let [over, peak] = [false, 0];
  const looking = (async () => {
    const pids = childrenOf(process.pid, 'runner/main.js');
    for (; !over; await setImmediate()) for (const pid of pids) peak = Math.max(peak, residentBytes(pid));
  })();
  const kind = (async () => {
    while (!over) {
      if (neighbour.gone) neighbour = await openPlugin(sandbox, KIND, { tenantId: 'neighbour' });
      expect(await run(neighbour, {}, { wallMs: 10_000 })).toEqual({ success: true, value: 'done' });
    }
  })();
  const outcome = await run(hostile, {}, { wallMs: 20_000 });
  over = true;
  await Promise.all([kind, looking]);
  expect(outcome).toMatchObject({ success: false, error: { code: 'MEMORY_LIMIT_EXCEEDED' } });
  // More of heapMb would not help.
  expect(outcome).toMatchObject({ error: { message: expect.stringContaining('outside of its heap') as string } });
  expect(peak / 1024 / 1024).toBeLessThan(RUNNER_RESIDENT_MB + OVERSHOOT_MB);
});
