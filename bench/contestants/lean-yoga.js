/** The schema of yoga.js behind the door that Hookline's server has for a plain POST. */
import { fastify } from 'fastify';
import { createYoga } from 'graphql-yoga';
import { createLeanDoor } from '../../src/server/lean-door.ts';
import { constantSchema } from './constant-schema.js';

const server = fastify();
const leanDoor = createLeanDoor({ log: server.log }, createYoga({ schema: constantSchema(), logging: false }));
server.removeAllContentTypeParsers();
server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
server.post('/graphql', async (request, reply) => {
  const answer = await leanDoor(request, { caller: null });
  return answer ? reply.status(answer.status).headers(answer.headers).send(answer.body) : reply.status(400).send();
});
console.log(`Ready at ${await server.listen({ host: '127.0.0.1', port: 0 })}`);
