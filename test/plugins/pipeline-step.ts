/** Steps of the pure pipeline whose handlers run in the test. */
import { executionError } from '../../src/errors/execution-error.ts';
import type { JsonObject } from '../../src/json/json.ts';
import { toJson } from '../../src/json/to-json.ts';
import type { HookBinding } from '../../src/plugins/parsed-plugin.ts';
import type { PipelineStep } from '../../src/plugins/run-pipeline.ts';
import { HOOK_DEFAULTS } from '../../src/sdk/hooks.ts';
import type { HookMode } from '../../src/sdk/index.ts';
import { readHookReturn } from '../../src/sdk/verdict.ts';

/** `wallMs`: what the pipeline gives the step. */
export type Handler = (data: JsonObject, wallMs: number) => unknown;

/** A step whose handler runs here, its answer made plain as an isolate would make it. */
export function step(
  pluginName: string,
  mode: HookMode,
  handle: Handler,
  options: Partial<HookBinding> = {},
): PipelineStep {
  const binding = {
    hook: 'BEFORE_TOOL_CALL',
    mode,
    when: null,
    confidential: false,
    ...HOOK_DEFAULTS[mode],
    ...options,
  } as const;
  return {
    pluginName,
    pluginVersion: '1.0.0',
    binding,
    async call(data, wallMs) {
      try {
        return { success: true, value: toJson(readHookReturn(await handle(structuredClone(data), wallMs))) ?? null };
      } catch (error) {
        const code = error instanceof RangeError ? 'TIMEOUT' : 'PLUGIN_ERROR';
        return { success: false, error: executionError(code, String(error)) };
      }
    },
  };
}

export const fail: Handler = () => {
  throw new Error('broken');
};
export const hang: Handler = () => {
  throw new RangeError('late');
};

export const outcomes = (steps: readonly { pluginName: string; outcome: string }[]): readonly string[] =>
  steps.map(({ pluginName, outcome }) => `${pluginName} ${outcome}`);
