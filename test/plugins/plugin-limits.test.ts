/** What a plugin wishes for, and what it gets of that. */
import { describe, expect, test } from 'vitest';
import { readLimits } from '../../src/config/read-limits.ts';
import { parseMetadata } from '../../src/plugins/parse-metadata.ts';
import { SANDBOX_LIMITS, WISHABLE_LIMITS } from '../../src/sandbox/limits.ts';
import type { PluginLimits } from '../../src/sdk/index.ts';
import { runCommandLine } from '../cli/run-command-line.ts';
import { createTestApp } from '../rig/create-test-app.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const METADATA = { name: 'sample', version: '1.0.0', author: 'a', description: 'd' };
const TOOL = { name: 'run', description: 'd', parameters: { type: 'object' } };

function parse(limits: Record<string, number>, settings: Record<string, string> = {}, tool: object = {}) {
  const metadata = { ...METADATA, limits, hooks: { ON_ERROR: { timeoutMs: 900 } } };
  const raw = { metadata, tools: [{ ...TOOL, ...tool }], handlesHooks: true, executesTools: true };
  return parseMetadata(raw, readLimits(settings));
}

describe('a wish', () => {
  test.each(WISHABLE_LIMITS)('for %s is taken, and refused beyond its end', (name) => {
    const { max } = SANDBOX_LIMITS[name];
    expect(parse({ [name]: max })).toMatchObject({ success: true, parsed: { limits: { [name]: max }, warnings: [] } });
    for (const wish of [max + 1, 0, 1.5]) {
      expect(parse({ [name]: wish })).toMatchObject({
        success: false,
        issues: expect.arrayContaining([expect.objectContaining({ pointer: `/metadata/limits/${name}` })]),
      });
    }
  });

  test('for what is not a plugin to decide is refused', () => {
    expect(parse({ sourceBytes: 1 })).toMatchObject({ success: false });
    const typed: PluginLimits = Object.fromEntries(WISHABLE_LIMITS.map((name) => [name, 8]));
    expect(Object.keys(typed).toSorted()).toEqual(WISHABLE_LIMITS.toSorted());
  });

  test('beyond what the operator allows is cut, with a warning for each', () => {
    const settings = { HOOKLINE_LIMIT_HEAP_MB: '16:24', HOOKLINE_LIMIT_CALL_MS: '500:600' };
    expect(parse({ heapMb: 64, cpuMs: 60_000 }, settings, { timeoutMs: 5_000 })).toMatchObject({
      success: true,
      parsed: {
        tools: [{ timeoutMs: 600 }],
        hooks: [{ timeoutMs: 600 }],
        warnings: [
          'metadata.limits.heapMb is 64; this server gives at most 24.',
          'timeoutMs of the tool "run" is 5000; this server gives at most 600.',
          'timeoutMs of ON_ERROR is 900; this server gives at most 600.',
        ],
      },
    });
  });

  test('for callMs is for tools that name no timeoutMs', () => {
    expect(parse({ callMs: 700 })).toMatchObject({ parsed: { tools: [{ timeoutMs: 700 }] } });
    expect(parse({ callMs: 700 }, {}, { timeoutMs: 300 })).toMatchObject({ parsed: { tools: [{ timeoutMs: 300 }] } });
    const settings = { HOOKLINE_LIMIT_CALL_MS: '800' };
    expect(parse({}, settings)).toMatchObject({ parsed: { tools: [{ timeoutMs: 800 }] } });
  });
});

const plugin = (limits: string) => `import { definePlugin } from 'hookline/sdk';
export default definePlugin({
  name: 'sample', version: '1.0.0', author: 'a', description: 'd', limits: ${limits},
  tools: { run: { description: 'd', parameters: { type: 'object' }, execute: ({ n }) => ({ success: true, data: 'x'.repeat(n) }) } },
});`;

test('a wish reaches the sandbox, up to what the operator allows', async () => {
  await using app = await createTestApp({
    plugins: { 'sample.ts': plugin('{ outputBytes: 200 }') },
    settings: { limits: readLimits({ HOOKLINE_LIMIT_OUTPUT_BYTES: '50:100' }) },
  });
  await app.enable('sample');
  const actor = await app.actor();
  const run = (n: number) => app.useCases.executeTool(actor, { toolName: 'run', params: { n } });
  // The answer is the text, and some thirty bytes around it.
  expect(await run(60)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await run(150)).toMatchObject({ error: { code: 'OUTPUT_LIMIT_EXCEEDED' } });
});

test('plugin check tells of a wish that is cut', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'sample.ts'), plugin('{ heapMb: 64 }'));
  const env = { HOOKLINE_LIMIT_HEAP_MB: '16:32' };
  const { code, out } = await runCommandLine(['plugin', 'check', 'sample.ts'], { cwd: folder.path, env });
  expect(code).toBe(0);
  expect(out).toContain('sample.ts warning limits: metadata.limits.heapMb is 64; this server gives at most 32.');
  expect(out).toMatch(/✓ sample\.ts: .*, 1 warning/);
});
