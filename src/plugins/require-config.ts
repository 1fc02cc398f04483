import { HooklineError } from '../errors/hookline-error.ts';
import type { SchemaIssue } from '../json/json-schema.ts';
import type { JsonObject } from '../json/json.ts';
import { findUnstorable } from '../json/storable.ts';
import type { ParsedPlugin } from './parsed-plugin.ts';

/** A tenant's config with the schema's defaults filled in. CONFIG_INVALID, pointing at each field that does not fit. */
export function requireConfig(parsed: ParsedPlugin, given: JsonObject): JsonObject {
  const config = parsed.config.withDefaults(given);
  const issues = [...parsed.config.check(config), ...unstorable(config)];
  const [first] = issues;
  if (!first) return config;
  const more = issues.length > 1 ? ` (${issues.length - 1} more in details)` : '';
  throw new HooklineError(
    'CONFIG_INVALID',
    `The config of "${parsed.name}" does not fit its schema: ${first.pointer || 'it'} ${first.message}${more}.`,
    {
      details: issues,
    },
  );
}

function unstorable(config: JsonObject): readonly SchemaIssue[] {
  return [...findUnstorable(config)].map((pointer) => ({ pointer, message: 'holds NUL or half a character' }));
}
