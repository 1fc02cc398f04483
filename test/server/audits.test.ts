/** What graphql-http asks of a server, of both ways that a request may take. */
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createServer } from '../../src/server/create-server.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';

let app: TestApp;
beforeAll(async () => (app = await createTestApp()));
afterAll(() => app.close());

describe.each([
  ['with the lean door', true],
  ["by Yoga's handler alone", false],
])('%s', (_way, leanDoor) => {
  let url: string;
  let close: () => Promise<void>;
  beforeAll(async () => {
    const { useCases, authenticate, log, database } = app;
    const readiness = () => Promise.resolve({ ready: true, checks: {} });
    const deps = { useCases, authenticate, log, prisma: database.prisma, production: false, readiness, leanDoor };
    const server = await createServer(deps);
    close = () => server.close();
    url = await server.listen({ host: '127.0.0.1', port: 0 });
  });
  afterAll(() => close());

  const audits = serverAudits({ url: () => `${url}/graphql`, fetchFn: fetch });

  test('there are 61 audits', () => {
    expect(audits).toHaveLength(61);
  });

  test.each(audits.map((audit) => [audit.name, audit] as const))('%s', async (_name, audit) => {
    const { response: _, ...result } = { response: undefined, ...(await audit.fn()) };
    expect(result).toMatchObject({ status: 'ok' });
  });
});
