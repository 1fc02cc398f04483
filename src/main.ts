/** The program: `hookline ...`. */
import { enableCompileCache } from 'node:module';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** What should have ended by itself gets this long before it is ended. */
const LINGER_MS = 1_000;

// Stripping and compiling a thousand modules is a fifth of a start; where the folder cannot be written, it is done each time.
// Beside the code, not in the system's folder for temporary files: what lies there is run.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url)));

const { processIo } = await import('./cli/process-io.ts');
const { runCli } = await import('./cli/run-cli.ts');
process.exitCode = await runCli(processIo(), process.argv.slice(2));
setTimeout(() => process.exit(), LINGER_MS).unref();
