/** What a line says of an event, column by column. */
import type {
  HooklineEvent,
  HookInvokedEvent,
  Json,
  PluginChangedEvent,
  PluginEmittedEvent,
  ToolExecutedEvent,
} from '../../client/index.ts';

export interface Cells {
  readonly kind: string;
  readonly subject: string;
  readonly outcome: string;
  readonly durationMs?: number | null;
  readonly details: readonly (string | null | false)[];
}

export function cellsOf(event: HooklineEvent): Cells {
  switch (event.__typename) {
    case 'HookInvokedEvent':
      return hookCells(event);
    case 'ToolExecutedEvent':
      return toolCells(event);
    case 'PluginChangedEvent':
      return pluginCells(event);
    case 'PluginEmittedEvent':
      return emittedCells(event);
  }
}

/** What is null in it may be so because of that. */
const CUT = '(cut: too large for the journal)';

function hookCells({ invocation }: HookInvokedEvent): Cells {
  const { hook, outcome, durationMs, toolName, block, steps, runId, agentId, truncated } = invocation;
  const failed = steps.flatMap(({ pluginName, error }) => (error ? [`${pluginName}: ${error.code}`] : []));
  const took = !block && steps.length > 0 && steps.map(({ pluginName }) => pluginName).join(', ');
  const blocked = block && `${block.pluginName}: ${block.code}, ${block.reason}`;
  const details = [toolName, ...names(runId, agentId), blocked, ...failed, took, truncated && CUT];
  return { kind: 'hook', subject: hook, outcome, durationMs, details };
}

function toolCells(event: ToolExecutedEvent): Cells {
  const { kind, execution } = event;
  const { toolName, status, durationMs, pluginName, runId, agentId } = execution;
  const ended = kind === 'COMPLETED';
  return {
    kind: 'tool',
    subject: toolName,
    outcome: ended ? status : kind,
    durationMs: ended ? durationMs : null,
    details: [pluginName, ...names(runId, agentId), ...toolDetails(event)],
  };
}

function toolDetails({ kind, execution, progress, parts, firstPart }: ToolExecutedEvent): Cells['details'] {
  const { error, params, data, truncated } = execution;
  const cut = truncated && CUT;
  switch (kind) {
    case 'STARTED':
      return [!(cut && params === null) && json(params), cut];
    case 'PROGRESS':
      return [progress !== null && json(progress), parts && `part ${firstPart}: ${parts.map(json).join(' ')}`];
    case 'COMPLETED':
      return [
        error ? `${error.pluginCode ?? error.code}: ${error.message}` : !(cut && data === null) && `= ${json(data)}`,
        cut,
      ];
  }
}

function pluginCells({ pluginName, change, plugin, truncated }: PluginChangedEvent): Cells {
  const problem = plugin?.problem;
  const details = [
    plugin && `version ${plugin.version}`,
    problem ? `${problem.code}: ${problem.message}` : null,
    truncated && CUT,
  ];
  return { kind: 'plugin', subject: pluginName, outcome: change, details };
}

function emittedCells({ pluginName, name, data, runId, agentId }: PluginEmittedEvent): Cells {
  return { kind: 'emitted', subject: name, outcome: '', details: [pluginName, ...names(runId, agentId), json(data)] };
}

function names(runId: string | null, agentId: string | null): readonly (string | null)[] {
  return [runId && `run=${runId}`, agentId && `agent=${agentId}`];
}

function json(value: Json): string {
  return JSON.stringify(value);
}
