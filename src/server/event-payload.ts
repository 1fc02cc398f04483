/** What one event comes to for all who share it: made once, and written to each as it is. */
import type { Sized } from '../events/shared-stream.ts';

export interface EventPayload extends Sized {
  /** A WebSocket frame: the `next` message of the operation that `head` is of. */
  frame(head: Buffer): readonly Buffer[];
  /** A Server-Sent Event. */
  serverSentEvent(): Buffer;
}

/** From here on a payload is not copied into each frame: a second piece to write costs less. */
const COPY_MAX_BYTES = 16 * 1024;
const TAIL = Buffer.from('}');

/** The beginning of each `next` message of an operation. */
export function messageHead(operationId: string): Buffer {
  return Buffer.from(`{"id":${JSON.stringify(operationId)},"type":"next","payload":`);
}

/** @param json one line. @param cursor of the event. */
export function createEventPayload(json: string, cursor: string): EventPayload {
  const body = Buffer.from(json);
  let sse: Buffer | undefined;
  return {
    bytes: body.length,
    frame(head) {
      const header = frameHeader(head.length + body.length + TAIL.length);
      return body.length > COPY_MAX_BYTES
        ? [Buffer.concat([header, head]), body, TAIL]
        : [Buffer.concat([header, head, body, TAIL])];
    },
    serverSentEvent: () => (sse ??= Buffer.from(`id: ${cursor}\nevent: next\ndata: ${json}\n\n`)),
  };
}

/** Of a text message in one frame, from a server (RFC 6455, section 5.2). */
function frameHeader(bytes: number): Buffer {
  const TEXT = 0x81;
  if (bytes < 126) return Buffer.from([TEXT, bytes]);
  if (bytes < 65_536) return Buffer.from([TEXT, 126, bytes >> 8, bytes & 0xff]);
  const header = Buffer.alloc(10);
  header[0] = TEXT;
  header[1] = 127;
  header.writeBigUInt64BE(BigInt(bytes), 2);
  return header;
}
