import { GUEST_GLOBALS } from '../../measured.ts';
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
  return [
    `Of the language: ${quoted(GUEST_GLOBALS.language)}.`,
    `Of the host: ${quoted(GUEST_GLOBALS.host)}.`,
    GLOBALS_NOTES,
  ].join('\n\n');
}

const GLOBALS_NOTES = `They do what they do elsewhere, with these exceptions. Clocks tell whole milliseconds. There are at most 256 timers, none longer
than a minute, and each time one is set counts as a call to the host. \`TextDecoder\` knows UTF-8 only. An \`AbortSignal\` knows only the
event \`abort\`. \`crypto\` has \`randomUUID\` and \`getRandomValues\`. \`console\` has no \`table\` and no timers. A \`URL\` takes names in all scripts,
but not every rule about which letters may stand together is checked.

TypeScript knows those of the language with \`"lib": ["esnext"]\`, and those of the host with \`"types": ["node"]\` or with \`"dom"\` among
\`lib\`. Both know more than there is here: \`hookline plugin check\` tells what is not.`;

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
