/** The parts of docs/PLUGIN_SDK.md that derive from tables in the code. */
import { globalsList, rulesTable } from '../../src/sandbox/compiler/rules/rules-table.ts';
import { SANDBOX_LIMITS } from '../../src/sandbox/limits.ts';
import { PLUGIN_HOOKS, type HookRule } from '../../src/sdk/hooks.ts';

export const GENERATED_SECTIONS: Readonly<Record<string, () => string>> = {
  hooks: hooksTable,
  limits: limitsTable,
  rules: rulesTable,
  globals: globalsList,
};

/** The document with every generated section as the code has it now. */
export function regenerate(markdown: string): string {
  return markdown.replace(
    /(<!-- generated: (\w+) -->\n)[^]*?(<!-- \/generated -->)/g,
    (_section, start: string, name: string, end: string) => `${start}\n${render(name)}\n\n${end}`,
  );
}

function render(name: string): string {
  const section = GENERATED_SECTIONS[name];
  if (!section) throw new Error(`There is no generated section "${name}".`);
  // The formatter would align the columns, and the table would differ with every longer cell.
  return `<!-- prettier-ignore-start -->\n\n${section()}\n\n<!-- prettier-ignore-end -->`;
}

function hooksTable(): string {
  const rules: [string, HookRule][] = Object.entries(PLUGIN_HOOKS);
  const rows = rules.map(([hook, { keys, mayChange, blockMeans, respondMeans }]) => {
    const changeable = mayChange === 'all' ? 'everything' : mayChange.map((path) => `\`${path.join('.')}\``).join(', ');
    const data = keys.map((key) => `\`${key}\``).join(', ');
    return `| \`${hook}\` | ${data} | ${changeable} | ${blockMeans} | ${respondMeans} |`;
  });
  return [
    '| hook | data | a mutator may change | `block` means | `respond` means |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function limitsTable(): string {
  const rows = Object.entries(SANDBOX_LIMITS).map(
    ([name, limit]) =>
      `| \`${name}\` | ${limit.default} | ${limit.max} | ${limit.wish ? 'yes' : ''} | ${limit.means} | ${limit.exceeded} |`,
  );
  const head = '| limit | default | at most | may be wished for | of what | what happens beyond it |';
  return [head, '| --- | --- | --- | --- | --- | --- |', ...rows].join('\n');
}
