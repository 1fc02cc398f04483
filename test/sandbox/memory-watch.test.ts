/** The watch on another process's memory, where the operating system sets no bound. */
import { expect, test } from 'vitest';
import { canWatchMemory, residentBytes, residentBytesByPs, watchMemory } from '../../src/sandbox/memory-watch.ts';
import { missingHardening } from '../../src/sandbox/process-flags.ts';

const onLinux = process.platform === 'linux';

test.runIf(onLinux)('both ways of reading see what a process holds', async () => {
  const held = Buffer.alloc(64 * 1024 * 1024, 1);
  for (const read of [residentBytes, residentBytesByPs]) {
    const bytes = await read(process.pid);
    expect(bytes).toBeGreaterThan(held.length);
    expect(Math.abs(bytes - process.memoryUsage.rss())).toBeLessThan(32 * 1024 * 1024);
    expect(await read(2 ** 22 + 1)).toBe(0);
  }
});

test.runIf(canWatchMemory())('a process beyond its limit is told of, one below it is not', async () => {
  const stopBelow = watchMemory(process.pid, [{ mb: 100_000, onExceeded: () => expect.unreachable() }]);
  await new Promise<void>((exceeded) => {
    const onExceeded = () => {
      stop();
      exceeded();
    };
    const stop = watchMemory(process.pid, [{ mb: 1, onExceeded }]);
  });
  stopBelow();
});

test.each<[NodeJS.Platform, 'hardened' | 'jit', readonly RegExp[]]>([
  ['linux', 'hardened', []],
  ['linux', 'jit', []],
  ['darwin', 'hardened', [/RLIMIT_DATA.*watched instead/]],
  ['darwin', 'jit', []],
  ['win32', 'hardened', [/RLIMIT_DATA\)$/, /watch on the memory/]],
  ['win32', 'jit', [/watch on the memory/]],
])('on %s the %s profile tells what is missing', (platform, profile, missing) => {
  const told = missingHardening(profile, { missing: [] }, platform);
  expect(told).toHaveLength(missing.length);
  missing.forEach((pattern, index) => expect(told[index]).toMatch(pattern));
});
