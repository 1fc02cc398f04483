/** Tells of each HTTP request whether its client still waits. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A signal that is aborted when the connection ends before the answer has been written. */
export type CallerGone = (request: IncomingMessage, response: ServerResponse) => AbortSignal;

export function createCallerGone(): CallerGone {
  const waiting = new WeakMap<Socket, Set<AbortController>>();

  /** One listener for each connection, however many requests were sent on it at once. */
  function watch(socket: Socket): Set<AbortController> {
    const controllers = new Set<AbortController>();
    waiting.set(socket, controllers);
    socket.once('close', () => controllers.forEach((controller) => controller.abort()));
    return controllers;
  }

  return ({ socket }, response) => {
    const controller = new AbortController();
    const controllers = waiting.get(socket) ?? watch(socket);
    controllers.add(controller);
    // An answer that waits behind another on its connection has no socket yet, and never hears of its end.
    response.once('close', () => {
      controllers.delete(controller);
      if (!response.writableFinished) controller.abort();
    });
    if (socket.destroyed) controller.abort();
    return controller.signal;
  };
}
