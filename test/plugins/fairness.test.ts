/** What one tenant does at once, and what another has of it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TenantActor } from '../../src/auth/actor.ts';
import { HooklineError } from '../../src/errors/hookline-error.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';

const tool = (execute: string) =>
  `{ description: 'd', parameters: { type: 'object' }, timeoutMs: 1500, execute: ${execute} }`;

const plugin = (name: string, tools: string) => `import { definePlugin } from 'hookline/sdk';
export default definePlugin({ name: '${name}', version: '1.0.0', author: 'a', description: 'd', tools: ${tools} });`;

const HOG = plugin('hog', `{ spin: ${tool('() => { for (;;); }')}, hang: ${tool('() => new Promise(() => {})')} }`);
const HOG_TOO = HOG.replace("'hog'", "'hog-too'");
const CANARY = plugin('canary', `{ sing: ${tool("() => ({ success: true, data: 'la' })")} }`);

let app: TestApp;
let [hostile, other] = [] as unknown as [TenantActor, TenantActor];
beforeAll(async () => {
  app = await createTestApp({
    plugins: { 'hog.ts': HOG, 'hog-too.ts': HOG_TOO, 'canary.ts': CANARY },
    settings: { callsPerTenant: 90 },
  });
  [hostile, other] = [await app.actor(), await app.actor({ tenant: 'globex' })];
  for (const name of ['hog', 'hog-too']) await app.useCases.enablePlugin(hostile, { name });
  await app.useCases.enablePlugin(other, { name: 'canary' });
});
afterAll(() => app.close());

async function codeOf(toolName: string, pluginName: string): Promise<string> {
  try {
    const { error } = await app.useCases.executeTool(hostile, { toolName, pluginName, params: {} });
    return error?.code ?? 'none';
  } catch (error) {
    return error instanceof HooklineError ? error.code : 'unknown';
  }
}

async function sing(): Promise<number> {
  const startedAt = performance.now();
  const { status } = await app.useCases.executeTool(other, { toolName: 'sing', params: {} });
  expect(status).toBe('SUCCEEDED');
  return performance.now() - startedAt;
}

const p99 = (times: readonly number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0;

// A112
describe.each(['spin', 'hang'])('a hundred calls at once that %s', (toolName) => {
  test('are refused beyond what their plugin takes, and cost another tenant no call and little time', async () => {
    const quiet: number[] = [];
    for (let call = 0; call < 40; call += 1) quiet.push(await sing());
    const hogs = { over: false };
    const codes = Promise.all(Array.from({ length: 100 }, () => codeOf(toolName, 'hog')));
    void codes.then(() => (hogs.over = true));
    const busy: number[] = [];
    while (!hogs.over || busy.length < 40) busy.push(await sing());

    const told = Map.groupBy(await codes, (code) => code);
    // 8 under way and 64 waiting.
    expect(told.get('RATE_LIMITED')).toHaveLength(28);
    // The bound of a quiet machine; a busy one is measured against itself.
    expect(p99(busy)).toBeLessThan(Math.max(150, 10 * p99(quiet)));
  }, 120_000);
});

test('a tenant has a quota over all its plugins, for hooks too, which another does not feel', async () => {
  const first = Array.from({ length: 60 }, () => codeOf('hang', 'hog'));
  const more = Array.from({ length: 60 }, () => codeOf('hang', 'hog-too'));
  // By the time that others have been answered, these have begun.
  await sing();
  await sing();
  const hook = app.useCases.invokeHook(hostile, { hook: 'ON_REASONING_STEP', data: { step: 'x' } });
  await expect(hook).rejects.toMatchObject({ code: 'RATE_LIMITED', message: expect.stringMatching(/90 calls/) });
  await sing();
  const refused = (await Promise.all([...first, ...more])).filter((code) => code === 'RATE_LIMITED');
  expect(refused).toHaveLength(30);
  expect(await app.useCases.invokeHook(hostile, { hook: 'ON_REASONING_STEP', data: { step: 'x' } })).toBeDefined();
}, 120_000);
