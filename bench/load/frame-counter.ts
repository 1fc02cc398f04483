/** Counts the WebSocket frames in what a server sends after its answer to the upgrade; control frames are not counted. */
export function createFrameCounter(onFrames: (frames: number) => void): (chunk: Buffer, bytes: number) => void {
  let head = '';
  let upgraded = false;
  /** Bytes of the frame under way that are still to come. */
  let rest = 0;
  /** A header that came in two pieces. */
  let partial: number[] = [];

  function count(chunk: Buffer, from: number, bytes: number): void {
    let frames = 0;
    let at = from;
    while (at < bytes) {
      if (rest > 0) {
        const here = Math.min(rest, bytes - at);
        rest -= here;
        at += here;
        continue;
      }
      partial.push(chunk[at] ?? 0);
      at += 1;
      const length = frameLength(partial);
      if (length === undefined) continue;
      if (((partial[0] ?? 0) & 0x0f) < 8) frames += 1;
      rest = length;
      partial = [];
    }
    if (frames > 0) onFrames(frames);
  }

  return (chunk, bytes) => {
    if (upgraded) return count(chunk, 0, bytes);
    head += chunk.toString('latin1', 0, bytes);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    if (!head.startsWith('HTTP/1.1 101 ')) throw new Error(`The server answered ${head.slice(0, end)}`);
    upgraded = true;
    const body = Buffer.from(head.slice(end + 4), 'latin1');
    count(body, 0, body.length);
  };
}

/** Undefined while the header is not whole. */
function frameLength([, length = -1, ...more]: readonly number[]): number | undefined {
  if (length < 0) return undefined;
  if (length < 126) return length;
  const wanted = length === 126 ? 2 : 8;
  return more.length < wanted ? undefined : more.reduce((sum, byte) => sum * 256 + byte, 0);
}
