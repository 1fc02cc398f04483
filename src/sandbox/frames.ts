/**
 * The wire between the server and its child processes: one frame a line, a head and, after a tab, an optional body
 * that is handed on as text, so that what an isolate wrote is parsed once, where it is needed. `JSON.stringify` writes
 * neither raw tabs nor raw line ends, so both are free to separate.
 */
import type { Writable } from 'node:stream';
import { isJsonObject, type JsonObject } from '../json/json.ts';

export interface Frame {
  readonly head: JsonObject;
  readonly body: string | undefined;
}

/** A peer that breaks the protocol; it is ended, never argued with. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** Heads that come with every call are a letter and numbers; the others are JSON objects, which begin with a brace. */
const SHORT = { call: 'c', value: 'v' } as const;

/** `body` is one line of text, such as `JSON.stringify` writes. */
export function encodeFrame(head: object, body?: string): string {
  if (body === undefined) return `${JSON.stringify(head)}\n`;
  return `${JSON.stringify(head)}\t${oneLine(body)}\n`;
}

/** A call, as a runner is sent it. */
export function encodeCall(id: number, instance: number, ms: number, text: string): string {
  return `${SHORT.call}${id} ${instance} ${ms}\t${oneLine(text)}\n`;
}

/** What a request came to, when that is a value: `json` is one line, which the caller has seen to. */
export function encodeValue(id: number, json: string): string {
  return `${SHORT.value}${id}\t${json}\n`;
}

/** A call as its runner takes it. */
export interface CallFrame {
  readonly id: number;
  readonly instance: number;
  readonly ms: number;
  readonly text: string;
}

export function decodeFrame(line: string): Frame {
  const tab = line.indexOf('\t');
  if (line[0] === SHORT.value) return { head: { id: toNumber(line, 1, tab), ok: true }, body: line.slice(tab + 1) };
  const head = parseHead(tab < 0 ? line : line.slice(0, tab));
  return { head, body: tab < 0 ? undefined : line.slice(tab + 1) };
}

/** The call that a line is, or undefined when it is another frame. */
export function decodeCall(line: string): CallFrame | undefined {
  if (line[0] !== SHORT.call) return undefined;
  const tab = line.indexOf('\t');
  const first = line.indexOf(' ');
  const second = line.indexOf(' ', first + 1);
  return {
    id: toNumber(line, 1, first),
    instance: toNumber(line, first + 1, second),
    ms: toNumber(line, second + 1, tab),
    text: line.slice(tab + 1),
  };
}

function toNumber(line: string, start: number, end: number): number {
  const number = Number(line.slice(start, end));
  if (end > start && number >= 0) return number;
  throw new FrameError('A frame head lacks a number.');
}

function oneLine(body: string): string {
  if (body.includes('\n')) throw new FrameError('A frame body is one line.');
  return body;
}

function parseHead(text: string): JsonObject {
  let head: unknown;
  try {
    head = JSON.parse(text);
  } catch {
    throw new FrameError('A frame head is not JSON.');
  }
  if (!isJsonObject(head)) throw new FrameError('A frame head is not an object.');
  return head;
}

/** Cuts a stream of text into lines; a line longer than `maxChars` is a FrameError before it is complete. */
export class LineReader {
  #pending = '';
  readonly #maxChars: number;
  readonly #onLine: (line: string) => void;

  constructor(maxChars: number, onLine: (line: string) => void) {
    this.#maxChars = maxChars;
    this.#onLine = onLine;
  }

  push(chunk: string): void {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', start)) {
      const line = this.#pending + chunk.slice(start, end);
      this.#pending = '';
      start = end + 1;
      this.#check(line.length);
      this.#onLine(line);
    }
    this.#pending += chunk.slice(start);
    this.#check(this.#pending.length);
  }

  #check(length: number): void {
    if (length > this.#maxChars) throw new FrameError(`A frame is longer than ${this.#maxChars} characters.`);
  }
}

/** What the other side gets at once, so that it works on the first of many while this side works on the next. */
const FRAMES_AT_ONCE = 16;

/** Collects what is written in one turn of the event loop into few writes. */
export class BatchWriter {
  #batch = '';
  #frames = 0;
  readonly #stream: Writable;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  write(text: string): void {
    if (this.#batch === '') setImmediate(() => this.flush());
    this.#batch += text;
    this.#frames += 1;
    if (this.#frames === FRAMES_AT_ONCE) this.flush();
  }

  /** Written, and not taken by the other side yet. */
  get waitingChars(): number {
    return this.#batch.length + this.#stream.writableLength;
  }

  flush(): void {
    const batch = this.#batch;
    this.#batch = '';
    this.#frames = 0;
    if (batch !== '' && this.#stream.writable) this.#stream.write(batch);
  }
}
