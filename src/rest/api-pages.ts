/** What anybody may read: the OpenAPI document and the page that shows it. The page loads nothing from another host. */
import swagger, { type StaticDocumentSpec } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { createOpenApi } from './openapi.ts';

const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 40"><text x="0" y="28" font-size="26" fill="#fff">Hookline</text></svg>';

/** The page sets styles on its elements; and plain HTTP stays plain, or nothing would load away from a loopback address. */
const PAGE_POLICY =
  "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; img-src 'self' data:; object-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'";

export async function apiPages(scope: FastifyInstance): Promise<void> {
  const document = createOpenApi();
  scope.get('/openapi.json', async (_request, reply) => reply.send(document));
  // The page names its scripts and styles relative to itself.
  scope.addHook('onRequest', async (request, reply) => {
    const page = `${scope.prefix}/docs`;
    return request.url.split('?')[0] === page ? reply.redirect(`${page}/`, 301) : undefined;
  });
  // The plugin's types end at OpenAPI 3.0; the page it serves knows 3.1.
  const specification = { document: structuredClone(document) } as unknown as StaticDocumentSpec;
  await scope.register(swagger, { mode: 'static', specification });
  await scope.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: PAGE_POLICY,
    uiConfig: { validatorUrl: null, tryItOutEnabled: true },
    theme: { title: 'Hookline' },
    logo: { type: 'image/svg+xml', content: Buffer.from(LOGO) },
  });
}
