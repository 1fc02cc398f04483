import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { loadFile } from '../plugins/loader.ts';
import type { ParsedPlugin } from '../plugins/parsed-plugin.ts';
import type { PluginProblem } from '../plugins/plugin-view.ts';
import { isJsonObject } from '../json/json.ts';
import type { CompileResult, Finding, Sandbox } from '../sandbox/sandbox.ts';

export interface PluginCheck {
  readonly text: string;
  /** Null: the server would offer it. */
  readonly problem: PluginProblem | null;
  /** What the rules found, when they are the problem. */
  readonly findings: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly parsed: ParsedPlugin | null;
}

/** Compiles and describes one plugin file in the sandbox, as the server does at its start. */
export async function checkPlugin(sandbox: Sandbox, path: string): Promise<PluginCheck> {
  const text = await readFile(path, 'utf8');
  const { name, parsed, problem } = await loadFile(sandbox, path);
  // The loader keeps the first finding; here all are wanted, and the warnings. A file it did not let through has none.
  const isReadable = problem === null || problem.code !== 'CONFLICT';
  const result = isReadable
    ? await sandbox.compile({ name, language: extname(path) === '.ts' ? 'ts' : 'js', text })
    : undefined;
  return {
    text,
    problem,
    findings: result?.success === false && problem?.code === result.problem.code ? result.problem.findings : [],
    warnings: result?.success ? [...result.warnings, ...(await hookWarnings(sandbox, result))] : [],
    parsed,
  };
}

async function hookWarnings(
  sandbox: Sandbox,
  { compiled }: CompileResult & { success: true },
): Promise<readonly Finding[]> {
  const described = await sandbox.describe(compiled);
  if (!described.success) return [];
  const { metadata, handlesHooks } = described.value;
  if (!handlesHooks || !isJsonObject(metadata) || metadata['hooks'] !== undefined) return [];
  return [
    {
      rule: 'all-hooks',
      message: 'metadata.hooks is left out, so the plugin takes part in all six hooks, and each costs a call.',
      hint: "Name the ones it needs: hooks: ['BEFORE_TOOL_CALL'].",
      line: 1,
      column: 1,
    },
  ];
}
