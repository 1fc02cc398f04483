/** What operators ask: /healthz (alive), /readyz (able to work), /metrics (Prometheus). */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv4 } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HooklineError } from '../errors/hookline-error.ts';
import { readBearer } from './bearer.ts';
import type { ServerDeps } from './server-deps.ts';

export function operationsPages(server: FastifyInstance, deps: ServerDeps): void {
  server.get('/healthz', async () => ({ alive: true }));
  server.get('/readyz', async (_request, reply) => {
    const { ready, checks } = await deps.readiness();
    return reply.status(ready ? 200 : 503).send({ ready, checks });
  });
  const { metrics } = deps;
  if (!metrics) return;
  server.get('/metrics', async (request, reply) => {
    if (!mayReadMetrics(request, deps.metricsToken)) {
      throw new HooklineError(
        'UNAUTHENTICATED',
        'Metrics are for this machine, or with the bearer token in HOOKLINE_METRICS_TOKEN.',
      );
    }
    return reply.header('content-type', 'text/plain; version=0.0.4; charset=utf-8').send(await metrics());
  });
}

function mayReadMetrics(request: FastifyRequest, metricsToken: string | undefined): boolean {
  if (isLoopback(request.socket.remoteAddress ?? '')) return true;
  const given = readBearer(request.headers.authorization);
  if (!metricsToken || given === null) return false;
  // Hashed, so that the comparison takes as long for every token.
  return timingSafeEqual(sha256(given), sha256(metricsToken));
}

function isLoopback(address: string): boolean {
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  return plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
