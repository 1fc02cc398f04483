/** A TCP proxy that cuts what goes through it, when it is told to: a network that breaks. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface CutProxy extends AsyncDisposable {
  readonly url: string;
  /** Connections that are open. */
  readonly open: number;
  /** Connections that there have been. */
  readonly accepted: number;
  /** Breaks every connection, as a reset. */
  cut(): void;
  /** Lets nobody in until it is called with false; connections that are open stay. */
  refuse(refuses: boolean): void;
  /** From now on carries nothing in either direction, without a sign of it; new connections are carried. */
  swallow(): void;
  /** Takes connections and carries nothing, until it is called with false. */
  mute(mutes: boolean): void;
  /** Where it leads from now on: a server that was started again may have another port. */
  leadTo(url: string): void;
}

export async function openCutProxy(target: string): Promise<CutProxy> {
  const sockets = new Map<Socket, Socket>();
  /** Nobody reads them, so they do not notice that the other end has gone. */
  const muted = new Set<Socket>();
  let port = Number(new URL(target).port);
  let accepted = 0;
  let refuses = false;
  let mutes = false;
  const server = createServer((near) => {
    if (refuses) return void near.resetAndDestroy();
    accepted += 1;
    if (mutes) return void muted.add(near.on('error', () => {}));
    const far = connect({ host: '127.0.0.1', port });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on('error', () => {}).on('close', () => other.destroy());
      socket.pipe(other);
    }
    sockets.set(near, far);
    near.on('close', () => sockets.delete(near));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const near of sockets.keys()) near.resetAndDestroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get open() {
      return sockets.size;
    },
    get accepted() {
      return accepted;
    },
    cut,
    refuse: (wanted) => void (refuses = wanted),
    mute: (wanted) => void (mutes = wanted),
    swallow() {
      for (const pair of sockets) for (const socket of pair) socket.unpipe().pause();
    },
    leadTo: (url) => void (port = Number(new URL(url).port)),
    async [Symbol.asyncDispose]() {
      cut();
      for (const near of muted) near.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
