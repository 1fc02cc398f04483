/** An author who reads how a call ended learns which limit that was, what it is here, and what can be done. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { compiled, openPlugin, openSandbox, OPEN, run, toolPlugin } from './rig.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await openSandbox({ limits: { describeMs: 150 } });
});
afterAll(() => sandbox.close());

const FOREVER = 'return new Promise(() => {});';
const WISH = 'or wish for more in metadata.limits.';

describe('a call that breaks a limit says which', () => {
  test.each([
    [
      { heapMb: 9, cpuMs: 60_000 },
      'const held = []; for (;;) held.push(new Array(1000).fill({}));',
      'MEMORY_LIMIT_EXCEEDED',
      ['9 MB (heapMb)', WISH],
    ],
    [{ cpuMs: 70 }, 'for (;;);', 'TIMEOUT', ['70 ms of processor time (cpuMs)', WISH]],
    [
      {},
      FOREVER,
      'TIMEOUT',
      ['400 ms of wall time (timeoutMs of the tool or hook, else callMs)', 'a longer timeoutMs'],
    ],
    [{ outputBytes: 80 }, 'return "x".repeat(100);', 'OUTPUT_LIMIT_EXCEEDED', ['80 bytes of JSON (outputBytes)', WISH]],
    [
      { hostCalls: 7 },
      'for (let n = 0; n < 8; n += 1) setTimeout(() => {}, 0); return 1;',
      'HOST_CALL_BUDGET_EXCEEDED',
      ['7 times (hostCalls)', WISH],
    ],
    [
      { progressBytes: 90 },
      'for (;;) context.progress("x".repeat(20));',
      'OUTPUT_LIMIT_EXCEEDED',
      ['90 bytes of JSON (progressBytes)', WISH],
    ],
  ])('%j', async (limits, body, code, words) => {
    const wallMs = body === FOREVER ? 400 : 20_000;
    const outcome = await run(await openPlugin(sandbox, toolPlugin(body), { limits }), {}, { wallMs });
    expect(outcome).toMatchObject({ success: false, error: { code } });
    for (const word of words)
      expect(outcome).toMatchObject({ error: { message: expect.stringContaining(word) as string } });
  });
});

describe('an instance that cannot be opened in time says so of initMs', () => {
  test.each([
    ['by the clock', `onLoad() { ${FOREVER} }`, 'wall'],
    ['in its module', 'static x = (() => { for (;;); })();', ''],
    ['in onLoad', 'onLoad() { for (;;); }', ''],
  ])('%s', async (_name, fields, clock) => {
    const opened = await sandbox.open(toolPlugin('return 1;', fields), { ...OPEN, limits: { initMs: 150 } });
    expect(opened).toMatchObject({ error: { code: 'TIMEOUT', message: expect.stringContaining(clock) as string } });
    expect(opened).toMatchObject({
      error: { message: expect.stringMatching(/150 ms of \w+ time \(initMs\)/) as string },
    });
  });
});

test('a description that takes too long says so of describeMs, which no plugin can wish for', async () => {
  const described = await sandbox.describe(compiled('for (;;);'));
  const message = expect.stringMatching(
    /150 ms of \w+ time \(describeMs\)\. .* only an operator can give more\.$/,
  ) as string;
  expect(described).toMatchObject({ error: { code: 'TIMEOUT', message } });
});
