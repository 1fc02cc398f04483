/** What a source is seen to use: `capability host? certain`, at its place. */
import { expect, test } from 'vitest';
import { compile, withDefaultExport } from './compile.ts';

function usesOf(text: string, language: 'ts' | 'js' = 'ts'): string[] {
  const answer = compile(text, language);
  if (!answer.success) throw new Error(answer.problem.message);
  return answer.uses.map(
    ({ capability, host, certain, line, column }) =>
      `${capability}${host === null ? '' : ` ${host}`}${certain ? '' : '?'}@${line}:${column}`,
  );
}

const IMPORT = "import { definePlugin, BaseToolPlugin, type ToolContext } from 'hookline/sdk';";
/** The body of a tool's `execute(params, context)`, on line 3. */
function tool(body: string, parameters = 'params, context'): string {
  return `${IMPORT}\nexport default definePlugin({ name: 'x', tools: { t: { description: '', parameters: {}, async execute(${parameters}) {\n${body}\nreturn { success: true, data: null }; } } } } as never);`;
}

test.each<[string, string, ...string[]]>([
  ['of a parameter', "await context.kv.get('a');", 'kv@3:15'],
  ['by another name of it', "await context['kv'].get('a');", 'kv@3:15'],
  ['taken apart', "const { kv, emit } = context;\nawait kv.set('a', 1);", 'kv@3:9', 'events@3:13'],
  ['of a variable', "const c = context;\nawait c.kv.get('a');", 'kv@4:9'],
  ['once for many', "await context.kv.get('a'); await context.kv.get('b');", 'kv@3:15'],
  ['when it is there', "await context.kv?.get('a');", 'kv?@3:15'],
  ['with a host', "await context.fetch('https://api.example.com/v1');", 'http api.example.com@3:15'],
  [
    'with a host in a template',
    'await context.fetch(`https://api.example.com/${params.id}`);',
    'http api.example.com@3:15',
  ],
  ['with a host that goes on', 'await context.fetch(`https://api.example.com${params.id}`);', 'http@3:15'],
  ['with a sum', "await context.fetch('https://api.example.com/' + params.id);", 'http api.example.com@3:15'],
  [
    'with a constant',
    "const base = 'https://API.example.com';\nawait context.fetch(`${base}/x`);",
    'http api.example.com@4:15',
  ],
  [
    'with a variable',
    "let base = 'https://api.example.com/';\nbase = params.base;\nawait context.fetch(base);",
    'http@5:15',
  ],
  [
    'with a URL',
    "const url = new URL('/v1', 'https://api.example.com');\nawait context.fetch(url.href);",
    'http api.example.com@4:15',
  ],
  ['with a URL as text', "await context.fetch(String(new URL('https://a.example/x')));", 'http a.example@3:15'],
  [
    'with a URL that may be any',
    "await context.fetch(new URL(params.u, 'https://api.example.com/').href);",
    'http@3:15',
  ],
  ['with a host of the config', 'await context.fetch(`https://${context.config.host}/`);', 'http@3:15'],
  [
    'with two hosts',
    "await context.fetch('https://a.example/');\nawait context.fetch('https://b.example/');",
    'http a.example@3:15',
    'http b.example@4:15',
  ],
  ['fetch taken apart', "const { fetch: get } = context;\nawait get('https://a.example/');", 'http a.example@4:7'],
  ['fetch handed on', "const { fetch } = context;\nsetTimeout(fetch, 1, 'https://a.example/');", 'http@4:12'],
  ['none', 'context.log.info(String(context.config.kv)); context.progress(1);'],
  [
    'of something else',
    "const store = { kv: new Map(), emit() {}, fetch(x) { return x; } }; store.emit(); store.fetch('x'); store.kv.clear();",
  ],
  ['of what looks like it', "const store = { kv: new Map() }; store.kv.get('a');", 'kv?@3:40'],
])('uses %s', (_name, body, ...uses) => {
  expect(usesOf(tool(body))).toEqual(uses);
});

test.each<[string, string, ...string[]]>([
  ['taken apart at once', tool("await kv.get('a');", '_params, { kv, ...rest }'), 'kv@2:114'],
  ['of the rest', tool("await rest.emit('a');", '_params, { log, ...rest }'), 'events@3:12'],
  [
    'in hooks',
    `${IMPORT}\nexport default definePlugin({ hooks: { ON_ERROR: { handle: (data, ctx) => void ctx.emit('x') } } } as never);`,
    'events@2:84',
  ],
  [
    'in onLoad, defined elsewhere',
    `${IMPORT}\nconst onLoad = async (c) => { await c.kv.list(); };\nconst definition = { onLoad };\nexport default definePlugin(definition as never);`,
    'kv@2:39',
  ],
  [
    'in a class',
    `${IMPORT}\nexport default class A extends BaseToolPlugin {\nexecute(name, params, c) { return c.kv.get('x'); }\nonLoad(c) { c.emit('e'); }\nhandleHook(h, d, { fetch }) { fetch('https://a.example/'); }\n}`,
    'kv@3:37',
    'events@4:15',
    'http a.example@5:31',
  ],
  [
    'through a field',
    `${IMPORT}\nexport default class A extends BaseToolPlugin {\n#c;\nonLoad(c) { this.#c = c; }\nexecute() { return this.#c.kv.get('x'); }\n}`,
    'kv@5:28',
  ],
  [
    'through a variable of the module',
    `${IMPORT}\nlet saved;\nexport default class A extends BaseToolPlugin {\nonLoad(c) { saved = c; }\nexecute() { return saved.kv.get('x'); }\n}`,
    'kv@5:26',
  ],
  [
    'through functions and methods',
    `${IMPORT}\nfunction save(key, c) { return c.kv.set(key, 1); }\nexport default class A extends BaseToolPlugin {\nexecute(n, p, c) { return save('x', c); }\nonLoad(c) { return this.#tell(c); }\n#tell({ emit }) { return emit('x'); }\n}`,
    'kv@2:34',
    'events@6:9',
  ],
  [
    'by its type',
    `${IMPORT}\nexport class Store { read(where: ToolContext) { return where.kv.get('x'); } }\nexport default class A extends BaseToolPlugin {}`,
    'kv@2:62',
  ],
  [
    'by its name only',
    withDefaultExport(
      'const read = (context) => context.kv.get(1);\nclass B { run() { return this.#ctx.emit(1); } #ctx; }',
    ),
    'kv?@1:35',
    'events?@2:36',
  ],
  [
    'in another class of the same names, which is no plugin',
    withDefaultExport('class Runner { execute(a, b, c) { return c.emit(1); } }'),
  ],
])('uses %s', (_name, text, ...uses) => {
  expect(usesOf(text)).toEqual(uses);
});
