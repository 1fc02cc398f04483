import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';
import { post } from '../rig/graphql-client.ts';

let app: TestApp;
let token: string;
beforeAll(async () => {
  app = await createTestApp();
  token = await app.token();
  await app.enable('calculator');
  const caller = await app.actor();
  for (let n = 0; n < 5; n += 1) {
    await app.useCases.executeTool(caller, { toolName: 'add', params: { a: n, b: 1 } });
  }
});
afterAll(() => app.close());

test('what many nodes lead to is read at once, a level at a time', async () => {
  const executions = vi.spyOn(app.useCases, 'getToolExecutions');
  const invocations = vi.spyOn(app.useCases, 'listInvocationsOfExecutions');
  const query =
    '{ hookInvocations(first: 50) { edges { node { id execution { id hookInvocations { id execution { id } } } } } } }';
  const { data } = (await (await post(app.url, token, { query })).json()) as {
    data: {
      hookInvocations: {
        edges: {
          node: { id: string; execution: { id: string; hookInvocations: { id: string; execution: { id: string } }[] } };
        }[];
      };
    };
  };
  const nodes = data.hookInvocations.edges.map(({ node }) => node);
  expect(nodes).toHaveLength(10);
  expect(new Set(nodes.map(({ execution }) => execution.id)).size).toBe(5);
  for (const { id, execution } of nodes) {
    expect(execution.hookInvocations).toHaveLength(2);
    expect(execution.hookInvocations.map((around) => around.id)).toContain(id);
    expect(execution.hookInvocations.map((around) => around.execution.id)).toEqual([execution.id, execution.id]);
  }
  expect(executions).toHaveBeenCalledTimes(2);
  expect(invocations).toHaveBeenCalledTimes(1);
});
