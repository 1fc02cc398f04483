/** Keeps single events small: what a caller or a plugin made too large is left out of the journal, and `truncated` says so. */
import type { Json } from '../json/json.ts';
import type { HookInvocationRecord, HookStep, NewEvent, ToolExecuted, ToolExecutionRecord } from './records.ts';

/** The largest input, output, params, data, block details, plugin snapshot, and sum of patches: bytes of JSON. */
export const PAYLOAD_PART_MAX_BYTES = 64 * 1024;
/** Params in a report of progress: an execution may make many, and STARTED has them whole. */
export const PROGRESS_PARAMS_MAX_BYTES = 2 * 1024;
/** The longest sentence of an error or a block: characters. */
export const MESSAGE_MAX_CHARS = 4_096;

export interface CappedEvent {
  readonly event: NewEvent;
  /** The event as JSON. */
  readonly text: string;
}

export function capPayload(event: NewEvent): CappedEvent {
  const text = JSON.stringify(event);
  // No part is larger than the whole, and most events are small.
  if (text.length <= MESSAGE_MAX_CHARS) return { event, text };
  const capped = capEvent(event);
  return { event: capped, text: JSON.stringify(capped) };
}

function capEvent(event: NewEvent): NewEvent {
  switch (event.type) {
    case 'HOOK_INVOKED':
      return { ...event, invocation: capInvocation(event.invocation) };
    case 'TOOL_EXECUTED':
      return event.kind === 'PROGRESS' ? capProgress(event) : { ...event, execution: capExecution(event.execution) };
    case 'PLUGIN_CHANGED':
      return fits(event.plugin) ? event : { ...event, plugin: null, truncated: true };
    case 'PLUGIN_EMITTED':
      return fits(event.data) ? event : { ...event, data: null };
  }
}

function capInvocation(record: HookInvocationRecord): HookInvocationRecord {
  const { input, output, block } = record;
  const keep = { input: fits(input), output: fits(output), details: block === null || fits(block.details) };
  const steps = capPatches(record.steps);
  const dropped = !keep.input || !keep.output || !keep.details || steps !== record.steps;
  return {
    ...record,
    input: keep.input ? input : null,
    output: keep.output ? output : null,
    block: block && { ...block, reason: shorten(block.reason), details: keep.details ? block.details : null },
    steps: steps.map((step) => ({ ...step, error: capError(step.error) })),
    truncated: record.truncated || dropped,
  };
}

function capExecution(record: ToolExecutionRecord): ToolExecutionRecord {
  const keep = { params: fits(record.params), data: fits(record.data) };
  return {
    ...record,
    params: keep.params ? record.params : null,
    data: keep.data ? record.data : null,
    error: capError(record.error),
    truncated: record.truncated || !keep.params || !keep.data,
  };
}

/** Its parts fit: whoever reports them sees to that. */
function capProgress({ progress, ...event }: ToolExecuted): ToolExecuted {
  const keep = {
    params: bytesOf(event.execution.params) <= PROGRESS_PARAMS_MAX_BYTES,
    progress: progress === undefined || fits(progress),
  };
  const execution: ToolExecutionRecord = {
    ...event.execution,
    params: keep.params ? event.execution.params : null,
    truncated: event.execution.truncated || !keep.params || !keep.progress,
  };
  return { ...event, execution, ...(progress === undefined ? {} : { progress: keep.progress ? progress : null }) };
}

/** The same list when all patches fit together; else without those from the first that does not. */
function capPatches(steps: readonly HookStep[]): readonly HookStep[] {
  let room = PAYLOAD_PART_MAX_BYTES;
  const capped = steps.map((step) => {
    room -= step.patch === null ? 0 : bytesOf(step.patch);
    return room >= 0 ? step : { ...step, patch: null };
  });
  return room >= 0 ? steps : capped;
}

function capError<E extends { readonly message: string } | null>(error: E): E {
  return error && { ...error, message: shorten(error.message) };
}

function shorten(text: string): string {
  return text.length <= MESSAGE_MAX_CHARS ? text : `${text.slice(0, MESSAGE_MAX_CHARS - 1)}…`;
}

function fits(value: Json): boolean {
  return bytesOf(value) <= PAYLOAD_PART_MAX_BYTES;
}

function bytesOf(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value));
}
