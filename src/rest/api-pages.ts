/** What anybody may read: the OpenAPI document and the page that shows it. The page loads nothing from another host. */
import swagger, { type StaticDocumentSpec } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { createOpenApi } from './openapi.ts';

const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 40"><text x="0" y="28" font-size="26" fill="#fff">Hookline</text></svg>';

export async function apiPages(scope: FastifyInstance): Promise<void> {
  const document = createOpenApi();
  scope.get('/openapi.json', async (_request, reply) => reply.send(document));
  // The plugin's types end at OpenAPI 3.0; the page it serves knows 3.1.
  const specification = { document: structuredClone(document) } as unknown as StaticDocumentSpec;
  await scope.register(swagger, { mode: 'static', specification });
  await scope.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    uiConfig: { validatorUrl: null, tryItOutEnabled: true },
    theme: { title: 'Hookline' },
    logo: { type: 'image/svg+xml', content: Buffer.from(LOGO) },
  });
}
