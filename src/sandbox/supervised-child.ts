/** A child process under supervision: started with nothing, spoken to in frames, and ended by SIGKILL. */
import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants, devNull, setPriority } from 'node:os';
import type { JsonObject } from '../json/json.ts';
import { BatchWriter, decodeFrame, encodeCall, encodeFrame, LineReader, type Frame } from './frames.ts';
import { watchMemory } from './memory-watch.ts';
import type { ChildCommand } from './process-flags.ts';
import { limitProblem } from './system-limits.ts';
import { workerPid } from './worker-pid.ts';

export interface ChildEnd {
  readonly pid: number;
  /** In words, for a log only: what the process wrote itself may tell of this machine. */
  readonly reason: string;
  readonly cause: KillCause | 'crashed' | 'lost' | 'not started';
}

/**
 * `closed`: with the sandbox; `retired`: not needed any more, or to be replaced by a fresh one: nobody did anything wrong.
 * `hung`: something in it could not be stopped; `silent`: it did not answer any more.
 */
type KillCause = 'killed' | 'closed' | 'retired' | 'memory' | 'hung' | 'silent';

const BY_PLUGINS: readonly ChildEnd['cause'][] = ['killed', 'memory', 'hung', 'silent', 'crashed'];

/** Whether what it was given to do may have ended it. A signal from outside (`lost`) says nothing about that. */
export function isPluginsDoing({ cause }: ChildEnd): boolean {
  return BY_PLUGINS.includes(cause);
}

/** Whether it was to be expected that the process ends. */
export function wasAsked({ cause }: ChildEnd): boolean {
  return cause === 'closed' || cause === 'retired';
}

export interface ChildOptions {
  readonly command: ChildCommand;
  /** The longest frame the child may send. */
  readonly maxFrameChars: number;
  /** A frame that answers no request. */
  onEvent(head: JsonObject, body: string | undefined): void;
  /** It has more memory than `nearlyFullMb` of its command. */
  onNearlyFull?(): void;
  onEnd(end: ChildEnd): void;
}

/** How V8 ends a process that has no memory left. */
const OUT_OF_MEMORY_SIGNALS: readonly (NodeJS.Signals | null)[] = ['SIGABRT', 'SIGTRAP', 'SIGILL'];
const STARTUP_MS = 10_000;
/** A third of the processor beside one of the usual priority: enough to be served on a busy machine. */
const NICENESS = 5;

function causeOf(signal: NodeJS.Signals | null): ChildEnd['cause'] {
  if (OUT_OF_MEMORY_SIGNALS.includes(signal)) return 'memory';
  return signal === 'SIGKILL' || signal === 'SIGTERM' ? 'lost' : 'crashed';
}

/** Of what a process wrote before it ended, the line that says why: the error above a stack, else the last one. */
function lastWordsOf(stderr: string): string {
  const lines = stderr.trim().split('\n');
  return (
    lines.findLast((line) => /^\w*Error\b/.test(line)) ?? lines.findLast((line) => !/^Node\.js v/.test(line)) ?? ''
  );
}

/** A shell's way to say which signal ended a process. Of several names for one, such as SIGABRT and SIGIOT, the first. */
const SIGNAL_CODES = new Map(
  Object.entries(constants.signals)
    .toReversed()
    .map(([name, number]) => [128 + number, name as NodeJS.Signals]),
);

/**
 * With an empty environment, in a folder with nothing of ours, and with no descriptor but its pipes: the permission flags
 * cover none of that. In a process group of its own: Ctrl+C in a terminal reaches the whole group, and the server lets calls
 * finish.
 */
function start({ file, args, covers = [] }: ChildCommand): ChildProcessWithoutNullStreams {
  const nothing = covers.length > 0 ? openSync(devNull, 'r+') : undefined;
  const stdio: ('pipe' | 'ignore' | number)[] = ['pipe', 'pipe', 'pipe'];
  for (let fd = stdio.length; fd <= Math.max(0, ...covers); fd += 1)
    stdio[fd] = nothing !== undefined && covers.includes(fd) ? nothing : 'ignore';
  try {
    const group = { detached: process.platform !== 'win32' };
    const child: ChildProcess = spawn(file, args, { env: {}, cwd: '/', stdio, ...group });
    if (child.pid !== undefined) yieldToOthers(child.pid);
    if (hasPipes(child)) return child;
    throw new Error('a child was started without its pipes');
  } finally {
    if (nothing !== undefined) closeSync(nothing);
  }
}

/**
 * The server, which keeps the clocks and serves everybody, comes first when there are fewer processors than work. What the
 * child starts inherits it.
 */
function yieldToOthers(pid: number): void {
  try {
    setPriority(pid, NICENESS);
  } catch {
    // It has ended already, or this system has no priorities: then it is as before.
  }
}

/**
 * The group, because bubblewrap and unshare fork, and for a moment what they forked does not yet end with them. What is in
 * a session of its own by then does.
 */
function killGroup(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined || process.platform === 'win32') return void child.kill('SIGKILL');
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

function hasPipes(child: ChildProcess): child is ChildProcessWithoutNullStreams {
  return child.stdin !== null && child.stdout !== null && child.stderr !== null;
}

export class SupervisedChild {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #writer: BatchWriter;
  readonly #options: ChildOptions;
  readonly #requests = new Map<number, (answer: Frame | undefined) => void>();
  #stopWatching = () => {};
  /** The process that does the work; known once it has spoken. */
  #worker: number | undefined;
  #lastId = 0;
  #stderr = '';
  #killed: { readonly reason: string; readonly cause: KillCause } | undefined;
  #ended: ChildEnd | undefined;
  readonly #ready = Promise.withResolvers<boolean>();
  readonly #gone = Promise.withResolvers<ChildEnd>();

  constructor(options: ChildOptions) {
    this.#options = options;
    this.#process = start(options.command);
    this.#writer = new BatchWriter(this.#process.stdin);
    const startup = setTimeout(() => this.kill('it did not start in time'), STARTUP_MS);
    void this.#ready.promise.then(() => clearTimeout(startup));
    this.#listen();
  }

  /** How many it was sent. */
  get requests(): number {
    return this.#lastId;
  }

  /** Of the process that does the work, once it is ready; what was spawned may stand before it. */
  get pid(): number {
    return this.#worker ?? this.#process.pid ?? 0;
  }

  /** True once the child has said hello, false when it ended before. */
  get ready(): Promise<boolean> {
    return this.#ready.promise;
  }

  /** Resolves when the process is gone; never rejects. */
  get gone(): Promise<ChildEnd> {
    return this.#gone.promise;
  }

  get ended(): boolean {
    return this.#ended !== undefined || this.#killed !== undefined;
  }

  /** Sends a request and gives its id at once; `onAnswer` gets the answer, or undefined when the child ended before. */
  request(head: object, body: string | undefined, onAnswer: (answer: Frame | undefined) => void): number {
    return this.#sendRequest((id) => encodeFrame({ id, ...head }, body), onAnswer);
  }

  #sendRequest(encode: (id: number) => string, onAnswer: (answer: Frame | undefined) => void): number {
    const id = ++this.#lastId;
    if (this.ended) {
      queueMicrotask(() => onAnswer(undefined));
      return id;
    }
    this.#requests.set(id, onAnswer);
    this.#writer.write(encode(id));
    return id;
  }

  /** As `request`, for a call of an instance: `text` is the call as JSON, on one line. */
  call(instance: number, ms: number, text: string, onAnswer: (answer: Frame | undefined) => void): number {
    return this.#sendRequest((id) => encodeCall(id, instance, ms, text), onAnswer);
  }

  /** Nobody waits for the answer any more; it may never come. */
  forget(request: number): void {
    this.#requests.delete(request);
  }

  ask(head: object, body?: string): Promise<Frame | undefined> {
    return new Promise((resolve) => this.request(head, body, resolve));
  }

  send(head: object, body?: string): void {
    if (!this.ended) this.#writer.write(encodeFrame(head, body));
  }

  kill(reason: string, cause: KillCause = 'killed'): void {
    if (this.ended) return;
    this.#killed = { reason, cause };
    killGroup(this.#process);
  }

  #listen(): void {
    const { stdin, stdout, stderr } = this.#process;
    const reader = new LineReader(this.#options.maxFrameChars, (line) => this.#take(line));
    stdout.setEncoding('utf8');
    stdout.on('data', (chunk: string) => {
      try {
        reader.push(chunk);
      } catch (error) {
        this.kill(error instanceof Error ? error.message : 'it broke the protocol');
      }
    });
    stderr.setEncoding('utf8');
    stderr.on('data', (chunk: string) => (this.#stderr = (this.#stderr + chunk).slice(-2_000)));
    for (const stream of [stdin, stdout, stderr]) stream.on('error', () => {});
    this.#process.on('error', (error) => this.#end({ pid: 0, cause: 'not started', reason: error.message }));
    this.#process.on('close', (code, signal) => this.#end(this.#describeEnd(code, signal)));
  }

  #take(line: string): void {
    if (this.ended) return;
    const frame = decodeFrame(line);
    const { id } = frame.head;
    if (frame.head['hello'] === true)
      return this.#worker === undefined ? this.#greet() : this.kill('it said hello twice');
    if (typeof id !== 'number') return this.#options.onEvent(frame.head, frame.body);
    const onAnswer = this.#requests.get(id);
    this.#requests.delete(id);
    onAnswer?.(frame);
  }

  /** Nothing of a plugin has run in it yet: the bounds are looked at before any does. */
  #greet(): void {
    const { command } = this.#options;
    const spawned = this.#process.pid ?? 0;
    this.#worker = command.nested === true ? workerPid(spawned) : spawned;
    const problem = command.limited === true ? limitProblem(this.#worker, command) : undefined;
    if (problem !== undefined) return this.kill(problem);
    if (command.residentMb !== undefined) {
      const { residentMb, nearlyFullMb } = command;
      const marks = [{ mb: residentMb, onExceeded: () => this.kill('it used too much memory', 'memory') }];
      if (nearlyFullMb !== undefined)
        marks.push({ mb: nearlyFullMb, onExceeded: () => this.#options.onNearlyFull?.() });
      this.#stopWatching = watchMemory(this.#worker, marks);
    }
    this.#ready.resolve(true);
  }

  #describeEnd(code: number | null, spawnedSignal: NodeJS.Signals | null): ChildEnd {
    if (this.#killed) return { pid: this.pid, ...this.#killed };
    const innerSignal = this.#options.command.nested === true ? SIGNAL_CODES.get(code ?? 0) : undefined;
    const signal = spawnedSignal ?? innerSignal ?? null;
    const lastWords = lastWordsOf(this.#stderr);
    const reason = `it ended with ${signal ?? `code ${code}`}${lastWords === '' ? '' : `: ${lastWords}`}`;
    return { pid: this.pid, reason, cause: causeOf(signal) };
  }

  #end(end: ChildEnd): void {
    if (this.#ended) return;
    this.#ended = end;
    this.#stopWatching();
    this.#ready.resolve(false);
    this.#options.onEnd(end);
    for (const onAnswer of this.#requests.values()) onAnswer(undefined);
    this.#requests.clear();
    this.#gone.resolve(end);
  }
}
