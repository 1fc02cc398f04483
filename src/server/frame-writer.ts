/** Writes frames straight to the connection of a socket, all of one turn together, and tells when it takes no more. */
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { SOCKET_LIMITS } from './limits.ts';

export interface FrameWriter {
  /** Whole frames, in pieces. False: the connection takes no more; what came is on its way all the same. */
  write(pieces: readonly Buffer[]): boolean;
  /** Once the connection takes more again. */
  onDrain(resume: () => void): void;
}

/**
 * @param connection of the socket: ws writes whole frames to it at once, so ours may come between.
 * @param onStall called when a connection that is full has taken nothing for `stallMs`.
 */
export function createFrameWriter(socket: WebSocket, connection: Duplex, onStall: () => void): FrameWriter {
  const waiting = new Set<() => void>();
  let corked = false;
  let stall: NodeJS.Timeout | undefined;
  let stalled = false;

  function endWait(): void {
    clearTimeout(stall);
    stall = undefined;
  }

  /** A part is out. A slow reader still reads, and the connection may be full for as long as it likes. */
  function progress(): void {
    if (!stalled) stall?.refresh();
  }

  function giveUp(): void {
    stalled = true;
    onStall();
  }

  connection.on('drain', () => {
    endWait();
    const resumed = [...waiting];
    waiting.clear();
    // Who is full again after a first write goes to the end, so all have their turn.
    for (const resume of resumed) resume();
  });
  connection.once('close', endWait);

  function cork(): void {
    if (corked) return;
    corked = true;
    connection.cork();
    process.nextTick(() => {
      corked = false;
      connection.uncork();
    });
  }

  return {
    write(pieces) {
      // Nothing may follow a close frame.
      if (socket.readyState !== socket.OPEN) return false;
      cork();
      for (const piece of pieces) connection.write(piece, progress);
      const full = connection.writableNeedDrain;
      if (full) stall ??= setTimeout(giveUp, SOCKET_LIMITS.stallMs);
      return !full;
    },
    onDrain: (resume) => void waiting.add(resume),
  };
}
