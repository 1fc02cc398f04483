/** The pure compiler in a test's hands. */
import { compileSource, type CompileAnswer } from '../../../src/sandbox/compiler/compile-source.ts';
import { DEFAULT_LIMITS } from '../../../src/sandbox/limits.ts';
import type { CompiledPlugin } from '../../../src/sandbox/sandbox.ts';

/** Makes a snippet a module that could be a plugin, without moving any of its lines. */
export function withDefaultExport(snippet: string): string {
  return `${snippet}\nexport default class {}`;
}

export function compile(text: string, language: 'ts' | 'js' = 'ts'): CompileAnswer {
  return compileSource({ name: 'sample', language, text }, DEFAULT_LIMITS);
}

/** `rule@line:column` of every finding, of a refused source or, as warnings, of an accepted one. */
export function findingsOf(answer: CompileAnswer): string[] {
  const findings = answer.success ? answer.warnings : answer.problem.findings;
  return findings.map(({ rule, line, column }) => `${rule}@${line}:${column}`);
}

export function compiledOf(answer: CompileAnswer): CompiledPlugin {
  if (answer.success) return answer.compiled;
  throw new Error(`${answer.problem.message}\n${JSON.stringify(answer.problem.findings, null, 2)}`);
}
