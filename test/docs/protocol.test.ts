import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parse, validate } from 'graphql';
import { format, resolveConfig } from 'prettier';
import { describe, expect, test } from 'vitest';
import { buildSchema } from '../../src/schema/build-schema.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';
import { blocksIn } from './code-blocks.ts';
import { CODE_TABLES, withCodeTables } from './code-tables.ts';

const PATH = fileURLToPath(new URL('../../docs/PROTOCOL.md', import.meta.url));
const page = await readFile(PATH, 'utf8');

describe('the protocol page', () => {
  test('has the tables of the code', async () => {
    const formatted = await format(withCodeTables(page), { ...(await resolveConfig(PATH)), filepath: PATH });
    await expect(formatted, '"npm test -- test/docs -u" writes the tables anew').toMatchFileSnapshot(PATH);
  });

  test('has every table that is made', () => {
    const shown = [...page.matchAll(/<!-- table ([\w-]+) -->/g)].map(([, name]) => name);
    expect(shown.toSorted()).toEqual(Object.keys(CODE_TABLES).toSorted());
  });

  test.each(blocksIn(page, 'graphql'))('has an operation that fits the schema at line $line', ({ text }) => {
    expect(validate(buildSchema(), parse(text)).map(({ message }) => message)).toEqual([]);
  });

  test('shows how tools go to a model and calls come back', async () => {
    await using app = await createTestApp();
    await app.enable('calculator');
    const [operations] = blocksIn(page, 'graphql').filter(({ text }) => text.includes('tools(first'));
    const { tools } = await graphql<{ tools: { edges: { node: Tool }[] } }>(app, operations?.text ?? '');
    const nodes = tools.edges.map(({ node }) => node);
    const code = await importBlock(blocksIn(page, 'js')[0]?.text ?? '');
    const [asTool, asMessage] = blocksIn(page, 'json')
      .slice(-2)
      .map(({ text }) => JSON.parse(text) as unknown);

    expect(code.toOpenAiTools(nodes)).toContainEqual(asTool);
    const divide = nodes.find(({ name }) => name === 'divide');
    const { description, parameters } = divide ?? {};
    expect(code.toAnthropicTools(nodes)).toContainEqual({ name: 'divide', description, input_schema: parameters });

    const call = { id: 'call_1', function: { name: 'divide', arguments: '{"a":1,"b":0}' } };
    const execution = await execute(app, code.fromOpenAiCall(call, 'run-1'));
    expect(code.toOpenAiMessage(call, execution)).toEqual(asMessage);

    const block = { id: 'toolu_1', name: 'divide', input: { a: 1, b: 4 } };
    expect(code.toAnthropicResult(block, await execute(app, code.fromAnthropicCall(block, 'run-1')))).toEqual({
      type: 'tool_result',
      tool_use_id: 'toolu_1',
      is_error: false,
      content: '0.25',
    });
  }, 60_000);
});

interface Tool {
  readonly name: string;
  readonly description: string;
  readonly parameters: unknown;
}

/** What the page's block exports, as far as it is used here. */
interface ModelTools {
  toOpenAiTools(tools: readonly unknown[]): unknown;
  toAnthropicTools(tools: readonly unknown[]): unknown;
  fromOpenAiCall(call: unknown, runId: string): unknown;
  fromAnthropicCall(block: unknown, runId: string): unknown;
  toOpenAiMessage(call: unknown, execution: unknown): unknown;
  toAnthropicResult(block: unknown, execution: unknown): unknown;
}

async function execute(app: TestApp, input: unknown): Promise<unknown> {
  const { executeTool } = await graphql<{ executeTool: { runId: string } }>(
    app,
    'mutation ($input: ExecuteToolInput!) { executeTool(input: $input) { status data runId error { message code pluginCode } } }',
    { input },
  );
  expect(executeTool.runId).toBe('run-1');
  return executeTool;
}

async function graphql<Data>(app: TestApp, query: string, variables: unknown = {}): Promise<Data> {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await app.token()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
  expect(errors).toBeUndefined();
  return data;
}

/** The page's own functions, as a reader would put them into a file. */
async function importBlock(text: string): Promise<ModelTools> {
  const folder = await mkdtemp(join(tmpdir(), 'hookline-docs-'));
  try {
    const file = join(folder, 'model-tools.mjs');
    await writeFile(file, text);
    return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as ModelTools;
  } finally {
    await rm(folder, { recursive: true });
  }
}
