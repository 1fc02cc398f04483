/**
 * What was measured, and on what: flags of Node, options of V8 and bounds of child processes. Their effect changes from one
 * major of Node to the next, so another one is refused. The globals of an isolate are in guest-globals.ts, whose inventory
 * a test holds against a file.
 */
export const MEASURED_ON = { node: '26.10.0', isolatedVm: '7.0.1', system: 'Linux x64' } as const;

/** This Node is not the one that the sandbox was measured on. */
export class NodeVersionError extends Error {
  override readonly name = 'NodeVersionError';
}

export function requireMeasuredNode(version: string = process.versions.node): void {
  const [major] = MEASURED_ON.node.split('.');
  if (version.split('.')[0] === major) return;
  throw new NodeVersionError(
    `The sandbox holds on Node ${major}, and this is Node ${version}. Start Hookline with Node ${major}; in a checkout, npm start does.`,
  );
}

export const RUNNER_FLAGS = {
  /** isolated-vm crashes a process that was started from Node's snapshot. The heap is Node's own; isolates have theirs. */
  always: [
    '--no-node-snapshot',
    '--max-old-space-size=64',
    '--no-warnings',
    // A heap that is full is noticed on the thread of its isolate, where isolated-vm can tell whose it is. On one of V8's
    // own threads it fails an assertion, and all that is known is that the process is gone.
    '--no-parallel-scavenge',
    '--no-parallel-compaction',
    // Patterns that backtrack too much change to an engine that does not.
    '--enable-experimental-regexp-engine-on-excessive-backtracks',
  ],
  /** No machine code is made at run time, and there is no WebAssembly. Needed for a data limit, too. */
  hardened: ['--jitless'],
  jit: [],
} as const;

export const COMPILER_FLAGS = ['--max-old-space-size=256', '--no-warnings'] as const;

/** RLIMIT_DATA of a hardened runner. */
export const RUNNER_DATA_MB = 256;

/**
 * Resident memory of a runner that the operating system does not bound, such as one of the jit profile, whose code range
 * RLIMIT_DATA would refuse. At the first mark it ends the instance that has been running longest, at the second the server
 * ends the process: what V8 does not interrupt fills some 2 MB in each millisecond until then.
 */
export const RUNNER_WATCH_MB = 216;
export const RUNNER_RESIDENT_MB = 264;
/** Of the compiler. */
export const COMPILER_RESIDENT_MB = 400;

/**
 * Heaps that one runner admits, in all. With 256 MB of data, Node itself and its threads take some 60 MB, and a heap
 * may grow past its limit for as long as V8 needs to notice.
 */
export const RUNNER_HEAP_MB = 128;
