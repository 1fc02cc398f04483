import { executionError, type ExecutionError } from '../errors/execution-error.ts';
import { isJsonObject, type Json } from '../json/json.ts';
import type { Outcome } from '../sandbox/sandbox.ts';
import type { ToolResult } from '../sdk/index.ts';
import type { ParsedTool } from './parsed-plugin.ts';

/** A `ToolResult` whose data fits the tool's result schema, or RESULT_INVALID with what is wrong. */
export function parseToolResult(tool: ParsedTool, value: Json): Outcome<ToolResult> {
  if (!isJsonObject(value))
    return invalid('The tool must answer { success: true, data } or { success: false, error, code? }.');
  const { success, ...rest } = value;
  if (success === true) return parseSuccess(tool, rest);
  if (success === false) return parseFailure(rest);
  return invalid('The answer of a tool needs success: true or success: false.');
}

function parseSuccess(tool: ParsedTool, { data, ...others }: Record<string, Json>): Outcome<ToolResult> {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return invalid(`A successful answer has only success and data, not "${unknown}".`);
  if (data === undefined) return invalid('A successful answer needs data; use null for none.');
  const [issue] = tool.checkResult(data);
  if (issue)
    return invalid(`The data does not fit the tool's result schema: ${issue.pointer || 'it'} ${issue.message}.`);
  return { success: true, value: { success: true, data } };
}

function parseFailure({ error, code, ...others }: Record<string, Json>): Outcome<ToolResult> {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return invalid(`A failed answer has only success, error and code, not "${unknown}".`);
  if (typeof error !== 'string') return invalid('A failed answer needs error, a text.');
  if (code === undefined || code === null) return { success: true, value: { success: false, error } };
  if (typeof code !== 'string' || !/^[A-Z0-9_]{1,64}$/.test(code)) {
    return invalid('The code of a failed answer is at most 64 of A-Z, 0-9 and "_".');
  }
  return { success: true, value: { success: false, error, code } };
}

function invalid(message: string): { success: false; error: ExecutionError } {
  return { success: false, error: executionError('RESULT_INVALID', message) };
}
