/** `context.progress` and `context.part` of trusted code, under the rules of the sandbox. */
import type { Json } from '../json/json.ts';
import { toJson } from '../json/to-json.ts';
import { SANDBOX_LIMITS } from '../sandbox/limits.ts';
import type { CallOptions } from '../sandbox/sandbox.ts';
import type { ToolContext } from '../sdk/index.ts';
import { PART_MAX_BYTES } from './report-progress.ts';

/** For one call. Both throw TypeError for what is not JSON, and RangeError beyond a limit. */
export function tellProgress({ onProgress }: CallOptions): Pick<ToolContext, 'progress' | 'part'> {
  let bytesLeft: number = SANDBOX_LIMITS.progressBytes.default;
  let parts = 0;

  function take(what: string, data: Json, maxBytes: number): Json {
    const json = toJson(data);
    if (json === undefined) throw new TypeError(`${what} is JSON data.`);
    const bytes = Buffer.byteLength(JSON.stringify(json));
    if (bytes > maxBytes) throw new RangeError(`${what} is too large.`);
    bytesLeft -= bytes;
    if (bytesLeft < 0) throw new RangeError('This plugin told too much progress.');
    return json;
  }

  return {
    progress(data) {
      onProgress?.(take('Progress', data, SANDBOX_LIMITS.outputBytes.default));
    },
    part(data) {
      onProgress?.(take('A part', data, PART_MAX_BYTES), parts++);
    },
  };
}
