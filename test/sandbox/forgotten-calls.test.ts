/** What the server keeps of calls that nobody will answer any more. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { openPlugin, openSandbox, run, toolPlugin } from './rig.ts';

test('calls that ended with their instance are not kept while their runner goes on', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  await using sandbox = await openSandbox();
  const neighbour = await openPlugin(sandbox, toolPlugin('return 7;'), { tenantId: 'neighbour' });
  const greedy = toolPlugin(`
    if (params.breach) for (let n = 0; n < 100; n += 1) { try { setTimeout(() => {}, 60_000); } catch {} }
    context.progress(1);
    return new Promise(() => {});`);
  const instance = await openPlugin(sandbox, greedy, { tenantId: 'greedy', limits: { hostCalls: 5 } });
  /** Whether something holds on to the call shows in what it was called with. */
  const waiting = () => {
    const begun = Promise.withResolvers<undefined>();
    const onProgress = () => begun.resolve(undefined);
    const call = run(instance, {}, { wallMs: 60_000, onProgress });
    return { call, begun: begun.promise, kept: new WeakRef(onProgress) };
  };
  const calls = Array.from({ length: 5 }, waiting);
  const ended = Promise.all(calls.map(({ call }) => call));
  await Promise.all(calls.map(({ begun }) => begun));
  expect(await run(instance, { breach: true }, { wallMs: 60_000 })).toMatchObject({
    error: { code: 'HOST_CALL_BUDGET_EXCEEDED' },
  });
  // What others may have seen is not run once more.
  for (const outcome of await ended) expect(outcome).toMatchObject({ success: false });
  const refs = calls.splice(0).map(({ kept }) => kept);
  expect(sandbox.health()).toMatchObject({ runners: 1 });
  const held = () => {
    collect();
    return refs.filter((ref) => ref.deref() !== undefined).length;
  };
  await expect.poll(held, { timeout: 10_000 }).toBe(0);
  expect(await run(neighbour)).toEqual({ success: true, value: 7 });
});
