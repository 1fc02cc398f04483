/** A runner whose limits would not bite is never given a plugin. */
import { expect, test } from 'vitest';
import { describeError } from '../../src/cli/describe-error.ts';
import { findIsolatedVm } from '../../src/sandbox/isolated-vm-gate.ts';
import { NodeVersionError, requireMeasuredNode } from '../../src/sandbox/require-measured-node.ts';
import { runnerCommand, runnerProgram, type ChildCommand } from '../../src/sandbox/process-flags.ts';
import { runnerBuild } from '../../src/sandbox/runner-build.ts';
import { RunnerPool } from '../../src/sandbox/runner-pool.ts';
import { PORTABLE } from './tiers.ts';

const SOUND = runnerCommand('hardened', runnerProgram('hardened', runnerBuild(), findIsolatedVm()), PORTABLE);

const without = (flags: RegExp): ChildCommand => ({ ...SOUND, args: SOUND.args.filter((arg) => !flags.test(arg)) });
const also = (flag: string): ChildCommand => ({
  ...SOUND,
  args: SOUND.args.flatMap((arg) => (arg === '--permission' ? [arg, flag] : [arg])),
});

async function problemOf(command: ChildCommand): Promise<string | undefined> {
  const pool = new RunnerPool({ command, heapMbPerRunner: 64, maxRunners: 1, onEnd: () => {} });
  const started = await pool.warm();
  const ended = pool.runners[0]?.child.gone;
  if (!started) await ended;
  const { problem } = pool;
  await pool.close();
  return problem;
}

test('as it is started, it starts', async () => {
  expect(await problemOf(SOUND)).toBeUndefined();
});

test.each<[string, ChildCommand, RegExp]>([
  ['without its snapshot flag', without(/^--no-node-snapshot$/), /--no-node-snapshot/],
  [
    'without permissions to be asked',
    without(/^--(permission|allow-.*)$/),
    /permission model allows it fs.write, child, worker, net/,
  ],
  ['with the network', also('--allow-net'), /allows it net/],
  ['with children of its own', also('--allow-child-process'), /allows it child/],
  ['with threads of its own', also('--allow-worker'), /allows it worker/],
  ['with all files to read', also('--allow-fs-read=*'), /read every file/],
  ['with files to write', also('--allow-fs-write=*'), /allows it fs.write/],
])('%s it is refused', async (_name, command, problem) => {
  expect(await problemOf(command)).toMatch(problem);
});

test.runIf(process.platform === 'linux')('without its data limit it is refused', async () => {
  const args = SOUND.args.map((arg) => arg.replace(/ && ulimit -d \d+/, ''));
  expect(await problemOf({ ...SOUND, args })).toMatch(
    /limit of the operating system could not be set \(Max data size\)/,
  );
});

test('another Node than the measured one is refused in one sentence', () => {
  expect(() => requireMeasuredNode('26.99.0')).not.toThrow();
  for (const version of ['24.21.0', '27.0.0', '2.6.0']) {
    expect(() => requireMeasuredNode(version)).toThrow(NodeVersionError);
  }
  try {
    requireMeasuredNode('24.21.0');
  } catch (error) {
    expect(describeError(error)).toMatch(/^The sandbox holds on Node 26, and this is Node 24\.21\.0\. [^\n]+$/);
  }
});
