/** The program: `hookline ...`. */
import process from 'node:process';
import { processIo } from './cli/process-io.ts';
import { runCli } from './cli/run-cli.ts';

/** What should have ended by itself gets this long before it is ended. */
const LINGER_MS = 1_000;

process.exitCode = await runCli(processIo(), process.argv.slice(2));
setTimeout(() => process.exit(), LINGER_MS).unref();
