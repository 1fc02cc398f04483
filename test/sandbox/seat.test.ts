/** How long somebody waits for a runner to come to it: as long as it comes to those before, and not much longer. */
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { RunnerProcess } from '../../src/sandbox/runner-process.ts';
import { Seat } from '../../src/sandbox/seat.ts';
import { NOBODY } from './rig.ts';

test('a line that moves is waited in, and one that stands still is left', async () => {
  const runner = new RunnerProcess({
    command: {
      file: process.execPath,
      args: [fileURLToPath(new URL('fixtures/slow-runner.ts', import.meta.url))],
      residentMb: undefined,
    },
    heapMb: 128,
    onEnd: () => {},
    onEmpty: () => {},
  });
  onTestFinished(() => runner.child.kill('the test is over', 'closed'));
  expect(await runner.child.ready).toBe(true);
  const open = async () => {
    const seat = new Seat({ runner, number: runner.admit({ ...NOBODY, idle: false, heapMb: 8 }) });
    const startedAt = performance.now();
    const answer = await seat.ask({ type: 'open' }, 20_000);
    return { answered: answer?.head['ok'] === true, passedOver: seat.passedOver, ms: performance.now() - startedAt };
  };
  // At work, so that the others are in company.
  expect(await open()).toMatchObject({ answered: true });
  const others = await Promise.all([1, 2, 3, 4].map(open));
  expect(others.map(({ answered }) => answered)).toEqual([true, true, true, false]);
  expect(others.map(({ passedOver }) => passedOver)).toEqual([false, false, false, true]);
  expect(others[2]?.ms).toBeGreaterThan(800);
});
