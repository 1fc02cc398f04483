import { readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/json/json.ts';
import type { SoundEntry } from '../../src/plugins/catalog-entry.ts';
import { sandboxedEntry } from '../../src/plugins/sandboxed-plugin.ts';
import type { AnswerHostRequest } from '../../src/sandbox/host-methods.ts';
import { createSandbox } from '../../src/sandbox/create-sandbox.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { listen } from '../plugins/capabilities/open-fetch.ts';
import { createTestApp } from '../rig/create-test-app.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { blocksIn } from './code-blocks.ts';
import { GENERATED_SECTIONS, regenerate } from './generated-sections.ts';

const FILE = 'docs/PLUGIN_SDK.md';
const markdown = readFileSync(FILE, 'utf8');
const blocks = blocksIn(markdown, 'ts');
const named = (label: string) =>
  blocks.flatMap(({ labels, text, line }) => {
    const name = labels.get(label);
    return name === undefined ? [] : [{ name, code: text, line }];
  });
const plugins = named('plugin');

test('every block of TypeScript is a plugin or a test of one', () => {
  expect(plugins.length + named('test').length).toBe(blocks.length);
  expect(plugins.length).toBeGreaterThan(5);
});

test('the tables are those of the code (UPDATE_DOCS=1 writes them)', () => {
  const sections = Array.from(markdown.matchAll(/<!-- generated: (\w+) -->/g), ([, name]) => name);
  expect(sections.sort()).toEqual(Object.keys(GENERATED_SECTIONS).sort());
  if (process.env['UPDATE_DOCS']) writeFileSync(FILE, regenerate(markdown));
  expect(readFileSync(FILE, 'utf8')).toBe(regenerate(markdown));
});

function openEntry(entry: SoundEntry) {
  const config = entry.parsed.config.withDefaults({});
  const answerHostRequest: AnswerHostRequest = () =>
    Promise.resolve({ success: false, kind: 'denied', message: 'Nothing is granted here.' });
  return entry.open({ tenantId: 'docs', config, grants: [], answerHostRequest, onLog: () => {} });
}

describe('in the sandbox', () => {
  let sandbox: Sandbox;
  const logged: { pluginName: string; fields: JsonObject }[] = [];
  beforeAll(async () => {
    sandbox = await createSandbox({ events: { onLog: (line) => void logged.push(line) } });
  });
  afterAll(() => sandbox.close());

  test.each(plugins)(
    '$name (line $line) compiles without a warning, is what it says, and opens',
    async ({ name, code }) => {
      const compiled = await sandbox.compile({ name, language: 'ts', text: code });
      expect(compiled).toMatchObject({ success: true, warnings: [] });
      const entry = await sandboxedEntry(sandbox, { name, language: 'ts', text: code });
      if (entry.problem) throw new Error(JSON.stringify(entry.problem));
      expect(entry.parsed).toMatchObject({ name });
      const opened = await openEntry(entry);
      expect(opened).toMatchObject({ success: true });
      if (opened.success) await opened.value.close();
    },
  );

  test.each([
    ['greeter', 'greet', { name: 'Ada' }, { success: true, data: 'Hello, Ada!' }],
    ['word-counter', 'count_words', { text: ' two  words ' }, { success: true, data: 2 }],
    ['prime-finder', 'find_primes', { below: 12 }, { success: true, data: [2, 3, 5, 7, 11] }],
    ['story-teller', 'tell_story', { sentences: 2 }, { success: true, data: 'It was night. Somebody knocked.' }],
    ['glossary', 'explain', { term: 'sla' }, { success: true, data: 'service level agreement' }],
  ])('%s answers %s', async (name, toolName, params, answer) => {
    const text = plugins.find((plugin) => plugin.name === name)?.code ?? '';
    const entry = await sandboxedEntry(sandbox, { name, language: 'ts', text });
    if (entry.problem) throw new Error(entry.problem.message);
    const opened = await openEntry(entry);
    if (!opened.success) throw new Error(opened.error.message);
    const context = { executionId: 'ToolExecution:1', runId: null, agentId: null };
    const call = { kind: 'tool', toolName, params, context } as const;
    expect(await opened.value.call(call, { wallMs: 5_000 })).toEqual({ success: true, value: answer });
    await opened.value.close();
  });

  test('patient-poller looks on until it is told to stop, and can be called again', async () => {
    const text = plugins.find((plugin) => plugin.name === 'patient-poller')?.code ?? '';
    const entry = await sandboxedEntry(sandbox, { name: 'patient-poller', language: 'ts', text });
    if (entry.problem) throw new Error(entry.problem.message);
    const opened = await openEntry(entry);
    if (!opened.success) throw new Error(opened.error.message);
    const context = { executionId: 'ToolExecution:1', runId: null, agentId: null };
    const poll = (params: JsonObject, options: { signal?: AbortSignal; wallMs?: number } = {}) =>
      opened.value.call({ kind: 'tool', toolName: 'poll', params, context }, { wallMs: 20_000, ...options });

    const cancelled = new AbortController();
    const polling = poll({ everyMs: 5, times: 1_000_000 }, { signal: cancelled.signal, wallMs: 20_000 });
    setTimeout(() => cancelled.abort(), 200);
    expect(await polling).toMatchObject({ success: false, error: { code: 'CANCELLED' } });
    expect(await poll({ everyMs: 20_000, times: 1 }, { wallMs: 2_500 })).toMatchObject({ error: { code: 'TIMEOUT' } });
    // The same instance, which was told both times and had time to tidy up.
    expect(opened.value.gone).toBe(false);
    const lines = logged.filter(({ pluginName }) => pluginName === 'patient-poller').map(({ fields }) => fields);
    expect(lines).toEqual([{ looked: expect.any(Number) as number }, { looked: 0 }]);
    expect(Number(lines[0]?.['looked'])).toBeGreaterThan(0);
    expect(await poll({ everyMs: 1, times: 3 })).toEqual({ success: true, value: { success: true, data: 3 } });
    await opened.value.close();
  });
});

test('the plugins that keep values, fetch and emit do what the page says', async () => {
  await using tickets = await listen(({ url, headers }, response) => {
    const found = url === '/tickets/7' && headers.accept === 'application/json';
    response.writeHead(found ? 200 : 404).end(found ? '{"title":"It is broken"}' : '');
  });
  const { port } = tickets;
  await using app = await createTestApp({
    plugins: Object.fromEntries(plugins.map(({ name, code }) => [`${name}.ts`, code])),
    settings: { httpPrivateHosts: [{ host: 'localhost', port }] },
  });
  const actor = await app.actor();
  const run = async (toolName: string, params: JsonObject) => {
    const { data, error } = await app.useCases.executeTool(actor, { toolName, params });
    return data ?? error;
  };

  await app.enable('visit-counter');
  await Promise.all(Array.from({ length: 20 }, () => run('count_visit', { page: 'home' })));
  expect(await run('count_visit', { page: 'home' })).toBe(21);

  const config = { baseUrl: `http://localhost:${port}` };
  const grants = ['http:tickets.example.org', 'http:localhost'];
  await app.useCases.enablePlugin(actor, { name: 'ticket-finder', config, grants });
  expect(await run('find_ticket', { number: 7 })).toBe('It is broken');
  expect(await run('find_ticket', { number: 8 })).toMatchObject({ code: 'TOOL_ERROR', pluginCode: 'NOT_FOUND' });

  await app.enable('stock-watch');
  expect(await run('report_stock', { item: 'nails', left: 3 })).toEqual({ low: true });
  expect(await run('report_stock', { item: 'screws', left: 30 })).toEqual({ low: false });
  const events = await app.journal.read(actor.tenant.id, 0, 1_000);
  expect(events.filter(({ type }) => type === 'PLUGIN_EMITTED')).toMatchObject([
    { pluginName: 'stock-watch', name: 'stock_low', data: { item: 'nails', left: 3 } },
  ]);
}, 60_000);

test('every block is well typed, and the tests among them pass', async () => {
  await using folder = await temporaryFolder();
  const write = async (name: string, code: string) => {
    const path = join(folder.path, name);
    await writeFile(path, code);
    return path;
  };
  await write('package.json', '{ "type": "module" }');
  const pluginFiles = await Promise.all(plugins.map(({ name, code }) => write(`${name}.ts`, code)));
  const testFiles = await Promise.all(named('test').map(({ name, code }) => write(`${name}.check.ts`, code)));
  expect(typeErrors([...pluginFiles, ...testFiles])).toEqual([]);
  expect(testFiles).not.toEqual([]);
  for (const path of testFiles) await import(/* @vite-ignore */ path);
});

/** With the options that the document tells authors to set. */
function typeErrors(paths: readonly string[]): string[] {
  const program = ts.createProgram({
    rootNames: paths,
    options: {
      target: ts.ScriptTarget.ES2024,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      lib: ['lib.es2024.d.ts'],
      types: ['node'],
      typeRoots: [join(process.cwd(), 'node_modules/@types')],
      paths: { 'hookline/sdk': [join(process.cwd(), 'src/sdk/index.ts')] },
      strict: true,
      erasableSyntaxOnly: true,
      verbatimModuleSyntax: true,
      allowImportingTsExtensions: true,
      noEmit: true,
      skipLibCheck: true,
    },
  });
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${file?.fileName ?? ''}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}
