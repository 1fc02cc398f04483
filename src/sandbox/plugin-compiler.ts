/** The compiler as the server sees it: one child process, started when needed, ended when idle, replaced when it fails. */
import { isJsonObject, type Json, type JsonObject } from '../json/json.ts';
import type { Place } from './compiler/rules/hit.ts';
import { RULES, type RuleId } from './compiler/rules/rules.ts';
import { checkBytes } from './compiler/source-text.ts';
import { startCpuClock } from './cpu-clock.ts';
import type { SandboxLimits } from './limits.ts';
import { failure } from './outcomes.ts';
import type { ChildCommand } from './process-flags.ts';
import type { CapabilityUse, CompileResult, Finding, PluginSource, SourceProblem } from './sandbox.ts';
import { SupervisedChild, type ChildEnd } from './supervised-child.ts';

export interface PluginCompilerOptions {
  readonly command: ChildCommand;
  readonly limits: SandboxLimits;
  onEnd(end: ChildEnd): void;
}

const IDLE_MS = 30_000;
const MAX_FRAME_CHARS = 4 * 1024 * 1024;

export class PluginCompiler {
  readonly #options: PluginCompilerOptions;
  #child: SupervisedChild | undefined;
  #idle: NodeJS.Timeout | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: PluginCompilerOptions) {
    this.#options = options;
  }

  /** One at a time: each has the process, and its clock, to itself. */
  compile(source: PluginSource): Promise<CompileResult> {
    // What is too large, or no text, need not wait for the process, nor be sent to it.
    const hit = checkBytes(source.text, this.#options.limits);
    if (hit) return Promise.resolve(refused(hit.rule, hit.message, hit.at));
    const result = this.#last.then(() => this.#compile(source));
    this.#last = result;
    return result;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    const child = this.#child;
    child?.kill('the sandbox was closed', 'closed');
    await child?.gone;
  }

  async #compile(source: PluginSource): Promise<CompileResult> {
    if (this.#closed) return failure('SANDBOX_UNAVAILABLE', 'The sandbox is closed.');
    clearTimeout(this.#idle);
    const child = this.#start();
    if (!(await child.ready)) return failure('SANDBOX_UNAVAILABLE', 'The compiler did not start.');
    const stopClocks = this.#startClocks(child, source.name);
    const { sourceBytes, sourceTokens } = this.#options.limits;
    const answer = await child.ask({ type: 'compile', source, limits: { sourceBytes, sourceTokens } });
    stopClocks();
    this.#idle = setTimeout(() => child.kill('it was idle', 'retired'), IDLE_MS).unref();
    const result = readCompileResult(answer?.head['answer']);
    if (!result) child.kill('it cannot be trusted to read another plugin');
    if (isWornOut(answer?.head['answer'])) child.kill('it cannot be trusted to read another plugin', 'retired');
    const { compileMs } = this.#options.limits;
    return result ?? refused('source-too-complex', `It could not be read in ${compileMs} ms and the memory there is.`);
  }

  /** Ends the child when it works too long on a source, or does not answer. */
  #startClocks(child: SupervisedChild, name: string): () => void {
    const { compileMs, compileWallMs } = this.#options.limits;
    const kill = (ms: number, of: string) => child.kill(`"${name}" took more than ${ms} ms ${of} to read`);
    const stopCpu = startCpuClock(child.pid, compileMs, () => kill(compileMs, 'of processor time'));
    const wall = setTimeout(() => kill(compileWallMs, 'by the clock'), compileWallMs);
    return () => {
      stopCpu();
      clearTimeout(wall);
    };
  }

  #start(): SupervisedChild {
    if (this.#child && !this.#child.ended) return this.#child;
    const { command, onEnd } = this.#options;
    const child = new SupervisedChild({ command, maxFrameChars: MAX_FRAME_CHARS, onEvent: () => {}, onEnd });
    this.#child = child;
    return child;
  }
}

function refused(rule: RuleId, message: string, at: Place = { line: 1, column: 1 }): CompileResult {
  const findings = [{ rule, message, hint: RULES[rule].hint, ...at }];
  return { success: false, problem: { code: 'PLUGIN_VALIDATION_FAILED', message, findings } };
}

/** After some errors the parser or V8's stripper may be damaged, and the child says so. */
function isWornOut(answer: Json | undefined): boolean {
  return isJsonObject(answer) && answer['replaceMe'] === true;
}

function readCompileResult(answer: Json | undefined): CompileResult | undefined {
  if (!isJsonObject(answer)) return undefined;
  const { success, compiled, warnings, uses, problem } = answer;
  if (success === true && isJsonObject(compiled)) {
    const { name, code, hash } = compiled;
    if (typeof name !== 'string' || typeof code !== 'string' || typeof hash !== 'string') return undefined;
    return {
      success: true,
      compiled: { name, code, hash },
      warnings: readFindings(warnings),
      uses: readUses(uses),
    };
  }
  return success === false && isJsonObject(problem) ? { success: false, problem: readProblem(problem) } : undefined;
}

function readProblem({ code, message, findings }: JsonObject): SourceProblem {
  return {
    code: code === 'PLUGIN_COMPILE_FAILED' ? code : 'PLUGIN_VALIDATION_FAILED',
    message: toText(message),
    findings: readFindings(findings),
  };
}

function readFindings(findings: Json | undefined): readonly Finding[] {
  if (!Array.isArray(findings)) return [];
  return (findings as readonly Json[]).filter(isJsonObject).map(({ rule, message, hint, line, column }) => ({
    rule: toText(rule),
    message: toText(message),
    hint: toText(hint),
    line: typeof line === 'number' ? line : 1,
    column: typeof column === 'number' ? column : 1,
  }));
}

function readUses(uses: Json | undefined): readonly CapabilityUse[] {
  if (!Array.isArray(uses)) return [];
  return (uses as readonly Json[]).filter(isJsonObject).flatMap(({ capability, host, certain, line, column }) => {
    if (capability !== 'kv' && capability !== 'http' && capability !== 'events') return [];
    return {
      capability,
      host: typeof host === 'string' ? host : null,
      certain: certain === true,
      line: typeof line === 'number' ? line : 1,
      column: typeof column === 'number' ? column : 1,
    };
  });
}

function toText(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
