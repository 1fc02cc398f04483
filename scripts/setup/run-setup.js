import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describeFailure } from './describe-failure.js';
import { isInstalled, installPackages } from './install-packages.js';
import { runCommand } from './run-command.js';
import { SetupError } from './setup-error.js';
import { readStamps, writeStamp } from './stamps.js';
import { GENERATE_STEPS } from './generate-steps.js';
import { withSetupLock } from './with-setup-lock.js';

const ROOT = path.resolve(fileURLToPath(new URL('../..', import.meta.url)));

/**
 * Sets the checkout up, then runs the command after `--`, if any.
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 */
export async function runSetup(args) {
  const end = args.indexOf('--');
  const flags = end === -1 ? args : args.slice(0, end);
  const command = end === -1 ? [] : args.slice(end + 1);
  try {
    await setUp(ROOT, { tests: flags.includes('--tests') });
  } catch (error) {
    const failure = describeFailure(error, ROOT);
    if (!failure) throw error;
    process.stderr.write(`\n${failure}\n`);
    return 1;
  }
  return command.length > 0 ? runCommand(ROOT, command) : 0;
}

async function setUp(root, { tests }) {
  const steps = GENERATE_STEPS.filter((step) => tests || !step.testsOnly);
  if (isInstalled(root) && staleSteps(root, steps).length === 0) return;
  // Two commands started together take turns; the second usually finds everything done.
  await withSetupLock(root, async () => {
    if (!isInstalled(root)) await installPackages(root);
    for (const { step, hash } of staleSteps(root, steps)) {
      await generate(root, step);
      writeStamp(root, step.name, hash);
    }
  });
}

function staleSteps(root, steps) {
  const stamps = readStamps(root);
  return steps
    .filter((step) => step.applies(root))
    .map((step) => ({ step, hash: step.hashInputs(root) }))
    .filter(({ step, hash }) => stamps[step.name] !== hash || !step.isThere(root));
}

async function generate(root, step) {
  const started = Date.now();
  const { code, output } = await runCommand(root, step.command, { capture: true });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (code !== 0) throw new SetupError(`${output.trim()}\n\n${step.title} failed (${step.command.join(' ')}).`);
  process.stderr.write(`✓ ${step.title.padEnd(36)} ${seconds} s\n`);
}
