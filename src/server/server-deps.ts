import type { FastifyBaseLogger } from 'fastify';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { Actor } from '../auth/actor.ts';
import type { JsonObject } from '../json/json.ts';
import type { UseCases } from '../plugins/use-cases.ts';

export interface ServerDeps {
  readonly useCases: UseCases;
  /** @throws HooklineError UNAUTHENTICATED, with the same words for every bad token. */
  readonly authenticate: (token: string) => Promise<Actor>;
  readonly prisma: PrismaClient;
  readonly log: FastifyBaseLogger;
  /** Without GraphiQL, and introspection for admins alone. */
  readonly production: boolean;
  readonly readiness: () => Promise<{ ready: boolean; checks: JsonObject }>;
  /** The text of /metrics in Prometheus's format; left out, there is no such page. */
  readonly metrics?: (() => Promise<string>) | undefined;
  /** Opens /metrics from other hosts. */
  readonly metricsToken?: string | undefined;
  /** False sends every request through Yoga's own handler: to compare the two ways. */
  readonly leanDoor?: boolean | undefined;
}
