import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { explainNpmFailure } from './explain-npm-failure.js';
import { platformProblem } from './platform-problem.js';
import { exitCodeOf } from './run-command.js';
import { SetupError } from './setup-error.js';
import { showProgress } from './show-progress.js';
import { systemNpm } from './system-npm.js';
import { writeFileWhole } from './stamps.js';

const STAMP = 'node_modules/.hookline-lock-hash';

/** Whether node_modules holds what the lock file says. */
export function isInstalled(root) {
  const node = path.join(root, 'node_modules/.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  if (!fs.existsSync(node)) return false;
  const lock = fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8');
  const hash = crypto.createHash('sha256').update(lock).digest('hex');
  if (readOrEmpty(path.join(root, STAMP)) === hash) return true;
  if (!sameAsInstalled(JSON.parse(lock), root)) return false;
  // Someone ran npm themselves, with the same result. The stamp saves the comparison next time, where it can be written.
  try {
    writeFileWhole(path.join(root, STAMP), hash);
  } catch {
    // A read-only checkout is as good.
  }
  return true;
}

/** Runs `npm ci`. Shows how far it is; npm's own words only when it fails. */
export async function installPackages(root) {
  checkPlatform();
  const lock = fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8');
  const npm = systemNpm(root);
  const started = Date.now();
  // Nothing installed has an install script that is needed; all engines but ours are met by Node 26, which this brings.
  const args = [
    'ci',
    '--ignore-scripts',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=http',
  ];
  const child = spawn(npm.program, [...npm.args, ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    shell: npm.shell,
  });
  const progress = showProgress('Installing packages', countPackages(JSON.parse(lock)));
  const errors = followNpm(child, progress);
  const code = await exitCodeOf(child).finally(() => progress.end());
  if (code !== 0) throw new SetupError(explainNpmFailure(errors));
  if (!sameAsInstalled(JSON.parse(lock), root)) {
    throw new SetupError(
      'npm left packages out; a setting such as `omit` in your npm config may be why (npm config list).',
    );
  }
  writeFileWhole(path.join(root, STAMP), crypto.createHash('sha256').update(lock).digest('hex'));
  process.stderr.write(`✓ ${'Install packages'.padEnd(36)} ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

/** npm keeps, inside node_modules, a lock file of what it installed; it writes it last. */
function sameAsInstalled(lock, root) {
  const text = readOrEmpty(path.join(root, 'node_modules/.package-lock.json'));
  if (text === '') return false;
  const installed = JSON.parse(text).packages;
  const wanted = Object.entries(lock.packages).filter(([name]) => name !== '');
  return (
    wanted.every(([name, entry]) =>
      installed[name] ? installed[name].integrity === entry.integrity : entry.optional || entry.peer,
    ) && Object.keys(installed).every((name) => name in lock.packages)
  );
}

function checkPlatform() {
  const { platform, arch } = process;
  const glibc = platform === 'linux' && Boolean(process.report.getReport().header.glibcVersionRuntime);
  const problem = platformProblem({ platform, arch, glibc });
  if (problem) throw new SetupError(problem);
}

/** Counts the packages that npm fetched, and keeps what it says went wrong. */
function followNpm(child, progress) {
  const errors = [];
  let rest = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (/^npm http fetch GET 200 .*\.tgz /.test(line)) progress.advance();
      else if (/attempt \d+ failed/.test(line)) progress.note('the package registry does not answer; trying again');
      else if (/^npm (error|ERR!)/.test(line)) errors.push(line);
    }
  });
  return errors;
}

function countPackages(lock) {
  const fits = (wanted, mine) => wanted === undefined || [wanted].flat().includes(mine);
  return Object.values(lock.packages).filter(
    (entry) => fits(entry.os, process.platform) && fits(entry.cpu, process.arch),
  ).length;
}

function readOrEmpty(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}
