/** Who waits for a moment is told when it comes, once; who shares it with others may leave them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { expireAt, forgetExpiry } from '../../src/events/at-time.ts';

const listener = (name: string, told: string[]) => ({ expire: () => void told.push(name) });

test('all who wait for a moment are told, but for those who have left', async () => {
  const told: string[] = [];
  const [first, second, third, alone] = ['first', 'second', 'third', 'alone'].map((name) => listener(name, told));
  const moment = Date.now() + 80;
  for (const who of [first, second, third]) expireAt(moment, who!);
  expireAt(moment + 1, alone!);
  forgetExpiry(moment, second!);
  forgetExpiry(moment + 1, alone!);
  forgetExpiry(moment + 1, first!);
  expect(told).toEqual([]);
  await expect.poll(() => told, { timeout: 5_000 }).toEqual(['first', 'third']);
  await sleep(20);
  expect(told).toEqual(['first', 'third']);
});

test('a moment that has passed is told at once, and one that no timer reaches is not', async () => {
  const told: string[] = [];
  const [past, far] = [listener('past', told), listener('far', told)];
  const century = Date.now() + 100 * 365 * 86_400_000;
  const timers = vi.spyOn(globalThis, 'setTimeout');
  onTestFinished(() => timers.mockRestore());
  expireAt(century, far);
  expect(timers.mock.lastCall?.[1]).toBe(2 ** 31 - 1);
  expireAt(Date.now() - 1_000, past);
  await expect.poll(() => told, { timeout: 5_000 }).toEqual(['past']);
  await sleep(20);
  expect(told).toEqual(['past']);
  forgetExpiry(century, far);
});
