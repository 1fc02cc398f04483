/** A bare server: Node, Fastify, and one constant answer where Hookline has GraphQL. */
import { fastify } from 'fastify';

const server = fastify();
server.post('/graphql', () => ({ data: { __typename: 'Query' } }));
console.log(`Ready at ${await server.listen({ host: '127.0.0.1', port: Number(process.env['PORT'] ?? 0) })}`);
