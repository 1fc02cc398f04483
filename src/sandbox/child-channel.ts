/** The child's end of the channel: what a process that the server supervises runs to be spoken to. */
import type { JsonObject } from '../json/json.ts';
import {
  BatchWriter,
  decodeCall,
  decodeFrame,
  encodeFrame,
  encodeValue,
  LineReader,
  type CallFrame,
} from './frames.ts';

/** Answers one request; what it gives back is written as JSON. A handler that throws ends as `{ failed }`, and the server replaces the child. */
export type RequestHandler = (request: JsonObject) => object | Promise<object>;

export interface ChildChannel {
  send(head: object, body?: string): void;
  /** What was sent goes out now, not with what else this turn brings. */
  flush(): void;
  /** Answers request `id`. `json` is one line. */
  sendValue(id: number, json: string): void;
  /** Written, and not taken by the server yet. */
  readonly waitingChars: number;
}

/** The longest frame a child takes: a plugin's source or code, or a call's input, with room for escapes. */
const MAX_REQUEST_CHARS = 4 * 1024 * 1024;

/**
 * Speaks to the server over stdin and stdout: `{ id, type, ... }` comes in, `{ id, answer }` goes out. The type names the
 * handler. The process ends when stdin does, so that no child outlives a server, however that ended.
 */
export function serve(handlers: Readonly<Record<string, RequestHandler>>): void {
  const channel = openChildChannel((head) => {
    void answer(channel, handlers, head);
  });
  channel.send({ hello: true });
}

/** As `serve`, for a child that answers in its own way. Calls, of which there are many, come as they are; only runners get any. */
export function openChildChannel(
  onFrame: (head: JsonObject, body: string | undefined) => void,
  onCall?: (call: CallFrame) => void,
): ChildChannel {
  const writer = new BatchWriter(process.stdout);
  const reader = new LineReader(MAX_REQUEST_CHARS, (line) => {
    const call = onCall && decodeCall(line);
    if (call) return onCall(call);
    const { head, body } = decodeFrame(line);
    onFrame(head, body);
  });
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', (chunk: string) => {
    reader.push(chunk);
    writer.flush();
  });
  process.stdin.on('end', endNow);
  process.stdin.on('error', endNow);
  process.stdout.on('error', endNow);
  return {
    send: (head, body) => writer.write(encodeFrame(head, body)),
    flush: () => writer.flush(),
    sendValue: (id, json) => writer.write(encodeValue(id, json)),
    get waitingChars() {
      return writer.waitingChars;
    },
  };
}

/** `process.exit()` waits for threads that a hung isolate may hold for ever; a signal does not. */
export function endNow(): void {
  process.kill(process.pid, 'SIGKILL');
}

async function answer(
  channel: ChildChannel,
  handlers: Readonly<Record<string, RequestHandler>>,
  head: JsonObject,
): Promise<void> {
  const { id, type, ...request } = head;
  if (typeof id !== 'number' || typeof type !== 'string') return endNow();
  const handler = Object.hasOwn(handlers, type) ? handlers[type] : undefined;
  if (!handler) return channel.send({ id, failed: `There is no request "${type}".` });
  try {
    channel.send({ id, answer: await handler(request) });
  } catch (error) {
    channel.send({ id, failed: error instanceof Error ? error.message : 'The request failed.' });
  }
}
