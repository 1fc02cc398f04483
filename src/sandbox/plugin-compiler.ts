/** The compiler as the server sees it: one child process, started when needed, ended when idle, replaced when it fails. */
import { isJsonObject, type Json, type JsonObject } from '../json/json.ts';
import type { SandboxLimits } from './limits.ts';
import type { ChildCommand } from './process-flags.ts';
import type { CompileResult, Finding, PluginSource, SourceProblem } from './sandbox.ts';
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
    const { sourceBytes } = this.#options.limits;
    if (source.text.length > sourceBytes || Buffer.byteLength(source.text) > sourceBytes) {
      return Promise.resolve(
        refused(
          `The source is longer than ${sourceBytes} bytes.`,
          'Split the plugin, or leave data out of it.',
          'source-size',
        ),
      );
    }
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
    if (this.#closed) return refused('The sandbox is closed.', 'Try again after a restart.');
    clearTimeout(this.#idle);
    const child = this.#start();
    if (!(await child.ready)) return refused('The compiler did not start.', 'Try again; the server log says why.');
    const { compileMs } = this.#options.limits;
    const clock = setTimeout(() => child.kill(`"${source.name}" took longer than ${compileMs} ms to read`), compileMs);
    const answer = await child.ask({ type: 'compile', source });
    clearTimeout(clock);
    this.#idle = setTimeout(() => child.kill('it was idle', 'retired'), IDLE_MS).unref();
    const result = readCompileResult(answer?.head['answer']);
    if (!result) child.kill('it cannot be trusted to read another plugin');
    if (isWornOut(answer?.head['answer'])) child.kill('it cannot be trusted to read another plugin', 'retired');
    return (
      result ??
      refused(
        `The plugin could not be read within ${compileMs} ms and the memory there is.`,
        'Make it smaller and less deeply nested.',
      )
    );
  }

  #start(): SupervisedChild {
    if (this.#child && !this.#child.ended) return this.#child;
    const { command, onEnd } = this.#options;
    const child = new SupervisedChild({ command, maxFrameChars: MAX_FRAME_CHARS, onEvent: () => {}, onEnd });
    this.#child = child;
    return child;
  }
}

function refused(message: string, hint: string, rule = 'compiler-limit'): CompileResult {
  return {
    success: false,
    problem: { code: 'PLUGIN_VALIDATION_FAILED', message, findings: [{ rule, message, hint, line: 1, column: 1 }] },
  };
}

/** After some errors the parser or V8's stripper may be damaged, and the child says so. */
function isWornOut(answer: Json | undefined): boolean {
  return isJsonObject(answer) && answer['replaceMe'] === true;
}

function readCompileResult(answer: Json | undefined): CompileResult | undefined {
  if (!isJsonObject(answer)) return undefined;
  const { success, compiled, warnings, problem } = answer;
  if (success === true && isJsonObject(compiled)) {
    const { name, code, hash } = compiled;
    if (typeof name !== 'string' || typeof code !== 'string' || typeof hash !== 'string') return undefined;
    return { success: true, compiled: { name, code, hash }, warnings: readFindings(warnings) };
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

function toText(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
