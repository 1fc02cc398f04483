/** Where plugins log: into the server's log, escaped, cut, and no faster than the operator allows. */
import type { Logger } from 'pino';
import type { CapabilityLimits } from '../../config/capability-limits.ts';
import { findJsonProblem } from '../../json/json-problem.ts';
import { isJsonObject, type Json, type JsonObject } from '../../json/json.ts';
import { toJson } from '../../json/to-json.ts';
import type { SandboxLogLine } from '../../sandbox/sandbox.ts';
import { createTokenBuckets } from './token-buckets.ts';

export interface PluginLogDeps {
  readonly log: Logger;
  readonly limits: Pick<CapabilityLimits, 'logLinesPerSecond'>;
  /** Milliseconds that only rise. */
  readonly now?: () => number;
}

const BURST_S = 10;
const MESSAGE_MAX_CHARS = 4_096;
const FIELDS_MAX_CHARS = 8_192;
const WARN_EVERY_S = 60;

export function createPluginLog({ log, limits, now }: PluginLogDeps): (line: SandboxLogLine) => void {
  const perSecond = limits.logLinesPerSecond;
  const lines = createTokenBuckets({ perSecond, burst: perSecond * BURST_S }, now);
  const warnings = createTokenBuckets({ perSecond: 1 / WARN_EVERY_S, burst: 1 }, now);
  return ({ tenantId, pluginName, level, message, fields }) => {
    const key = `${tenantId}/${pluginName}`;
    if (lines.take(key)) return log[level]({ tenantId, pluginName, fields: fieldsOf(fields) }, messageOf(message));
    if (!warnings.take(key)) return;
    log.warn(
      { tenantId, pluginName, linesPerSecond: perSecond },
      'A plugin logs too much; what is too much is left out',
    );
  };
}

/** Code in this process may log anything, whatever the types say. */
function messageOf(message: unknown): string {
  const text = typeof message === 'string' ? message : (JSON.stringify(toJson(message)) ?? '');
  const cut = text.length > MESSAGE_MAX_CHARS ? `${text.slice(0, MESSAGE_MAX_CHARS - 1)}…` : text;
  return escapeText(cut);
}

function fieldsOf(fields: unknown): JsonObject {
  const json = toJson(fields) ?? {};
  if (!isJsonObject(json) || findJsonProblem(json)) return { omitted: 'the fields were not a JSON object' };
  if (JSON.stringify(json).length > FIELDS_MAX_CHARS) return { omitted: 'the fields were too long' };
  return escapeObject(json);
}

function escapeObject(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [escapeText(key), escapeJson(value)]));
}

function escapeJson(value: Json): Json {
  if (typeof value === 'string') return escapeText(value);
  if (Array.isArray(value)) return (value as readonly Json[]).map(escapeJson);
  return isJsonObject(value) ? escapeObject(value) : value;
}

/**
 * Line ends would forge lines where the log is shown to people; terminals obey control characters; bidirectional and
 * invisible ones make a text read as what it is not (CVE-2021-42574).
 */
function escapeText(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (char) =>
    char === '\n' ? '\\n' : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
