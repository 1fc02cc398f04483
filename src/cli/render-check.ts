import type { HookBinding, ParsedPlugin } from '../plugins/parsed-plugin.ts';
import type { PluginProblem } from '../plugins/plugin-view.ts';
import type { Finding } from '../sandbox/sandbox.ts';
import type { PluginCheck } from './check-plugin.ts';

const EXCERPT_WIDTH = 120;

/** A check as a compiler would print it: each finding with its place and its line, then a summary. */
export function renderCheck(file: string, check: PluginCheck): string {
  const lines = check.text.split(/\r?\n/);
  const shown = [
    ...check.findings.map((finding) => renderFinding(file, lines, 'error', finding)),
    ...(check.problem && check.findings.length === 0 ? [renderProblem(file, check.problem)] : []),
    ...check.warnings.map((finding) => renderFinding(file, lines, 'warning', finding)),
    ...(check.parsed?.warnings ?? []).map((text) => `${file} warning limits: ${text}\n`),
  ];
  return `${[...shown, summary(file, check)].join('\n')}\n`;
}

function renderFinding(file: string, lines: readonly string[], kind: string, finding: Finding): string {
  const { line, column, rule, message, hint } = finding;
  const margin = `  ${' '.repeat(String(line).length)}`;
  const { excerpt, mark } = excerptOf(lines[line - 1] ?? '', column);
  return [
    `${file}:${line}:${column} ${kind} ${rule}: ${message}`,
    `  ${line} | ${excerpt}`,
    `${margin} | ${mark}`,
    ...(hint ? [`${margin} = ${hint}`] : []),
    '',
  ].join('\n');
}

/** At most a screen's width of the line, with a mark under the column. */
function excerptOf(line: string, column: number): { excerpt: string; mark: string } {
  const start = column <= EXCERPT_WIDTH ? 0 : column - EXCERPT_WIDTH / 2;
  const excerpt = line.slice(start, start + EXCERPT_WIDTH);
  // Tabs are kept, so that the mark stands under its place however wide they are shown.
  const indent = excerpt.slice(0, column - 1 - start).replaceAll(/[^\t]/g, ' ');
  return { excerpt, mark: `${indent}^` };
}

/** A problem without a place in the file: its metadata, or how it behaved when it was read. */
function renderProblem(file: string, problem: PluginProblem): string {
  const pointed = pointedDetails(problem);
  const label = `${file} error ${problem.rule ?? problem.code}`;
  if (pointed.length === 0) return `${label}: ${problem.message}\n`;
  return pointed.map(({ pointer, message }) => `${label} at ${pointer}: ${message}\n`).join('');
}

function pointedDetails({ details }: PluginProblem): readonly { pointer: string; message: string }[] {
  return details === undefined || 'cause' in details ? [] : details.filter((detail) => 'pointer' in detail);
}

function summary(file: string, { problem, findings, warnings, parsed }: PluginCheck): string {
  const warningCount = warnings.length + (parsed?.warnings.length ?? 0);
  const warned = warningCount === 0 ? '' : `, ${count(warningCount, 'warning')}`;
  if (problem) {
    const problems = Math.max(findings.length, pointedDetails(problem).length, 1);
    return `✗ ${file}: ${problem.code}, ${count(problems, 'problem')}${warned}`;
  }
  return parsed ? `✓ ${file}: ${describe(parsed)}${warned}\n${facts(parsed)}` : `✓ ${file}${warned}`;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

function describe({ name, version, author }: ParsedPlugin): string {
  return `${name} ${version} by ${author}`;
}

function facts({ description, tools, hooks, requiredPermissions, compatibleVersions }: ParsedPlugin): string {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['about', [description]],
    ['tools', tools.map((tool) => `${tool.name}: ${tool.description}`)],
    ['hooks', hooks.map(describeHook)],
    ['needs', requiredPermissions],
    ['works with', compatibleVersions === null ? [] : [`Hookline ${compatibleVersions}`]],
  ];
  return rows
    .flatMap(([label, values]) => values.map((value, index) => `  ${(index === 0 ? label : '').padEnd(10)}  ${value}`))
    .join('\n');
}

function describeHook({ hook, mode, priority, timeoutMs, onFailure }: HookBinding): string {
  return `${hook}: ${mode}, priority ${priority}, at most ${timeoutMs} ms, ${onFailure} on failure`;
}
