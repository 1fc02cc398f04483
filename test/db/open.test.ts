import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTenant, findTenant } from '../../src/auth/tenants.ts';
import { lockFolder } from '../../src/db/folder-lock.ts';
import { migrate } from '../../src/db/migrate.ts';
import { openDatabase } from '../../src/db/open.ts';
import { thisProcess } from '../../src/db/process-identity.ts';

let dataDir: string;
let children: ChildProcess[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hookline-data-'));
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

/** Starts a process on the folder; resolves with its first line. */
async function holdFolder(): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'hold-folder.ts'), dataDir], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) return { child, line };
  throw new Error('The process ended without a word.');
}

describe('a data folder', { timeout: 90_000 }, () => {
  test('keeps what was written across a restart', async () => {
    const first = await openDatabase({ dataDir });
    await migrate(first);
    const tenant = await createTenant(first.prisma, { slug: 'acme', name: 'Acme' });
    await first.close();
    await using second = await openDatabase({ dataDir });
    expect(await migrate(second)).toEqual([]);
    expect(await findTenant(second.prisma, 'acme')).toEqual(tenant);
  });

  test('is refused to a second process while the first lives, saying which that is and since when', async () => {
    const { child, line } = await holdFolder();
    expect(line).toMatch(/^open /);
    const refusal = new RegExp(`in use by process ${child.pid} since \\d{4}-\\d\\d-\\d\\dT`);
    await expect(openDatabase({ dataDir })).rejects.toThrow(refusal);
    expect((await holdFolder()).line).toMatch(refusal);
  });

  test('is taken over from a process that was killed, with everything it had written', async () => {
    const { child, line } = await holdFolder();
    child.kill('SIGKILL');
    await once(child, 'exit');
    await using database = await openDatabase({ dataDir });
    expect(await findTenant(database.prisma, line.replace('open ', ''))).not.toBeNull();
  });

  test('never goes to two of several processes that start together', async () => {
    const { child } = await holdFolder();
    child.kill('SIGKILL');
    await once(child, 'exit');
    const lines = (await Promise.all([holdFolder(), holdFolder(), holdFolder()])).map(({ line }) => line);
    expect(lines.filter((line) => line.startsWith('open')).length).toBeLessThanOrEqual(1);
    expect(lines.filter((line) => line.startsWith('refused')).length).toBeGreaterThanOrEqual(2);
  });

  test('is refused to the same process twice, and free again once closed', async () => {
    const first = await openDatabase({ dataDir });
    await expect(openDatabase({ dataDir })).rejects.toThrow(`in use by this process (${process.pid})`);
    await first.close();
    await (await openDatabase({ dataDir })).close();
  });
});

describe('the lock of a folder', () => {
  const lockFile = (name: string) => writeFile(join(dataDir, 'lock', name), '');

  test('of a process whose number was given to another is stale', async () => {
    lockFolder(dataDir).release();
    const { place, pid, startTicks } = thisProcess();
    await lockFile(`${place}-${pid}-${Number(startTicks) + 1}`);
    using _lock = lockFolder(dataDir);
    expect(await readdir(join(dataDir, 'lock'))).toEqual([`${place}-${pid}-${startTicks}`]);
  });

  test('of a process on another machine holds while it gives signs of life', async () => {
    lockFolder(dataDir).release();
    await lockFile('0123456789ab-1-1');
    expect(() => lockFolder(dataDir)).toThrow('in use by process 1');
    expect(await readdir(join(dataDir, 'lock'))).toEqual(['0123456789ab-1-1']);
  });
});
