import type { HookBinding, ParsedPlugin } from '../plugins/parsed-plugin.ts';
import type { PluginProblem } from '../plugins/plugin-view.ts';
import type { Finding } from '../sandbox/sandbox.ts';
import type { PluginCheck } from './check-plugin.ts';

/** A check as a compiler would print it: each finding with its place and its line, then a summary. */
export function renderCheck(file: string, check: PluginCheck): string {
  const lines = check.text.split(/\r?\n/);
  const shown = [
    ...check.findings.map((finding) => renderFinding(file, lines, 'error', finding)),
    ...(check.problem && check.findings.length === 0 ? [renderProblem(file, check.problem)] : []),
    ...check.warnings.map((finding) => renderFinding(file, lines, 'warning', finding)),
  ];
  return `${[...shown, summary(file, check)].join('\n')}\n`;
}

function renderFinding(file: string, lines: readonly string[], kind: string, finding: Finding): string {
  const { line, column, rule, message, hint } = finding;
  const gutter = String(line).length;
  // Tabs are kept, so that the mark stands under its place however wide they are shown.
  const indent = (lines[line - 1] ?? '').slice(0, column - 1).replaceAll(/[^\t]/g, ' ');
  return [
    `${file}:${line}:${column} ${kind} ${rule}: ${message}`,
    `  ${line} | ${lines[line - 1] ?? ''}`,
    `  ${' '.repeat(gutter)} | ${indent}^`,
    ...(hint ? [`  ${' '.repeat(gutter)} = ${hint}`] : []),
    '',
  ].join('\n');
}

/** A problem without a place in the file: its metadata, or how it behaved when it was read. */
function renderProblem(file: string, problem: PluginProblem): string {
  const details = Array.isArray(problem.details) ? problem.details : [];
  const pointed = details.filter((detail) => 'pointer' in detail);
  if (pointed.length === 0) return `${file} error ${problem.rule ?? problem.code}: ${problem.message}\n`;
  return pointed
    .map(({ pointer, message }) => `${file} error ${problem.rule ?? problem.code} at ${pointer}: ${message}\n`)
    .join('');
}

function summary(file: string, { problem, findings, warnings, parsed }: PluginCheck): string {
  const warned = warnings.length === 0 ? '' : `, ${count(warnings.length, 'warning')}`;
  if (problem) return `✗ ${file}: ${problem.code}, ${count(Math.max(findings.length, 1), 'problem')}${warned}`;
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
