/** From plugin files to the catalog: what loads, and what is there as FAILED with its problem. */
import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TenantActor } from '../../src/auth/actor.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';

const plugin = (name: string, body = '', metadata = '') =>
  `import { definePlugin, BasePlugin } from 'hookline/sdk';
export default definePlugin({ name: '${name}', version: '1.0.0', author: 'Ada', description: 'A plugin.', ${metadata} ${body} });`;

const FILES = {
  'sound.ts': plugin('sound'),
  'plain-js.js': plugin('plain-js'),
  'module.mjs': plugin('module'),
  'typed.ts': plugin(
    'typed',
    'onLoad(context: { tenantId: string }): void { const id: string = context.tenantId; void id; }',
  ),
  'syntax.ts': 'export default {',
  'imports.ts': `import fs from 'node:fs';\n${plugin('imports')}`,
  'free.ts': `${plugin('free')}\nprocess.exit();`,
  'named-otherwise.ts': plugin('another'),
  'redeclares.ts': `${plugin('redeclares')}\nlet a = 1;\nlet a = 2;`,
  'open-group.ts': `${plugin('open-group')}\nconst pattern = /(/;`,
  'private-twice.ts': `${plugin('private-twice')}\nclass A { #x; #x; }`,
  'returns.ts': `${plugin('returns')}\n  return 1;`,
  'flags.js': `${plugin('flags')}\nconst pattern = /a/gg;`,
  'Shouting.ts': plugin('shouting'),
  'metadata.ts': plugin('metadata').replace("'1.0.0'", "'one'"),
  'future.ts': plugin('future', '', "compatibleVersions: '^99.0.0',"),
  'needy.ts': plugin('needy', '', "requiredPermissions: ['secrets:KEY'],"),
  'no-default.ts': "import { definePlugin } from 'hookline/sdk';\nexport const x = definePlugin;",
  'not-a-plugin.ts': 'export default 42;',
  'constructor-throws.ts': `import { BasePlugin } from 'hookline/sdk';
export default class extends BasePlugin {
  metadata = { name: 'constructor-throws', version: '1.0.0', author: 'Ada', description: 'x' };
  constructor() { super(); throw new Error('no luck'); }
}`,
  'loops.ts': `${plugin('loops')}\nfor (;;) {}`,
  'not-a-class.ts': 'const made = [1].map((n) => n + 1);\nexport default made;',
  'twice.ts': plugin('twice'),
  'twice.js': plugin('twice'),
  'readme.md': '# not a plugin',
  'types.d.ts': 'export {};',
} as const;

let app: TestApp;
let actor: TenantActor;
/** What is named like a plugin file and is none. */
async function makeOddities(pluginsDir: string): Promise<void> {
  await symlink('/nowhere/at/all.ts', join(pluginsDir, 'dangling.ts'));
  await symlink(tmpdir(), join(pluginsDir, 'folder-link.ts'));
  await mkdir(join(pluginsDir, 'folder.ts'));
  execFileSync('mkfifo', [join(pluginsDir, 'pipe.ts')]);
  await writeFile(join(pluginsDir, 'latin.ts'), Buffer.from('// caf\xe9', 'latin1'));
}

beforeAll(async () => {
  app = await createTestApp({ plugins: FILES, beforeStart: makeOddities });
  actor = await app.actor();
});
afterAll(() => app.close());

const get = (name: string) => app.useCases.getPlugin(actor, { name });

test.each([
  'sound',
  'plain-js',
  'module',
  'typed',
  'calculator',
  'pii-redactor',
  'tool-guard',
  'run-recorder',
  'usage-budget',
])('%s is AVAILABLE', async (name) => {
  expect(await get(name)).toMatchObject({
    name,
    status: 'AVAILABLE',
    problem: null,
    trust: 'SANDBOXED',
    scope: 'GLOBAL',
    enabled: false,
  });
});

test.each<[string, object]>([
  ['syntax', { code: 'PLUGIN_VALIDATION_FAILED', line: 1 }],
  ['imports', { code: 'PLUGIN_VALIDATION_FAILED', line: 1, column: expect.any(Number) as number }],
  ['free', { code: 'PLUGIN_VALIDATION_FAILED', line: 3, column: 1 }],
  ['redeclares', { code: 'PLUGIN_COMPILE_FAILED', rule: 'compile', line: 4, column: 5 }],
  ['open-group', { code: 'PLUGIN_COMPILE_FAILED', line: 3, column: 17 }],
  ['private-twice', { code: 'PLUGIN_COMPILE_FAILED', line: 3, column: 17 }],
  ['returns', { code: 'PLUGIN_VALIDATION_FAILED', rule: 'syntax-error', line: 3, column: 3 }],
  ['flags', { code: 'PLUGIN_COMPILE_FAILED', line: 3 }],
  ['named-otherwise', { code: 'PLUGIN_VALIDATION_FAILED', message: expect.stringContaining('"another"') as string }],
  ['Shouting', { code: 'PLUGIN_VALIDATION_FAILED', rule: 'plugin-name' }],
  ['metadata', { code: 'PLUGIN_VALIDATION_FAILED', message: expect.stringContaining('/metadata/version') as string }],
  ['future', { code: 'PLUGIN_INCOMPATIBLE', message: expect.stringContaining('^99.0.0') as string }],
  ['needy', { code: 'PLUGIN_INCOMPATIBLE', message: expect.stringContaining('secrets:KEY') as string }],
  ['no-default', { code: 'PLUGIN_VALIDATION_FAILED' }],
  ['not-a-plugin', { code: 'PLUGIN_VALIDATION_FAILED', rule: 'default-export' }],
  ['not-a-class', { code: 'PLUGIN_LOAD_FAILED', details: { cause: 'PLUGIN_ERROR' } }],
  [
    'constructor-throws',
    {
      code: 'PLUGIN_LOAD_FAILED',
      details: { cause: 'PLUGIN_ERROR' },
      message: expect.stringContaining('no luck') as string,
    },
  ],
  ['loops', { code: 'PLUGIN_LOAD_FAILED', details: { cause: 'TIMEOUT' } }],
  ['dangling', { code: 'PLUGIN_VALIDATION_FAILED', message: expect.stringContaining('ENOENT') as string }],
  ['folder-link', { code: 'PLUGIN_VALIDATION_FAILED', message: 'This is not a file.' }],
  ['pipe', { code: 'PLUGIN_VALIDATION_FAILED', message: 'This is not a file.' }],
  ['latin', { code: 'PLUGIN_VALIDATION_FAILED', message: expect.stringContaining('UTF-8') as string }],
  ['twice', { code: 'CONFLICT', message: expect.stringContaining('twice.js and twice.ts') as string }],
])('%s is FAILED with its problem, and enabling it fails with the same', async (name, problem) => {
  const view = await get(name);
  expect(view).toMatchObject({ name, status: 'FAILED', enabled: false, problem });
  const { code, message } = view.problem!;
  await expect(app.useCases.enablePlugin(actor, { name })).rejects.toMatchObject({ code, message });
  expect(await get(name)).toMatchObject({ registration: null });
});

test('what is no plugin file is left alone', async () => {
  const { edges } = await app.useCases.listPlugins(actor, { first: 200 });
  const names = edges.map(({ node }) => node.name);
  expect(names).not.toContain('readme');
  expect(names).not.toContain('types.d');
  expect(names).toEqual([...names].sort());
});

test('what a FAILED plugin could be read of is shown', async () => {
  expect(await get('future')).toMatchObject({ version: '1.0.0', author: 'Ada', compatibleVersions: '^99.0.0' });
  expect(await get('syntax')).toMatchObject({ version: '', author: '', hooks: [], tools: [] });
});
