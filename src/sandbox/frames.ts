/**
 * The wire between the server and its child processes: one frame a line, a JSON head and, after a tab, an optional body
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

/** `body` is one line of text, such as `JSON.stringify` writes. */
export function encodeFrame(head: object, body?: string): string {
  if (body === undefined) return `${JSON.stringify(head)}\n`;
  if (body.includes('\n')) throw new FrameError('A frame body is one line.');
  return `${JSON.stringify(head)}\t${body}\n`;
}

export function decodeFrame(line: string): Frame {
  const tab = line.indexOf('\t');
  const head = parseHead(tab < 0 ? line : line.slice(0, tab));
  return { head, body: tab < 0 ? undefined : line.slice(tab + 1) };
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

/** Collects what is written in one turn of the event loop into one write. */
export class BatchWriter {
  #batch = '';
  readonly #stream: Writable;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  write(text: string): void {
    if (this.#batch === '') setImmediate(() => this.flush());
    this.#batch += text;
  }

  flush(): void {
    const batch = this.#batch;
    this.#batch = '';
    if (batch !== '' && this.#stream.writable) this.#stream.write(batch);
  }
}
