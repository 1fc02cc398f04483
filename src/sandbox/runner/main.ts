/** A runner: the process that holds isolates. It does what the server asks and decides nothing; the server keeps the clocks. */
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../json/json.ts';
import { endNow, openChildChannel } from '../child-channel.ts';
import { readGuestModules } from './guest-modules.ts';
import { readRunnerRequest } from './messages.ts';
import { openRunner } from './runner.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

if (!process.execArgv.includes('--no-node-snapshot')) {
  process.stderr.write('A runner must be started with --no-node-snapshot, or isolated-vm crashes it.\n');
  process.exit(1);
}

const runner = openRunner(readGuestModules(root), (head, body) => channel.send(head, body));
const channel = openChildChannel((head: JsonObject, body) => runner.take(readRunnerRequest(head, body)));

process.on('uncaughtException', (error) => {
  process.stderr.write(`${error.stack ?? error.message}\n`);
  endNow();
});
channel.send({ hello: true });
