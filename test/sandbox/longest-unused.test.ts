/** Who makes way when there is no room: as few as possible, and whoever has been unused for longest. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { runnerCommand } from '../../src/sandbox/process-flags.ts';
import { RunnerPool, type Place, type RunnerPoolOptions } from '../../src/sandbox/runner-pool.ts';
import type { RunnerTenant } from '../../src/sandbox/runner-tenant.ts';
import { NOBODY } from './rig.ts';
import { PORTABLE, PROGRAMS } from './tiers.ts';

/** Runners of 64 MB, and whom they closed. */
function openPool(options: Partial<RunnerPoolOptions>) {
  const closed: string[] = [];
  const command = runnerCommand('hardened', PROGRAMS[0], PORTABLE);
  const pool = new RunnerPool({ command, heapMbPerRunner: 64, maxRunners: 1, onEnd: () => {}, ...options });
  onTestFinished(() => pool.close());
  const place = async (name: string, with_: Partial<RunnerTenant>): Promise<Place | undefined> => {
    const evict = () => {
      closed.push(name);
      if (placed) placed.runner.giveBackHeap(placed.number);
    };
    const close = async () => void closed.push(name);
    const placed = await pool.place({ ...NOBODY, evict, close, ...with_ });
    return placed;
  };
  return { place, closed };
}

describe.runIf(process.platform === 'linux')('without room', () => {
  test('one that is enough goes alone', async () => {
    const { place, closed } = openPool({});
    await place('small', { tenantId: 'a', heapMb: 8, lastUsedAt: 1 });
    await place('large', { tenantId: 'b', heapMb: 48, lastUsedAt: 2 });
    expect(await place('next', { tenantId: 'c', heapMb: 48, lastUsedAt: 3 })).toBeDefined();
    expect(closed).toEqual(['large']);
  });

  test('where tenants are apart the runner goes that nobody has used for longest', async () => {
    const { place, closed } = openPool({ cordon: 'tenant', maxRunners: 3 });
    await place('first', { tenantId: 'a', lastUsedAt: 5 });
    await place('second', { tenantId: 'b', lastUsedAt: 1 });
    await place('third', { tenantId: 'b', lastUsedAt: 6 });
    await place('fourth', { tenantId: 'c', lastUsedAt: 3 });
    expect(await place('next', { tenantId: 'd', lastUsedAt: 7 })).toBeDefined();
    expect(closed).toEqual(['fourth']);
  });

  test('a runner of which it is known that it goes on is asked first', async () => {
    const { place, closed } = openPool({ maxRunners: 2 });
    const leaving = await place('leaving', { tenantId: 'a', heapMb: 32, idle: false });
    await place('older', { tenantId: 'b', heapMb: 32, lastUsedAt: 1 });
    await place('newer', { tenantId: 'c', heapMb: 64, lastUsedAt: 2 });
    if (!leaving) throw new Error('There is no place.');
    leaving.runner.giveBackHeap(leaving.number);
    process.kill(leaving.runner.child.pid, 'SIGSTOP');
    onTestFinished(() => void process.kill(leaving.runner.child.pid, 'SIGCONT'));
    void leaving.runner.end(leaving.number);
    expect(await place('next', { tenantId: 'd', heapMb: 64 })).toBeDefined();
    expect(closed).toEqual(['newer']);
  });
});
