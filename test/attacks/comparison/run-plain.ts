/** Gives one case to the plain host and tells what became of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expectedOf } from '../harness/conditions.ts';
import type { AttackCase } from '../harness/attack-case.ts';
import { look } from '../harness/process-tree.ts';
import { startProbe } from '../harness/probe.ts';
import type { PlainAnswer } from './plain-answer.ts';

export interface PlainOutcome {
  readonly id: string;
  readonly of: string;
  /** It did not end within five seconds, and had to be killed. */
  readonly hung: boolean;
  /** The process that would have been the server's ended by a signal or with an error. */
  readonly crashed: boolean;
  readonly peakMb: number;
  /** It handed the host what Hookline refuses. */
  readonly unchecked: boolean;
  /** What the host had instead of an answer. */
  readonly message: string;
}

const HUNG_MS = 5_000;
const LOOK_EVERY_MS = 20;
const HOST = fileURLToPath(new URL('./plain-host.ts', import.meta.url));

/** What can be given to another host: a call, without what only Hookline has. */
export function isPlain({ body, by = 'call', contained, notElsewhere, members }: AttackCase): boolean {
  return (
    body !== undefined && by === 'call' && contained !== undefined && notElsewhere !== true && members === undefined
  );
}

export async function runPlain(attack: AttackCase): Promise<PlainOutcome> {
  const child = spawn(process.execPath, ['--no-node-snapshot', '--no-warnings', HOST], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let peakMb = 0;
  let hung = false;
  using _watch = startProbe(LOOK_EVERY_MS, () => {
    peakMb = Math.max(peakMb, look(child.pid ?? 0)?.peakMb ?? 0);
  });
  const clock = setTimeout(() => {
    hung = true;
    child.kill('SIGKILL');
  }, HUNG_MS);
  // It may die before it has read all of its input.
  child.stdin.on('error', () => {}).end(plainCode(attack));
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const [printed, [code]] = await Promise.all([text(child.stdout), ended]);
  clearTimeout(clock);
  const answer = readAnswer(printed, hung || code !== 0);
  const refuses = !expectedOf(attack, 'hardened').includes('OK');
  return {
    id: attack.id,
    of: attack.of,
    hung,
    crashed: !hung && code !== 0,
    peakMb,
    unchecked: answer?.delivered === true && refuses,
    message: answer?.delivered === false ? answer.message : '',
  };
}

/** Undefined when there is none; half of one is none either, where the host was `cutOff`. */
function readAnswer(printed: string, cutOff: boolean): PlainAnswer | undefined {
  if (printed === '') return undefined;
  try {
    return JSON.parse(printed) as PlainAnswer;
  } catch (error) {
    if (cutOff) return undefined;
    throw error;
  }
}

/** The same statements, in a function, with a context as a host might make it. */
function plainCode({ body = '', top = '', params = {} }: AttackCase): string {
  return `'use strict';
const ok = (data) => ({ success: true, data });
const note = (...values) => log(...values.map(String));
const console = { log: note, info: note, warn: note, error: note, debug: note };
const setTimeout = undefined, setInterval = undefined;
${top}
(${/\bawait\b/.test(body) ? 'async ' : ''}function (params, context) { ${body} })(
  ${JSON.stringify(params)},
  { config: {}, log: console, progress: note, signal: { addEventListener() {} } });`;
}
