/** The tool of the sandbox contests: it adds two numbers, at once or after a promise. */
export const ADD_PLUGIN = {
  sync: pluginOf('return { success: true, data: a + b };'),
  async: pluginOf('return Promise.resolve({ success: true, data: a + b });'),
};

export type ToolKind = keyof typeof ADD_PLUGIN;

function pluginOf(body: string): string {
  return `
import { definePlugin } from 'hookline/sdk';

export default definePlugin({
  name: 'adder',
  version: '1.0.0',
  author: 'Hookline',
  description: 'Adds.',
  tools: { add: { description: 'Adds.', parameters: { type: 'object' }, execute({ a, b }) { ${body} } } },
});
`;
}
