/** A runner: the process that holds isolates. It does what the server asks and decides nothing; the server keeps the clocks. */
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../json/json.ts';
import { endNow, openChildChannel } from '../child-channel.ts';
import { readGuestModules } from './guest-modules.ts';
import { readRunnerRequest } from './messages.ts';
import { openRunner } from './runner.ts';
import { selfTest } from './self-test.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

const modules = readGuestModules(root);
const channel = openChildChannel(
  (head: JsonObject, body) => runner.take(readRunnerRequest(head, body)),
  (call) => runner.call(call),
);
const runner = openRunner(modules, channel);

process.on('uncaughtException', (error) => {
  process.stderr.write(`${error.stack ?? error.message}\n`);
  endNow();
});
const problem = await selfTest(modules);
if (problem === undefined) channel.send({ hello: true });
else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
  process.stdin.destroy();
}
