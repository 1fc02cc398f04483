/** Requests begin in turns of the event loop, tenant by tenant. */
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createFairTurns } from '../../src/server/fair-turns.ts';

/** The names of those that have begun, in their order. */
function collect() {
  const turns = createFairTurns();
  const begun: string[] = [];
  async function ask(tenant: string, name: string): Promise<void> {
    await turns.take(tenant);
    begun.push(name);
  }
  return { begun, ask, turns };
}

test('one by itself does not wait', () => {
  expect(createFairTurns().take('acme')).toBeUndefined();
});

test('of many at once a few begin in each turn, in their order, and all do', async () => {
  const { begun, ask } = collect();
  const names = Array.from({ length: 50 }, (_, number) => `${number}`);
  const all = Promise.all(names.map((name) => ask('acme', name)));
  const perTurn: number[] = [];
  for (let seen = 0; seen < names.length; seen = begun.length) {
    await turn();
    perTurn.push(begun.length - seen);
  }
  await all;
  expect(begun).toEqual(names);
  expect(Math.max(...perTurn)).toBeLessThanOrEqual(8);
  expect(perTurn.length).toBeGreaterThan(6);
});

test('another tenant that comes later does not wait for all of them', async () => {
  const { begun, ask } = collect();
  const flood = Array.from({ length: 100 }, (_, number) => ask('acme', `acme ${number}`));
  await ask('globex', 'globex');
  expect(begun.length).toBeLessThan(12);
  await Promise.all(flood);
  expect(begun).toHaveLength(101);
});

test('tenants that wait take turns', async () => {
  const { begun, ask } = collect();
  const floods = ['a', 'b', 'c'].flatMap((tenant) => Array.from({ length: 10 }, () => ask(tenant, tenant)));
  await Promise.all(floods);
  // The first four began before anybody waited.
  expect(begun.slice(0, 4).join('')).toBe('aaaa');
  expect(begun.slice(4, 22).join('')).toMatch(/^(abc){6}$/);
});

test('after a flood, one by itself does not wait again', async () => {
  const { ask, turns } = collect();
  await Promise.all(Array.from({ length: 20 }, () => ask('acme', 'acme')));
  await turn();
  await turn();
  expect(turns.take('globex')).toBeUndefined();
});
