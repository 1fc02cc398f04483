/**
 * GraphQL as Yoga's and Pothos's own pages show it, on Fastify, with one field of six constant values.
 * Plain JavaScript: in one program with the server's, Pothos's types would ask for the options of the server's plugins.
 */
import SchemaBuilder from '@pothos/core';
import { fastify } from 'fastify';
import { createYoga } from 'graphql-yoga';

const EXECUTION = {
  id: 'ToolExecution:8f14e45f-ceea-467f-a0e6-6b1c7a3f9d2b',
  toolName: 'add',
  pluginName: 'calculator',
  status: 'SUCCEEDED',
  data: 42,
  durationMs: 1.25,
};

const builder = new SchemaBuilder({});
builder.objectType('Execution', {
  fields: (t) => ({
    id: t.exposeID('id'),
    toolName: t.exposeString('toolName'),
    pluginName: t.exposeString('pluginName'),
    status: t.exposeString('status'),
    data: t.exposeInt('data'),
    durationMs: t.exposeFloat('durationMs'),
  }),
});
builder.queryType({ fields: (t) => ({ constant: t.field({ type: 'Execution', resolve: () => EXECUTION }) }) });

const yoga = createYoga({ schema: builder.toSchema(), logging: false });
const server = fastify();
server.addContentTypeParser('multipart/form-data', {}, (_request, _payload, done) => done(null));
server.route({
  url: yoga.graphqlEndpoint,
  method: ['GET', 'POST', 'OPTIONS'],
  handler: (req, reply) => yoga.handleNodeRequestAndResponse(req, reply, { req, reply }),
});
console.log(`Ready at ${await server.listen({ host: '127.0.0.1', port: 0 })}`);
