/** GraphQL as Yoga's and Pothos's own pages show it, on Fastify, with one field of six constant values. */
import { fastify } from 'fastify';
import { createYoga } from 'graphql-yoga';
import { constantSchema } from './constant-schema.js';

const yoga = createYoga({ schema: constantSchema(), logging: false });
const server = fastify();
server.addContentTypeParser('multipart/form-data', {}, (_request, _payload, done) => done(null));
server.route({
  url: yoga.graphqlEndpoint,
  method: ['GET', 'POST', 'OPTIONS'],
  handler: (req, reply) => yoga.handleNodeRequestAndResponse(req, reply, { req, reply }),
});
console.log(`Ready at ${await server.listen({ host: '127.0.0.1', port: 0 })}`);
