import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { comparePermissions } from '../plugins/compare-permissions.ts';
import { loadFile } from '../plugins/loader.ts';
import type { ParsedPlugin } from '../plugins/parsed-plugin.ts';
import type { PluginProblem } from '../plugins/plugin-view.ts';
import type { Finding, Sandbox } from '../sandbox/sandbox.ts';

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
  // The loader keeps the first finding; here all are wanted, and the warnings. It may also refuse the file for itself,
  // its name for one, and then that is the problem to show.
  const result = await sandbox.compile({ name, language: extname(path) === '.ts' ? 'ts' : 'js', text });
  const permissions = comparePermissions(result.success ? result.uses : [], parsed?.requiredPermissions ?? []);
  const findings = 'problem' in result ? result.problem.findings : parsed ? permissions.errors : [];
  return {
    text,
    problem,
    findings: findings[0]?.rule === problem?.rule ? findings : [],
    warnings: result.success ? [...result.warnings, ...(parsed ? permissions.warnings : [])] : [],
    parsed,
  };
}
