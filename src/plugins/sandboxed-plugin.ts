/** From plugin source to a catalog entry: compiled, described and parsed, or FAILED with what is wrong with it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorDetail } from '../errors/hookline-error.ts';
import type {
  CompileResult,
  DescribeResult,
  Finding,
  PluginSource,
  Sandbox,
  SourceProblem,
} from '../sandbox/sandbox.ts';
import { incompatibility, problem, type CatalogEntry, type FailedEntry } from './catalog-entry.ts';
import { comparePermissions } from './compare-permissions.ts';
import { parseMetadata } from './parse-metadata.ts';
import { PLATFORM_VERSION } from './platform.ts';
import type { PluginProblem } from './plugin-view.ts';

const READ_TRIES = 5;
const RETRY_FIRST_MS = 200;

/** Never throws for what is wrong with the source: that is the entry's problem. */
export async function sandboxedEntry(
  sandbox: Sandbox,
  source: PluginSource,
  tenantId: string | null = null,
): Promise<CatalogEntry> {
  const base = { name: source.name, trust: 'SANDBOXED', tenantId } as const;
  const compilation = await patiently(() => sandbox.compile(source));
  if (!compilation.success) return { ...base, parsed: null, problem: readProblem(compilation) };
  const { compiled } = compilation;
  const described = await patiently(() => sandbox.describe(compiled));
  if (!described.success) return { ...base, parsed: null, problem: readProblem(described) };
  const result = parseMetadata(described.value, sandbox.limits);
  if (!result.success) return { ...base, parsed: null, problem: metadataProblem(result.issues) };
  const { parsed } = result;
  const fail = (found: PluginProblem): FailedEntry => ({ ...base, parsed, problem: found });
  if (parsed.name !== source.name) return fail(nameProblem(parsed.name, source.name));
  const { errors } = comparePermissions(compilation.uses, parsed.requiredPermissions);
  if (errors[0]) return fail(sourceProblem(permissionProblem(source, errors)));
  const reason = incompatibility(parsed);
  if (reason) return fail(problem('PLUGIN_INCOMPATIBLE', reason));
  const { limits } = parsed;
  return {
    ...base,
    parsed,
    problem: null,
    open: ({ tenantId: owner, config, grants, answerHostRequest }) =>
      sandbox.open(compiled, {
        tenantId: owner,
        config,
        grants,
        platformVersion: PLATFORM_VERSION,
        limits,
        answerHostRequest,
      }),
  };
}

/**
 * A sandbox that has no process for it at the moment says nothing about the plugin, which would stay FAILED. Nor does a clock
 * on the wall that ran down once: the machine may have been busy.
 */
async function patiently<R extends CompileResult | DescribeResult>(read: () => Promise<R>): Promise<R> {
  for (let tries = 1; ; tries += 1) {
    const result = await read();
    const error = !result.success && 'error' in result ? result.error : undefined;
    const mayPass = error?.retryable === true || (error?.code === 'TIMEOUT' && tries === 1);
    if (!mayPass || tries === READ_TRIES) return result;
    await sleep(RETRY_FIRST_MS * 2 ** (tries - 1));
  }
}

function sourceProblem({ code, message, findings }: SourceProblem): PluginProblem {
  const [first] = findings;
  return problem(code, message, {
    rule: first?.rule ?? null,
    line: first?.line ?? null,
    column: first?.column ?? null,
    details: findings.map(({ rule, line, column, message: text, hint }) => ({
      rule,
      line,
      column,
      message: hint ? `${text} ${hint}` : text,
    })),
  });
}

function readProblem(result: (CompileResult | DescribeResult) & { success: false }): PluginProblem {
  if ('problem' in result) return sourceProblem(result.problem);
  const { code, message } = result.error;
  return problem('PLUGIN_LOAD_FAILED', `The plugin could not be read: ${message}`, { details: { cause: code } });
}

function metadataProblem(issues: readonly ErrorDetail[]): PluginProblem {
  const [first] = issues;
  const where = first && 'pointer' in first ? `${first.pointer} ${first.message}` : 'its metadata cannot be used';
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return problem('PLUGIN_VALIDATION_FAILED', `What the plugin says about itself cannot be used: ${where}${more}.`, {
    rule: 'metadata',
    details: issues,
  });
}

function permissionProblem({ name, language }: PluginSource, errors: readonly Finding[]): SourceProblem {
  const [first] = errors;
  const where = first ? ` Line ${first.line}, column ${first.column}: ${first.message} ${first.hint}` : '';
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const message = `${name}.${language} is refused.${where}${more}`;
  return { code: 'PLUGIN_VALIDATION_FAILED', message, findings: errors };
}

function nameProblem(name: string, fileName: string): PluginProblem {
  const message = `The file is called "${fileName}" and metadata.name says "${name}". Make them equal.`;
  return problem('PLUGIN_VALIDATION_FAILED', message, {
    rule: 'metadata',
    details: [{ pointer: '/metadata/name', message }],
  });
}
