import { spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

const PARENT_CHECK_MS = 250;
const WINDOWS = process.platform === 'win32';

/**
 * Runs a command with node_modules/.bin first on its PATH, so `node` is Node 26, and hands signals on to it.
 * @param {string} root
 * @param {readonly string[]} command
 * @param {{ capture?: boolean }} [options] capture: keep its output, instead of showing it
 * @returns {Promise<any>} the exit code, or `{ code, output }` when captured
 */
export async function runCommand(root, [program, ...args], { capture = false } = {}) {
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, PATH: `${path.join(root, 'node_modules/.bin')}${path.delimiter}${process.env.PATH ?? ''}` },
    stdio: capture ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    shell: WINDOWS,
  });
  let output = '';
  child.stdout?.on('data', (chunk) => (output += chunk));
  child.stderr?.on('data', (chunk) => (output += chunk));
  const code = await exitCodeOf(child);
  return capture ? { code, output } : code;
}

/** Its exit code; 128 + n when signal n ended it, as shells say it. */
export async function exitCodeOf(child) {
  const handOn = (signal) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, handOn);
  const orphaned = onParentGone(() => handOn('SIGTERM'));
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve(code ?? 128 + (os.constants.signals[signal] ?? 1)));
    });
  } finally {
    clearInterval(orphaned);
    for (const signal of signals) process.off(signal, handOn);
  }
}

/** npm ends at a SIGTERM without handing it on; what it started then gets another parent. */
function onParentGone(tell) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    tell();
  }, PARENT_CHECK_MS);
  return timer;
}
