import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { createFrameWriter } from '../../src/server/frame-writer.ts';
import { SOCKET_LIMITS } from '../../src/server/limits.ts';

const FRAME = Buffer.alloc(100_000);
const SOCKET = { readyState: 1, OPEN: 1 } as WebSocket;

/** The other side takes each frame in so many milliseconds. */
function readerOf(takesMs: number): Duplex {
  return new Duplex({
    read() {},
    write: (_chunk, _encoding, done) => void setTimeout(done, takesMs),
  });
}

test('who reads slowly is not who reads nothing', { timeout: 20_000 }, async () => {
  const [slow, dead] = [vi.fn(), vi.fn()];
  const takesMs = SOCKET_LIMITS.stallMs * 0.4;
  const slowWriter = createFrameWriter(SOCKET, readerOf(takesMs), slow);
  const deadWriter = createFrameWriter(SOCKET, readerOf(60_000), dead);
  let resumed = false;
  slowWriter.onDrain(() => (resumed = true));
  for (let n = 0; n < 4; n += 1) {
    expect(slowWriter.write([FRAME])).toBe(false);
    expect(deadWriter.write([FRAME])).toBe(false);
  }
  await sleep(SOCKET_LIMITS.stallMs + 200);
  expect(dead).toHaveBeenCalledTimes(1);
  expect({ resumed, stalls: slow.mock.calls.length }).toEqual({ resumed: false, stalls: 0 });
  await vi.waitFor(() => expect(resumed).toBe(true), { timeout: 2 * SOCKET_LIMITS.stallMs });
  await sleep(SOCKET_LIMITS.stallMs);
  expect(slow).not.toHaveBeenCalled();
  expect(dead).toHaveBeenCalledTimes(1);
});
