import { GUEST_GLOBALS } from '../../guest-globals.ts';
import { RULES, type Rule } from './rules.ts';

/** The rules and the allowed globals as markdown, for docs/PLUGIN_SDK.md. */
export function rulesTable(): string {
  const rules: [string, Rule][] = Object.entries(RULES);
  const rows = rules.map(([id, rule]) => {
    const name = rule.level === 'warning' ? `\`${id}\` (warning)` : `\`${id}\``;
    return `| ${[name, rule.refuses, rule.reason, rule.hint].map(escapeCell).join(' | ')} |`;
  });
  return ['| rule | refuses | because | instead |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

export function globalsList(): string {
  const quoted = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');
  return `Of the language: ${quoted(GUEST_GLOBALS.language)}.\n\nOf the host: ${quoted(GUEST_GLOBALS.host)}.`;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
