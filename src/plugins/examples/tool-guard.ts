/** Decides by config which tools may be called, and with how much. */
import { block, definePlugin, type Json } from 'hookline/sdk';

const NAME_LIST = { type: 'array', items: { type: 'string', minLength: 1 }, default: [] };

export default definePlugin({
  name: 'tool-guard',
  version: '1.0.0',
  author: 'Hookline',
  description: 'Blocks tool calls by name and by the size of their parameters.',
  configSchema: {
    type: 'object',
    properties: {
      deny: { ...NAME_LIST, description: 'Tools that may not be called; * stands for any text.' },
      allow: { ...NAME_LIST, description: 'If not empty, the only tools that may be called; * stands for any text.' },
      maxParamChars: { type: 'integer', minimum: 2, default: 65536, description: 'Longest parameters, as JSON.' },
      reason: { type: 'string', default: 'The policy of this tenant does not allow this call.' },
    },
    additionalProperties: false,
  },
  hooks: {
    BEFORE_TOOL_CALL: {
      // A validator sees what the mutators left and changes nothing; if it fails, the call is blocked.
      mode: 'validate',
      handle({ toolName, params }, { config }) {
        const name = textOf(toolName);
        const reason = textOf(config.reason);
        if (matchesAny(config.deny, name)) {
          return block({ code: 'TOOL_DENIED', reason, details: { toolName: name } });
        }
        if (isListed(config.allow) && !matchesAny(config.allow, name)) {
          return block({ code: 'TOOL_NOT_ALLOWED', reason, details: { toolName: name } });
        }
        const chars = JSON.stringify(params ?? null).length;
        if (chars > Number(config.maxParamChars)) {
          return block({ code: 'PARAMS_TOO_LARGE', reason, details: { chars, allowed: Number(config.maxParamChars) } });
        }
        return undefined;
      },
    },
  },
});

function isListed(patterns: Json | undefined): patterns is readonly Json[] {
  return Array.isArray(patterns) && patterns.length > 0;
}

function matchesAny(patterns: Json | undefined, name: string): boolean {
  return isListed(patterns) && patterns.some((pattern) => matches(textOf(pattern), name));
}

/** `*` stands for any text, also none; each part between stars is looked for once, from left to right. */
function matches(pattern: string, name: string): boolean {
  const [start = '', ...parts] = pattern.split('*');
  if (parts.length === 0) return pattern === name;
  const end = parts.pop() ?? '';
  if (!name.startsWith(start) || !name.endsWith(end) || name.length < start.length + end.length) return false;
  let rest = name.slice(start.length, name.length - end.length);
  for (const part of parts) {
    const at = rest.indexOf(part);
    if (at === -1) return false;
    rest = rest.slice(at + part.length);
  }
  return true;
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
