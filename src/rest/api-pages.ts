/** What anybody may read: the OpenAPI document and the page that shows it. The page loads nothing from another host. */
import swagger, { type StaticDocumentSpec } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { createOpenApi } from './openapi.ts';

export async function apiPages(scope: FastifyInstance): Promise<void> {
  const document = createOpenApi();
  scope.get('/openapi.json', async (_request, reply) => reply.send(document));
  // The plugin's types end at OpenAPI 3.0; the page it serves knows 3.1.
  const specification = { document: structuredClone(document) } as unknown as StaticDocumentSpec;
  await scope.register(swagger, { mode: 'static', specification });
  await scope.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    uiConfig: { url: '/api/v1/openapi.json', validatorUrl: null, tryItOutEnabled: true },
  });
}
