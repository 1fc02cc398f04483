/**
 * What one would write from the README of isolated-vm: an isolate in the program's own process, with its memory limit and
 * its timeout. A program of its own, given the code on standard input; it prints what it got as one line of JSON.
 * Run it with `node --no-node-snapshot`.
 */
import { text } from 'node:stream/consumers';
import ivm from 'isolated-vm';
import type { PlainAnswer } from './plain-answer.ts';

const MEMORY_MB = 32;
const TIMEOUT_MS = 500;

const code = await text(process.stdin);
const isolate = new ivm.Isolate({ memoryLimit: MEMORY_MB });
const context = isolate.createContextSync();
context.global.setSync('log', new ivm.Callback(() => {}));
// A server stays up while it waits.
const staysUp = setInterval(() => {}, 1_000);
try {
  const value: unknown = await context.eval(code, { timeout: TIMEOUT_MS, promise: true, copy: true });
  // What a host does next: it sends the answer on.
  const json = JSON.stringify(value);
  tell({ delivered: true, chars: json === undefined ? 0 : json.length });
} catch (error) {
  tell({ delivered: false, message: error instanceof Error ? error.message : String(error) });
}
clearInterval(staysUp);
if (!isolate.isDisposed) isolate.dispose();

function tell(answer: PlainAnswer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
