/** The tool of the sandbox contests: it adds two numbers, at once or after a promise. */
export type ToolKind = 'sync' | 'async';

const BODIES: Readonly<Record<ToolKind, string>> = {
  sync: 'return { success: true, data: a + b };',
  async: 'return Promise.resolve({ success: true, data: a + b });',
};

export function addPlugin(name: string, kind: ToolKind): string {
  return `
import { definePlugin } from 'hookline/sdk';

export default definePlugin({
  name: '${name}',
  version: '1.0.0',
  author: 'Hookline',
  description: 'Adds.',
  tools: { add: { description: 'Adds.', parameters: { type: 'object' }, execute({ a, b }) { ${BODIES[kind]} } } },
});
`;
}
