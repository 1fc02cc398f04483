/** A child process under supervision: started with nothing, spoken to in frames, and ended by SIGKILL. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { JsonObject } from '../json/json.ts';
import { BatchWriter, decodeFrame, encodeFrame, LineReader, type Frame } from './frames.ts';
import { watchMemory } from './memory-watch.ts';
import type { ChildCommand } from './process-flags.ts';

export interface ChildEnd {
  readonly pid: number;
  /** In words, for a log. */
  readonly reason: string;
  readonly cause: KillCause | 'crashed' | 'lost' | 'not started';
}

/** `closed`: with the sandbox; `retired`: not needed any more, or to be replaced by a fresh one. Nobody did anything wrong. */
type KillCause = 'killed' | 'closed' | 'retired' | 'memory';

/** Whether what it was given to do may have ended it. A signal from outside (`lost`) says nothing about that. */
export function isPluginsDoing({ cause }: ChildEnd): boolean {
  return cause === 'killed' || cause === 'memory' || cause === 'crashed';
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
  onEnd(end: ChildEnd): void;
}

/** How V8 ends a process that has no memory left. */
const OUT_OF_MEMORY_SIGNALS: readonly (NodeJS.Signals | null)[] = ['SIGABRT', 'SIGTRAP', 'SIGILL'];
const STARTUP_MS = 10_000;

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

/** What the shell was asked to set, as the kernel has it now. */
function dataLimitProblem(pid: number, dataMb: number | undefined): string | undefined {
  if (dataMb === undefined) return undefined;
  const [, bytes] = /^Max data size\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? [];
  return Number(bytes) === dataMb * 1024 * 1024 ? undefined : 'its data limit could not be set';
}

export class SupervisedChild {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #writer: BatchWriter;
  readonly #options: ChildOptions;
  readonly #requests = new Map<number, (answer: Frame | undefined) => void>();
  readonly #stopWatching: () => void;
  #lastId = 0;
  #stderr = '';
  #killed: { readonly reason: string; readonly cause: KillCause } | undefined;
  #ended: ChildEnd | undefined;
  readonly #ready = Promise.withResolvers<boolean>();
  readonly #gone = Promise.withResolvers<ChildEnd>();

  constructor(options: ChildOptions) {
    this.#options = options;
    // An empty environment and a folder with nothing of ours: the permission flags do not cover either.
    // A process group of its own: Ctrl+C in a terminal reaches the whole group, and the server lets calls finish.
    const group = { detached: process.platform !== 'win32' };
    this.#process = spawn(options.command.file, options.command.args, { env: {}, cwd: '/', stdio: 'pipe', ...group });
    this.#writer = new BatchWriter(this.#process.stdin);
    const { pid } = this.#process;
    const { residentMb } = options.command;
    this.#stopWatching =
      pid === undefined || residentMb === undefined
        ? () => {}
        : watchMemory(pid, residentMb, () => this.kill('it used too much memory', 'memory'));
    const startup = setTimeout(() => this.kill('it did not start in time'), STARTUP_MS);
    void this.#ready.promise.then(() => clearTimeout(startup));
    this.#listen();
  }

  /** How many it was sent. */
  get requests(): number {
    return this.#lastId;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
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
    const id = ++this.#lastId;
    if (this.ended) {
      queueMicrotask(() => onAnswer(undefined));
      return id;
    }
    this.#requests.set(id, onAnswer);
    this.#writer.write(encodeFrame({ id, ...head }, body));
    return id;
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
    this.#process.kill('SIGKILL');
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
    if (frame.head['hello'] === true) {
      const problem = dataLimitProblem(this.pid, this.#options.command.dataMb);
      if (problem !== undefined) return this.kill(problem);
      return this.#ready.resolve(true);
    }
    if (typeof id !== 'number') return this.#options.onEvent(frame.head, frame.body);
    const onAnswer = this.#requests.get(id);
    this.#requests.delete(id);
    onAnswer?.(frame);
  }

  #describeEnd(code: number | null, signal: NodeJS.Signals | null): ChildEnd {
    if (this.#killed) return { pid: this.pid, ...this.#killed };
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
