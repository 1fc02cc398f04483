/** Events as lines for a terminal: one for the event, one for each plugin's part in it, all in the same columns. */
import { styleText } from 'node:util';
import type { HookInvocation, HooklineEvent, ToolExecution } from '../../src/client/index.ts';
import type { Json, JsonObject } from '../../src/json/json.ts';

interface Row {
  readonly time?: string;
  readonly kind?: string;
  readonly subject: string;
  readonly outcome: string;
  readonly durationMs?: number | null;
  readonly detail?: string;
}

const WIDTHS = { time: 8, kind: 6, subject: 20, outcome: 10, duration: 9 };
const MAX_DETAIL_CHARS = 100;

const COLOURS = {
  ENABLED: 'green',
  SUCCEEDED: 'green',
  CONTINUED: 'gray',
  SKIPPED: 'gray',
  STARTED: 'blue',
  MODIFIED: 'yellow',
  RESPONDED: 'cyan',
  BLOCKED: 'red',
  FAILED: 'red',
  TIMED_OUT: 'red',
} as const satisfies Record<string, Parameters<typeof styleText>[0]>;

export interface Printer {
  event(event: HooklineEvent): void;
  /** A line of the agent's own. */
  speech(text: string): void;
}

/** Prints as it is told, with an empty line before the agent speaks again. Times count from now. */
export function createPrinter(print: (text: string) => void): Printer {
  const sinceMs = Date.now();
  let spoke = false;
  return {
    event(event) {
      print(renderEvent(event, sinceMs));
      spoke = false;
    },
    speech(text) {
      print(`${spoke ? '' : '\n'}${styleText(['bold', 'cyan'], 'agent')} ${text}`);
      spoke = true;
    },
  };
}

function renderEvent(event: HooklineEvent, sinceMs: number): string {
  const time = `+${(Math.max(0, Date.parse(event.occurredAt) - sinceMs) / 1000).toFixed(2)} s`;
  return rowsOf(event, time).map(renderRow).join('\n');
}

function rowsOf(event: HooklineEvent, time: string): readonly Row[] {
  switch (event.__typename) {
    case 'HookInvokedEvent':
      return [{ time, kind: 'hook', ...invocationRow(event.invocation) }, ...event.invocation.steps.map(stepRow)];
    case 'ToolExecutedEvent':
      return [{ time, kind: 'tool', ...executionRow(event.execution, event.kind !== 'COMPLETED') }];
    case 'PluginChangedEvent':
      return [{ time, kind: 'plugin', subject: event.pluginName, outcome: event.change }];
    case 'PluginEmittedEvent':
      return [{ time, kind: 'emits', subject: event.name, outcome: '', detail: event.pluginName }];
  }
}

function invocationRow({ hook, outcome, durationMs, toolName, block, input, truncated }: HookInvocation): Row {
  const notes = [
    toolName,
    block && `${block.pluginName}: ${block.code}, "${block.reason}"`,
    input === null && !truncated && '(confidential)',
  ];
  return { subject: hook, outcome, durationMs, detail: notes.filter(Boolean).join('  ') };
}

function stepRow({ pluginName, mode, outcome, durationMs, patch, error }: HookInvocation['steps'][number]): Row {
  const notes = [
    mode.toLowerCase().padEnd(8),
    patch && describePatch(patch),
    error && `${error.code}: ${error.message}`,
  ];
  return { subject: `- ${pluginName}`, outcome, durationMs, detail: notes.filter(Boolean).join('  ').trimEnd() };
}

function executionRow({ toolName, status, params, data, error, durationMs }: ToolExecution, started: boolean): Row {
  if (started) return { subject: toolName, outcome: 'STARTED', detail: JSON.stringify(params) };
  const detail = error ? `${error.pluginCode ?? error.code}: ${error.message}` : `= ${JSON.stringify(data)}`;
  return { subject: toolName, outcome: status, durationMs, detail };
}

/** Such as `replace /params/to "[email]"`. */
export function describePatch(patch: readonly JsonObject[]): string {
  return patch
    .map(({ op, path, ...rest }) =>
      [asText(op), asText(path), ...Object.values(rest).map((value) => JSON.stringify(value))].join(' '),
    )
    .join(', ');
}

function renderRow({ time = '', kind = '', subject, outcome, durationMs, detail = '' }: Row): string {
  const duration = typeof durationMs === 'number' ? `${durationMs.toFixed(1)} ms` : '';
  const colour = Object.entries(COLOURS).find(([name]) => name === outcome)?.[1] ?? 'reset';
  const cells = [
    styleText('gray', time.padStart(WIDTHS.time)),
    styleText('dim', kind.padEnd(WIDTHS.kind)),
    kind === '' ? styleText('dim', subject.padEnd(WIDTHS.subject)) : styleText('bold', subject.padEnd(WIDTHS.subject)),
    styleText(colour, outcome.padEnd(WIDTHS.outcome)),
    styleText('gray', duration.padStart(WIDTHS.duration)),
    detail.length > MAX_DETAIL_CHARS ? `${detail.slice(0, MAX_DETAIL_CHARS - 1)}…` : detail,
  ];
  return cells.join('  ').trimEnd();
}

function asText(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
