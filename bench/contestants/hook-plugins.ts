/** Five plugins that take part in one hook: two that add up what they are given, two that look at it, one that watches. */
const HOOK = 'BEFORE_AGENT_RUN';

const PARTS: readonly (readonly [name: string, mode: string, body: string])[] = [
  ['adder', 'mutate', 'return { ...data, input: { ...data.input, sum: data.input.a + data.input.b } };'],
  ['namer', 'mutate', 'return { ...data, input: { ...data.input, data: data.input.sum } };'],
  ['checker', 'validate', "if (data.input.data !== data.input.sum) return block({ code: 'WRONG', reason: 'It is.' });"],
  ['limiter', 'validate', "if (data.input.sum > 1e9) return block({ code: 'LARGE', reason: 'It is.' });"],
  ['watcher', 'observe', 'if (data.input.sum < 0) return undefined;'],
];

export const HOOK_PLUGIN_NAMES: readonly string[] = PARTS.map(([name]) => name);

/** By the names of their files. */
export const HOOK_PLUGINS: Readonly<Record<string, string>> = Object.fromEntries(
  PARTS.map(([name, mode, body]) => [`${name}.js`, hookPlugin(name, mode, body)]),
);

function hookPlugin(name: string, mode: string, body: string): string {
  return `
import { block, definePlugin } from 'hookline/sdk';

export default definePlugin({
  name: '${name}',
  version: '1.0.0',
  author: 'Hookline',
  description: 'Takes part in a hook.',
  hooks: { ${HOOK}: { mode: '${mode}', handle(data) { ${body} } } },
});
`;
}
