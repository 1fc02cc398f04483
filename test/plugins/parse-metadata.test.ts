import { expect, test } from 'vitest';
import { parseMetadata, type RawDescription } from '../../src/plugins/parse-metadata.ts';

const METADATA = { name: 'sample', version: '1.0.0', author: 'a', description: 'd' };
const TOOL = { name: 'run', description: 'd', parameters: { type: 'object' } };

function issuesOf(raw: Partial<RawDescription>): string[] {
  const result = parseMetadata({ metadata: METADATA, tools: null, handlesHooks: false, executesTools: false, ...raw });
  if (result.success) return [];
  return result.issues.map((issue) => ('pointer' in issue ? issue.pointer : 'elsewhere'));
}

test('what has a wrong shape and what has a wrong meaning are told together', () => {
  const metadata = {
    ...METADATA,
    name: 'Not A Name',
    version: 'one',
    author: 1,
    compatibleVersions: 'soon',
    requiredPermissions: ['kv', 'everything'],
    configSchema: { type: 'nothing' },
    extra: true,
  };
  const tools = [
    { ...TOOL, name: 'not a name' },
    { ...TOOL, parameters: 'none' },
    { ...TOOL, result: { type: 'nothing' } },
    TOOL,
    TOOL,
  ];
  const found = issuesOf({ metadata, tools, executesTools: false });
  expect(found.map((pointer) => pointer.replace(/(configSchema|result)\/.*/, '$1')).sort()).toEqual([
    '/metadata/author',
    '/metadata/compatibleVersions',
    '/metadata/configSchema',
    '/metadata/extra',
    '/metadata/name',
    '/metadata/requiredPermissions/1',
    '/metadata/version',
    '/tools',
    '/tools/0/name',
    '/tools/1/parameters',
    '/tools/2/result',
    '/tools/3/name',
    '/tools/4/name',
  ]);
});

test.each<[string, Partial<RawDescription>, string[]]>([
  ['nothing is wrong', { tools: [TOOL], executesTools: true }, []],
  [
    'metadata is missing, and a tool’s name wrong',
    { metadata: null, tools: [{ ...TOOL, name: '1' }], executesTools: true },
    ['/metadata', '/tools/0/name'],
  ],
  [
    'a field is missing, and another wrong',
    { metadata: { ...METADATA, author: undefined as never, version: '1' } },
    ['/metadata/author', '/metadata/version'],
  ],
  [
    'a list holds something else',
    { metadata: { ...METADATA, requiredPermissions: [1, 'all'], version: '1' } },
    ['/metadata/requiredPermissions/0', '/metadata/version'],
  ],
  [
    'tools are no list',
    { tools: {}, executesTools: true, metadata: { ...METADATA, name: 'A' } },
    ['/tools', '/metadata/name'],
  ],
  [
    'the default breaks its schema, and a name its pattern',
    { metadata: { ...METADATA, name: 'A', configSchema: { properties: { a: { type: 'string', default: 1 } } } } },
    ['/metadata/name', '/metadata/configSchema'],
  ],
])('%s', (_name, raw, pointers) => {
  expect(issuesOf(raw)).toEqual(pointers);
});
