/** How far the operating system holds the children, tier by tier, on what this machine offers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, onTestFinished } from 'vitest';
import { describeError } from '../../src/cli/describe-error.ts';
import { findConfinements, OWN_ID, SandboxTierError, thisMachine } from '../../src/sandbox/find-confinement.ts';
import { missingHardening, runnerCommand } from '../../src/sandbox/process-flags.ts';
import type { Sandbox, SandboxProcessEnd } from '../../src/sandbox/sandbox.ts';
import type { Confinement } from '../../src/sandbox/confinement.ts';
import { SupervisedChild } from '../../src/sandbox/supervised-child.ts';
import { childrenOf, descendantsOf, directChildrenOf, isAlive } from './processes.ts';
import { openPlugin, openSandbox, run, toolPlugin } from './rig.ts';
import { PROGRAMS, TIERS } from './tiers.ts';

const isRoot = process.getuid?.() === 0;

describe.each(TIERS.map((found) => [`${found.tier}${found.why}`, found] as const))(
  'the tier %s',
  (_name, { tier, confinement }) => {
    describe.runIf(confinement !== undefined && process.platform === 'linux')('on this machine', () => {
      test('starts both kinds of child, which do their work', async () => {
        await using sandbox = await openSandbox({ tier });
        expect(sandbox.health()).toMatchObject({ ready: true, tier });
        expect(await run(await openPlugin(sandbox, toolPlugin('return "pong";')))).toMatchObject({ value: 'pong' });
        const children = await bothKinds(sandbox);
        for (const pid of children) {
          const status = readFileSync(`/proc/${pid}/status`, 'utf8');
          expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
          expect(status).toMatch(/^CapEff:\s+0+$/m);
          if (confinement?.ownId === undefined) continue;
          expect(status).toMatch(new RegExp(`^Uid:(\\s+${OWN_ID}){4}$`, 'm'));
          expect(status).toMatch(new RegExp(`^Gid:(\\s+${OWN_ID}){4}$`, 'm'));
          expect(status).toMatch(/^Groups:\s*$/m);
        }
      });

      test('has the namespaces it promises, a process in them, and no other', async () => {
        await using sandbox = await openSandbox({ tier });
        const kinds = {
          strict: ['mnt', 'pid', 'net', 'user', 'ipc', 'uts'],
          unshare: ['mnt', 'pid', 'net', 'user', 'ipc'],
          portable: [],
        };
        for (const pid of await bothKinds(sandbox)) {
          for (const kind of kinds[tier]) {
            expect(readlinkSync(`/proc/${pid}/ns/${kind}`)).not.toBe(readlinkSync(`/proc/self/ns/${kind}`));
          }
          if (tier === 'strict') expect(readdirSync(`/proc/${pid}/root`).toSorted()).not.toContain('etc');
        }
      });

      test('gives a child nothing of the server: no environment, no file, no socket', async () => {
        const folder = mkdtempSync(join(tmpdir(), 'hookline-fds-'));
        writeFileSync(join(folder, 'open'), 'x');
        const held = openSync(join(folder, 'open'), 'r');
        const server = createServer().listen(0);
        await once(server, 'listening');
        await using sandbox = await openSandbox({ tier });
        const own = new Set(linksOf(process.pid).filter((link) => !link.startsWith('anon_inode:')));
        expect(own).toContain(join(folder, 'open'));
        for (const pid of await bothKinds(sandbox)) {
          const links = linksOf(pid);
          expect(links.filter((link) => own.has(link) && link !== '/dev/null')).toEqual([]);
          // Its three pipes; the rest is the event loop's.
          expect(links.filter((link) => link.startsWith('socket:'))).toHaveLength(3);
          const env = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
          expect(env.filter((entry) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(entry))).toEqual([]);
        }
        expect(held).toBeGreaterThan(2);
        server.close();
        rmSync(folder, { recursive: true });
      });

      test('has limits of the operating system on both', async () => {
        await using sandbox = await openSandbox({ tier });
        const [runner, compiler] = (await bothKinds(sandbox)).map((pid) => readFileSync(`/proc/${pid}/limits`, 'utf8'));
        for (const limits of [runner, compiler]) {
          expect(limits).toMatch(/Max core file size\s+0\s+0/);
          expect(limits).toMatch(/Max file size\s+0\s+0/);
          expect(limits).toMatch(/Max open files\s+256\s+256/);
          if (confinement?.ownId !== undefined) expect(limits).toMatch(/Max processes\s+1024\s+1024/);
        }
        expect(runner).toMatch(/Max data size\s+268435456\s+268435456/);
      });

      test('tells how the process inside ended, not what stands before it', async () => {
        const ends: SandboxProcessEnd[] = [];
        await using sandbox = await openSandbox({ tier, events: { onProcessEnd: (end) => ends.push(end) } });
        const [runner = 0] = childrenOf(process.pid, 'runner/main.js');
        process.kill(runner, 'SIGKILL');
        await expect.poll(() => ends, { timeout: 5_000 }).toMatchObject([{ pid: runner, asked: false }]);
        expect(ends[0]?.reason).toMatch(/^it ended with SIGKILL/);
        expect(await run(await openPlugin(sandbox, toolPlugin('return 1;')))).toMatchObject({ value: 1 });
      });

      test('leaves nothing behind when the process in front is killed, or the sandbox closed', async () => {
        const sandbox = await openSandbox({ tier });
        await openPlugin(sandbox, toolPlugin('return 1;'));
        const before = descendantsOf(process.pid);
        const [front = 0] = directChildrenOf(process.pid, 'runner/main.js');
        const behind = [front, ...descendantsOf(front)];
        process.kill(front, 'SIGKILL');
        await expect.poll(() => behind.filter(isAlive), { timeout: 2_000 }).toEqual([]);
        await sandbox.close();
        await expect.poll(() => before.filter(isAlive), { timeout: 2_000 }).toEqual([]);
      });

      test('leaves nothing behind when the server is killed, whatever its plugins do', async () => {
        const fixture = fileURLToPath(new URL('fixtures/parent.ts', import.meta.url));
        const parent = spawn(process.execPath, [fixture, tier]);
        onTestFinished(() => void parent.kill('SIGKILL'));
        const [chunk] = (await once(parent.stdout, 'data')) as [Buffer];
        expect(chunk.toString()).toBe('busy\n');
        // A compiler, a runner, and one in reserve that is started a moment later.
        await expect.poll(() => descendantsOf(parent.pid ?? 0).length, { timeout: 5_000 }).toBeGreaterThanOrEqual(3);
        const below = descendantsOf(parent.pid ?? 0);
        parent.kill('SIGKILL');
        await expect.poll(() => below.filter(isAlive), { timeout: 2_000 }).toEqual([]);
      });

      // A116
      test('denies what code outside of an isolate would try', async () => {
        if (!confinement) return;
        const denied = (findings: Findings) =>
          Object.keys(findings).filter((name) => findings[name]?.denied !== undefined);
        const all = [
          'env',
          'passwd',
          'secret',
          'serverEnv',
          'processes',
          'write',
          'writeOwn',
          'exec',
          'tcp',
          'unix',
          'kill',
        ];
        const guarded = await probe(confinement, true);
        const unguarded = await probe(confinement, false);
        if (tier === 'strict') {
          expect(denied(guarded)).toEqual(all);
          // The operating system alone, without Node's permission model.
          expect(denied(unguarded)).toEqual(all);
        } else {
          const promised = all.filter((name) => name !== 'kill' || tier === 'unshare' || isRoot);
          expect(denied(guarded)).toEqual(expect.arrayContaining(promised));
          const bySystem = ['env', 'write', 'writeOwn', ...(tier === 'unshare' ? ['serverEnv', 'tcp', 'kill'] : [])];
          expect(denied(unguarded)).toEqual(expect.arrayContaining(bySystem));
        }
      });
    });
  },
);

type Findings = Readonly<Record<string, { readonly denied?: string; readonly done?: unknown }>>;

/** Runs the probe as a runner is run, with or without Node's permission model. */
async function probe(confinement: Confinement, guarded: boolean): Promise<Findings> {
  // Where another user could read it, so that it is not the file's mode that keeps it.
  const folder = mkdtempSync(join(tmpdir(), 'hookline-probe-'));
  chmodSync(folder, 0o755);
  const script = join(folder, 'probe', 'os-probe.mjs');
  const socketPath = join(folder, 'socket');
  const secretPath = join(folder, 'secret');
  writeFileSync(secretPath, 'a secret');
  const { mkdirSync, copyFileSync } = await import('node:fs');
  mkdirSync(join(folder, 'probe'));
  copyFileSync(fileURLToPath(new URL('fixtures/os-probe.js', import.meta.url)), script);
  const tcp = createServer().listen(0, '127.0.0.1');
  const unix = createServer().listen(socketPath);
  await Promise.all([once(tcp, 'listening'), once(unix, 'listening')]);
  chmodSync(socketPath, 0o777);
  const [{ args, reads }] = PROGRAMS;
  const flags = args.slice(0, -1).filter((arg) => guarded || !/^--(permission|allow-)/.test(arg));
  const { port } = tcp.address() as AddressInfo;
  const told = [`${process.pid}`, `${port}`, socketPath, secretPath];
  const readable = guarded ? [`--allow-fs-read=${join(folder, 'probe')}`] : [];
  const program = { args: [...flags, ...readable, script, ...told], reads: [...reads, join(folder, 'probe')] };
  const { file, args: line } = runnerCommand('hardened', program, confinement);
  const child = spawn(file, line, { env: {}, cwd: '/', stdio: 'pipe' });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  tcp.close();
  unix.close();
  rmSync(folder, { recursive: true });
  if (out === '') throw new Error(`The probe said nothing: ${err}`);
  return JSON.parse(out) as Findings;
}

async function bothKinds(sandbox: Sandbox): Promise<readonly number[]> {
  await sandbox.compile({ name: 'sample', language: 'js', text: 'export default class {}' });
  const pids = [...childrenOf(process.pid, 'runner/main.js').slice(0, 1), ...childrenOf(process.pid, 'compiler/main')];
  expect(pids).toHaveLength(2);
  return pids;
}

function linksOf(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}

describe('a machine that offers less', () => {
  const all = thisMachine();
  const without = (names: readonly (keyof typeof all.commands)[]) => ({
    ...all,
    commands: { ...all.commands, ...Object.fromEntries(names.map((name) => [name, undefined])) },
  });

  test.each([
    ['has no bubblewrap', { ...all, commands: { ...all.commands, bwrap: undefined } }, ['unshare', 'portable']],
    ['refuses bubblewrap', { ...all, commands: { ...all.commands, bwrap: '/bin/false' } }, ['unshare', 'portable']],
    ['has neither', without(['bwrap', 'unshare']), ['portable']],
    ['is no Linux', { ...all, platform: 'darwin' as const }, ['portable']],
  ])('%s falls back tier by tier, and tells what is missing', async (_what, machine, tiers) => {
    const found: Confinement[] = [];
    for await (const confinement of findConfinements('auto', PROGRAMS, machine)) found.push(confinement);
    const expected = all.platform === 'linux' ? tiers : ['portable'];
    expect(found.map(({ tier }) => tier).slice(-expected.length)).toEqual(
      expected.filter((tier) => found.some((one) => one.tier === tier)),
    );
    const [best] = found;
    expect(best?.missing.some((line) => line.includes('bubblewrap'))).toBe(true);
    expect(missingHardening('hardened', { missing: best?.missing ?? [] }, 'linux')).toEqual(best?.missing);
    expect(missingHardening('jit', { missing: best?.missing ?? [] }, 'linux')).toEqual(best?.missing);
  });

  test('refuses a tier that is demanded and not there, in a sentence', async () => {
    const search = findConfinements('strict', PROGRAMS, without(['bwrap'])).next();
    const error = await search.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(SandboxTierError);
    expect(describeError(error)).toBe(
      'HOOKLINE_SANDBOX_TIER is strict, and this machine does not offer that: bubblewrap is not installed. Make it possible, or choose auto.',
    );
  });

  test.runIf(isRoot)('goes on as root when the own user cannot read what is to be loaded, and tells so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hookline-closed-'));
    const [runner] = PROGRAMS;
    const { value } = await findConfinements('portable', [{ ...runner, reads: [...runner.reads, folder] }]).next();
    expect(value?.ownId).toBeUndefined();
    expect(value?.missing[0]).toMatch(/user of its own.*cannot read/);
    rmSync(folder, { recursive: true });
  });
});

test.runIf(process.platform === 'linux')(
  'a child that is killed at any moment of its start leaves nothing behind',
  async () => {
    for (const { confinement } of TIERS) {
      if (!confinement) continue;
      const command = runnerCommand('hardened', PROGRAMS[0], confinement);
      for (let delayMs = 0; delayMs < 24; delayMs += 1) {
        const child = new SupervisedChild({ command, maxFrameChars: 1_000, onEvent: () => {}, onEnd: () => {} });
        await sleep(delayMs);
        child.kill('it is not wanted');
        await child.gone;
      }
    }
    await expect.poll(() => descendantsOf(process.pid).filter(isAlive), { timeout: 2_000 }).toEqual([]);
  },
);
